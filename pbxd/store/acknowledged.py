"""Rows that somebody waits for: whoever saves them is told after the commit, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pbxd.store.group import GroupCommit
from pbxd.store.interface import GROUP_WINDOW, Done, StoreError
from pbxd.store.statements import Statement, Write

if TYPE_CHECKING:
    from pbxd.store.database import Database

K = TypeVar("K", bound=Hashable)
Row = tuple[Any, ...]


class Acknowledged(Generic[K]):
    """Saves to one table, those that come close together in one commit. Subclasses know what is in a row."""

    def __init__(self, database: Database, save: Statement, remove: Statement) -> None:
        self._database = database
        self._save = save
        self._remove = remove
        self._pending: dict[K, tuple[Row, bool]] = {}
        """By key: what to write, or with ``False`` the key to delete."""
        self._waiting: list[Done] = []
        self.group = GroupCommit(GROUP_WINDOW, self._commit)

    def put(self, changed: Sequence[tuple[K, Row]], removed: Sequence[tuple[K, Row]], done: Done) -> None:
        """Remove rows by their keys' values, then insert or replace. Returns at once; ``done`` is called later."""
        if len(self._waiting) >= self._database.patience.saves:
            error = StoreError(f"too many {self._save.table} wait for the database")
            asyncio.get_running_loop().call_soon(done, error)
            return
        for key, values in removed:
            self._pending[key] = values, False
        for key, row in changed:
            self._pending[key] = row, True
        self._waiting.append(done)
        self.group.ask()

    async def flush(self) -> None:
        """Commit what waits, now; each save hears of it in its own way."""
        await self._commit()

    async def _commit(self) -> None:
        pending, self._pending = self._pending, {}
        waiting, self._waiting = self._waiting, []
        outcome: BaseException | None = None
        try:
            await self._write(pending)
        except StoreError as error:
            outcome = error
        except BaseException:
            self._tell(waiting, StoreError("the server stopped before the commit"))
            raise
        self._tell(waiting, outcome)

    async def _write(self, pending: dict[K, tuple[Row, bool]]) -> None:
        removed = [row for row, kept in pending.values() if not kept]
        changed = [row for row, kept in pending.values() if kept]
        writes = [Write(statement=self._remove, rows=removed), Write(statement=self._save, rows=changed)]
        if wanted := [write for write in writes if write.rows]:
            await self._database.write(wanted)

    def _tell(self, waiting: list[Done], outcome: BaseException | None) -> None:
        # Each in its own callback: one that raises must not keep the others from hearing.
        loop = asyncio.get_running_loop()
        for done in waiting:
            loop.call_soon(done, outcome)
