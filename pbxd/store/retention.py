"""Forgetting what is old: calls with all that tells of them, then every other event, a few rows at a time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pbxd.store.calls import REMOVE_CALLS, REMOVE_KEYS, SELECT_CALLS, from_row, key_rows
from pbxd.store.group import GroupCommit
from pbxd.store.interface import StoreError
from pbxd.store.ledger import REMOVE_EVENTS
from pbxd.store.statements import Write

if TYPE_CHECKING:
    from pbxd.clock import Clock
    from pbxd.store.database import Database

SLICE = 256
"""Rows in one transaction: a save that comes meanwhile waits for so few."""
PAUSE = 0.1
"""Seconds between two slices. Ten times the events of a busy server go in the time in which they come."""
EVERY = 3600.0
"""Seconds from when nothing old was left to the next look."""
DAY = 86_400.0

_ENDED = f"{SELECT_CALLS} calls c WHERE c.started < :before AND c.ended < :before ORDER BY c.started LIMIT :limit"
# The calls that began before and are still in the table ended later, or run: their story stays whole.
_EVENTS = (
    "SELECT seq FROM events WHERE at < :before AND (call IS NULL OR call NOT IN "
    "(SELECT call FROM calls WHERE started < :before)) ORDER BY at LIMIT :limit"
)
_log = logging.getLogger("pbxd.store")


class Retention:
    """Deletes what is older than ``days``, while the server runs, from its own task."""

    def __init__(self, database: Database, clock: Clock, days: float) -> None:
        self._database = database
        self._clock = clock
        self._days = days
        self._gone = 0
        self.group = GroupCommit(PAUSE, self._slice)

    async def sweep(self) -> None:
        """Delete everything old, now. Raises :class:`StoreError`."""
        while await self._delete_some():
            pass

    async def _slice(self) -> float:
        try:
            deleted = await self._delete_some()
        except StoreError as error:
            _log.warning("what is older than %g days could not be deleted: %s", self._days, error)
            return EVERY
        self._gone += deleted
        if deleted:
            return PAUSE
        if self._gone:
            _log.info("%d calls and events older than %g days are deleted", self._gone, self._days)
            self._gone = 0
        return EVERY

    async def _delete_some(self) -> int:
        """Delete one slice and return how many calls or events that was."""
        before = self._clock.wall() - self._days * DAY
        rows = await self._database.read(_ENDED, before=before, limit=SLICE)
        if rows:
            keys = [key for row in rows for key in key_rows(from_row(row))]
            calls = [(row[0],) for row in rows]
            await self._database.write(
                [Write(statement=REMOVE_KEYS, rows=keys), Write(statement=REMOVE_CALLS, rows=calls)]
            )
            return len(rows)
        events = await self._database.read(_EVENTS, before=before, limit=SLICE)
        if events:
            await self._database.write([Write(statement=REMOVE_EVENTS, rows=events)])
        return len(events)
