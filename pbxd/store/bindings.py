"""Bindings in the database: acknowledged, so a REGISTER is answered after the commit and not before."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from pbxd.network import Address
from pbxd.store.group import GroupCommit
from pbxd.store.interface import GROUP_WINDOW, BindingKey, BindingRow, Done, StoreError
from pbxd.store.statements import Kind, Statement, Write
from pbxd.store.text import from_column, to_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.clock import Clock
    from pbxd.store.database import Database

MAX_WAITING = 10_000
"""Saves that wait for a commit; beyond that the database is plainly not keeping up, and devices are told so."""

KEY = BindingKey._fields
COLUMNS = (
    *KEY, "transport", "local_host", "local_port", "remote_host", "remote_port", "expires", "q", "call_id", "cseq",
    "user_agent", "path",
)  # fmt: skip
SAVE_BINDINGS = Statement(kind=Kind.REPLACE, table="bindings", columns=COLUMNS, key=KEY)
REMOVE_BINDINGS = Statement(kind=Kind.DELETE, table="bindings", columns=COLUMNS, key=KEY)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM bindings WHERE expires > :now ORDER BY {', '.join(KEY)}"  # noqa: S608


def key_row(key: BindingKey) -> tuple[Any, ...]:
    """The key as values for :data:`KEY`."""
    organization, device, contact, instance, reg_id = key
    return to_column(organization), to_column(device), to_column(contact), to_column(instance), reg_id


def to_row(row: BindingRow) -> tuple[Any, ...]:
    """The binding as values for :data:`COLUMNS`."""
    path = json.dumps(row.path) if row.path else "[]"
    return (
        *key_row(row.key), row.transport, *row.local, *row.remote, row.expires, row.q, to_column(row.call_id), row.cseq,
        to_column(row.user_agent), path,
    )  # fmt: skip


def from_row(values: Sequence[Any]) -> BindingRow:
    """A binding from values for :data:`COLUMNS`."""
    row = dict(zip(COLUMNS, values, strict=True))
    text = {name: from_column(row[name]) for name in ("organization", "device", "contact", "call_id", "user_agent")}
    return BindingRow(
        **text,
        instance=from_column(row["instance"]) or None,
        reg_id=row["reg_id"] or None,
        transport=row["transport"],
        local=Address(row["local_host"], row["local_port"]),
        remote=Address(row["remote_host"], row["remote_port"]),
        expires=row["expires"],
        q=row["q"],
        cseq=row["cseq"],
        path=tuple(json.loads(row["path"])),
    )


class DatabaseBindings:
    """:class:`pbxd.store.interface.BindingStore` over a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._pending: dict[BindingKey, tuple[Any, ...] | None] = {}
        self._waiting: list[Done] = []
        self.group = GroupCommit(GROUP_WINDOW, self._commit)

    async def load(self) -> list[BindingRow]:
        now = self._clock.wall()
        await self._database.change("DELETE FROM bindings WHERE expires <= :now", now=now)
        rows = await self._database.read(_SELECT, now=now)
        return [from_row(row) for row in rows]

    def save(self, changed: Sequence[BindingRow], removed: Sequence[BindingKey], done: Done) -> None:
        if len(self._waiting) >= MAX_WAITING:
            error = StoreError("too many bindings wait for the database")
            asyncio.get_running_loop().call_soon(done, error)
            return
        changes: dict[BindingKey, tuple[Any, ...] | None] = dict.fromkeys(removed)
        changes.update((row.key, to_row(row)) for row in changed)
        self._pending.update(changes)
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

    async def _write(self, pending: dict[BindingKey, tuple[Any, ...] | None]) -> None:
        removed = [key_row(key) for key, row in pending.items() if row is None]
        changed = [row for row in pending.values() if row is not None]
        writes = [Write(statement=REMOVE_BINDINGS, rows=removed), Write(statement=SAVE_BINDINGS, rows=changed)]
        if wanted := [write for write in writes if write.rows]:
            await self._database.write(wanted)

    def _tell(self, waiting: list[Done], outcome: BaseException | None) -> None:
        # Each in its own callback: one that raises must not keep the others from hearing.
        loop = asyncio.get_running_loop()
        for done in waiting:
            loop.call_soon(done, outcome)
