"""What a server has kept, read by another process while it runs, or after it. Nothing is written."""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pbxd.clock import SystemClock
from pbxd.events import CallEvent
from pbxd.store.calls import DatabaseCallRecords
from pbxd.store.codec import decode
from pbxd.store.recordings import DatabaseRecordings
from pbxd.store.search import Search

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from pbxd.events import Event
    from pbxd.store.database import Database
    from pbxd.store.rows import CallRecord, RecordingRow

AT_ONCE = 200
"""Calls whose events are read together."""


class Archive:
    """Call records and the events that they are made of."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._calls = DatabaseCallRecords(database)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Archive]:
        """The archive of the database ``url``. Raises :class:`pbxd.store.StoreError`, also for another schema."""
        from pbxd.store.database import Database  # SQLAlchemy, for which no other command waits

        database = await Database.open_to_read(url, SystemClock())
        try:
            yield cls(database)
        finally:
            await database.close()

    async def find(self, search: Search) -> list[CallRecord]:
        """As :meth:`pbxd.store.interface.CallRecords.find`."""
        return await self._calls.find(search)

    async def get(self, call: str) -> CallRecord | None:
        """One call's record."""
        return await self._calls.get(call)

    async def events(self, call: str) -> list[Event]:
        """The events of one call, in order."""
        return [event for _, event in await self._read([call])]

    async def recordings(self, *, organization: str | None, call: str | None, limit: int) -> list[RecordingRow]:
        """As :meth:`pbxd.store.interface.RecordingStore.find`."""
        return await DatabaseRecordings(self._database).find(organization=organization, call=call, limit=limit)

    async def recording(self, name: str) -> RecordingRow | None:
        """One recording."""
        return await DatabaseRecordings(self._database).get(name)

    async def stories(self, search: Search) -> AsyncIterator[tuple[CallRecord, list[CallEvent]]]:
        """The calls that are looked for, newest first, each with its events."""
        records = await self.find(search)
        for start in range(0, len(records), AT_ONCE):
            some = records[start : start + AT_ONCE]
            stories = dict(_by_call(await self._read([record.call for record in some])))
            for record in some:
                yield record, stories.get(record.call, [])

    async def of_kinds(self, kinds: Sequence[str], since: float) -> list[Event]:
        """The events of these classes from a wall-clock time on, in order."""
        values: dict[str, Any] = {f"kind{number}": kind for number, kind in enumerate(kinds)}
        names = ", ".join(f":{name}" for name in values)
        rows = await self._database.read(
            f"SELECT call, at, type, payload FROM events WHERE at >= :since AND type IN ({names}) ORDER BY seq",  # noqa: S608
            since=since,
            **values,
        )
        return [decode(kind, at, call, payload) for call, at, kind, payload in rows]

    async def _read(self, calls: Sequence[str]) -> list[tuple[str, Event]]:
        values: dict[str, Any] = {f"call{number}": call for number, call in enumerate(calls)}
        names = ", ".join(f":{name}" for name in values)
        rows = await self._database.read(
            f"SELECT call, at, type, payload FROM events WHERE call IN ({names}) ORDER BY call, seq",  # noqa: S608
            **values,
        )
        return [(call, decode(kind, at, call, payload)) for call, at, kind, payload in rows]


def _by_call(found: Iterable[tuple[str, Event]]) -> Iterator[tuple[str, list[CallEvent]]]:
    for call, events in groupby(found, key=lambda one: one[0]):
        yield call, [event for _, event in events if isinstance(event, CallEvent)]
