"""Working hours that somebody extended for today (TIME-2, CODE-16): in memory and on disk."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from pbxd.events import HoursExtended
from pbxd.org.state import ExtendedHours
from pbxd.store.rows import ExtensionKey, ExtensionRow

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.store.interface import ExtensionStore


class LateHours:
    """Until when whose hours last today, where that is later than configured."""

    def __init__(self, kernel: Kernel, store: ExtensionStore) -> None:
        self._kernel = kernel
        self._store = store
        self._rows: dict[ExtensionKey, ExtensionRow] = {}

    async def restore(self) -> None:
        """Load what was stored, and forget what is over."""
        self._rows = {row.key: row for row in await self._store.load()}
        over = [row.key for row in self._rows.values() if row.until <= self._kernel.wall]
        if over:
            self._store.save([], over, _ignore)
            for key in over:
                del self._rows[key]

    def of(self, organization: str) -> tuple[ExtendedHours, ...]:
        """What is in force in an organization."""
        now = self._kernel.wall
        return tuple(
            ExtendedHours(scope=row.scope, until=row.until, by=row.by)
            for row in self._rows.values()
            if row.organization == organization and row.until > now
        )

    async def extend(self, organization: str, hours: ExtendedHours) -> None:
        """Extend them, or change until when; returns when that is on disk and told.

        Raises :class:`pbxd.store.interface.StoreError` when it could not be written; nothing is changed then.
        """
        row = ExtensionRow(organization=organization, scope=hours.scope, until=hours.until, by=hours.by)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._store.save([row], [], partial(self._written, row, done))
        await done

    def _written(self, row: ExtensionRow, done: asyncio.Future[None], error: BaseException | None) -> None:
        if error is None:
            self._rows[row.key] = row
            at = self._kernel.wall
            self._kernel.bus.emit(
                HoursExtended(at=at, organization=row.organization, scope=row.scope, until=row.until, by=row.by)
            )
        if done.done():  # nobody waits any more
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


def _ignore(error: BaseException | None) -> None:
    """What could not be deleted is deleted at the next start."""
