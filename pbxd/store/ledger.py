"""The ledger: every event, in order, written behind the calls that it tells of."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from pbxd.events import CallArrived, CallEvent, CallId, Event
from pbxd.store.calls import SAVE_CALLS, SAVE_KEYS, RunningCalls, key_rows, to_row
from pbxd.store.codec import decode, encode
from pbxd.store.group import GroupCommit
from pbxd.store.interface import WRITE_BEHIND, RecordOf, StoreError
from pbxd.store.rows import EventsLost
from pbxd.store.statements import Kind, Statement, Write

if TYPE_CHECKING:
    from pbxd.clock import Clock
    from pbxd.store.database import Database

BATCH = 2_000
"""Events in one transaction."""

COLUMNS = ("seq", "at", "type", "call", "payload")
APPEND_EVENTS = Statement(kind=Kind.APPEND, table="events", columns=COLUMNS, key=("seq",))
REMOVE_EVENTS = Statement(kind=Kind.DELETE, table="events", columns=COLUMNS, key=("seq",))
_log = logging.getLogger("pbxd.store")
_SELECT = "SELECT at, type, call, payload FROM events"

Row = tuple[int, float, str, str | None, str]
CallRow = tuple[Any, ...]
"""Values for the columns of a call, its id first. Made when the event comes, so that a bug costs that event only."""
KeyRow = tuple[Any, ...]


class DatabaseLedger:
    """:class:`pbxd.store.interface.Ledger` over a database; writes the call records as well, in the same commits."""

    def __init__(self, database: Database, clock: Clock, record_of: RecordOf, *, last_seq: int) -> None:
        self._database = database
        self._patience = database.patience
        self._clock = clock
        self._running = RunningCalls(record_of)
        self._seq = last_seq
        self._rows: deque[Row] = deque()
        self._records: deque[tuple[int, CallRow, list[KeyRow]]] = deque()
        self._gap = 0
        self._failures = 0
        self._committing = asyncio.Lock()
        self.lost = 0
        self.group = GroupCommit(WRITE_BEHIND, self._commit)

    @property
    def pending(self) -> int:
        return len(self._rows)

    def append(self, event: Event) -> None:
        if len(self._rows) < self._patience.events:
            self._add(event)
        else:
            self._lose()
        if isinstance(event, CallEvent):
            record = self._running.add(event)
            if record is not None and len(self._records) < self._patience.events:
                self._records.append((self._seq, to_row(record), key_rows(record)))
        self.group.ask()

    def _add(self, event: Event) -> None:
        payload = encode(event)
        self._seq += 1
        call = event.call if isinstance(event, CallEvent) else None
        self._rows.append((self._seq, event.at, type(event).__name__, call, payload))

    def _lose(self) -> None:
        if not self._gap:
            _log.error("ledger is full, events are lost from here on: %d wait for the database", len(self._rows))
        self._gap += 1
        self.lost += 1

    async def _commit(self) -> float | None:
        async with self._committing:
            while self._rows or self._records:
                rows = list(islice(self._rows, BATCH))
                records = self._records_up_to(rows[-1][0] if rows else self._seq)
                try:
                    await self._database.write(_writes(rows, records))
                except StoreError as error:
                    return self._wait_after(error)
                self._written(len(rows), len(records))
            return None

    def _records_up_to(self, seq: int) -> list[tuple[CallRow, list[KeyRow]]]:
        """Records whose events are written by now or with this batch, and what their calls are found by."""
        return [(record, keys) for last, record, keys in self._records if last <= seq]

    def _written(self, rows: int, records: int) -> None:
        for _ in range(rows):
            self._rows.popleft()
        for _ in range(records):
            self._records.popleft()
        if self._failures:
            _log.warning("ledger is written again after %d failures", self._failures)
            self._failures = 0
        if self._gap:
            _log.error("ledger has a gap: %d events were lost", self._gap)
            gap, self._gap = self._gap, 0
            self._add(EventsLost(at=self._clock.wall(), count=gap))

    def _wait_after(self, error: StoreError) -> float:
        delay: float = min(self._patience.longest_retry, self._patience.retry * 2 ** min(self._failures, 10))
        self._failures += 1
        if self._failures == 1:
            _log.error("ledger can't be written, trying again: %s", error)
        return delay

    async def flush(self) -> None:
        if await self._commit() is not None:
            raise StoreError("the ledger can't be written just now")

    async def events(
        self, *, call: str | None = None, since: float | None = None, kind: type[Event] | None = None
    ) -> list[Event]:
        await self.flush()
        conditions = {"call": "call = :call", "since": "at >= :since", "kind": "type = :kind"}
        named = (("call", call), ("since", since), ("kind", kind.__name__ if kind is not None else None))
        wanted = {name: value for name, value in named if value is not None}
        where = " AND ".join(conditions[name] for name in wanted)
        rows = await self._database.read(f"{_SELECT}{f' WHERE {where}' if where else ''} ORDER BY seq", **wanted)
        return [decode(name, at, of, payload) for at, name, of, payload in rows]

    async def close_cut_off(self) -> int:
        """End the calls that the last run of the server left in the middle, as ``crashed``; return how many."""
        rows = await self._database.read(
            f"{_SELECT} WHERE call IN (SELECT call FROM calls WHERE ended IS NULL) ORDER BY seq"  # noqa: S608
        )
        stories: dict[CallId, list[CallEvent]] = {}
        for at, kind, of, payload in rows:
            event = decode(kind, at, of, payload)
            if isinstance(event, CallEvent):
                stories.setdefault(event.call, []).append(event)
        whole = [story for story in stories.values() if isinstance(story[0], CallArrived)]
        for story in whole:
            self.append(self._running.resume(story))
        await self.flush()
        return len(whole)


def _writes(rows: list[Row], records: list[tuple[CallRow, list[KeyRow]]]) -> list[Write]:
    latest = {record[0]: record for record, _ in records}  # a call may have arrived and ended since the last commit
    writes = [
        Write(statement=APPEND_EVENTS, rows=rows),
        Write(statement=SAVE_CALLS, rows=list(latest.values())),
        Write(statement=SAVE_KEYS, rows=list(dict.fromkeys(key for _, keys in records for key in keys))),
    ]
    return [write for write in writes if write.rows]
