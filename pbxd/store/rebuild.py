"""Making the call records again from the ledger, which they are a fold over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pbxd.clock import SystemClock
from pbxd.events import CallArrived, CallEnded, CallEvent
from pbxd.store.calls import APPEND_CALLS, REMOVE_KEYS, SAVE_CALLS, SAVE_KEYS, SELECT_CALLS, from_row, key_rows, to_row
from pbxd.store.codec import decode
from pbxd.store.statements import Write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.store.database import Database
    from pbxd.store.interface import RecordOf
    from pbxd.store.rows import CallRecord

AT_ONCE = 200
"""Calls in one transaction."""

_CALLS = "SELECT DISTINCT call FROM events WHERE call > :last ORDER BY call LIMIT :limit"
_GAPS = "SELECT seq FROM events WHERE type = 'EventsLost' ORDER BY seq"


@dataclass(slots=True)
class Rebuilt:
    """What came of it, in calls."""

    agree: int = 0
    """The record was what the ledger tells."""
    differ: int = 0
    """It was not, or there was none."""
    running: int = 0
    """Without an end in the ledger: they run, or their end was lost. Their records stay as they are."""
    with_gap: int = 0
    """Events were lost while they ran, so that the record, made when they happened, knows more."""
    without_beginning: int = 0
    """The ledger no longer has their arrival; no record can be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    call: str
    events: tuple[CallEvent, ...]
    first: int
    last: int
    """Numbers of its first and last event."""


async def rebuild_at(url: str, record_of: RecordOf, *, dry: bool = False) -> Rebuilt:
    """:func:`rebuild` over the database ``url``, which must be of this version. Raises :class:`StoreError`."""
    from pbxd.store.database import Database
    from pbxd.store.migrations import check

    # To read first: opening to write would make a database that is not there.
    database = await Database.open_to_read(url, SystemClock())
    if not dry:
        await database.close()
        database = await Database.open(url, SystemClock(), check)
    try:
        return await rebuild(database, record_of, dry=dry)
    finally:
        await database.close()


async def rebuild(database: Database, record_of: RecordOf, *, dry: bool = False) -> Rebuilt:
    """Compare every call's record with what the ledger tells, and unless ``dry`` write those that differ.

    May run beside a server: calls that have not ended are the server's. Raises :class:`pbxd.store.StoreError`.
    """
    done = Rebuilt()
    gaps = [seq for (seq,) in await database.read(_GAPS)]
    async for stories in _stories(database):
        known = await _records(database, [story.call for story in stories])
        writes = [write for story in stories for write in _writes(story, known.get(story.call), gaps, record_of, done)]
        if writes and not dry:
            await database.write(writes)
    return done


def _writes(
    story: _Story, known: CallRecord | None, gaps: Sequence[int], record_of: RecordOf, done: Rebuilt
) -> list[Write]:
    """What has to be written so that the call's record is that of its story."""
    if not any(isinstance(event, CallArrived) for event in story.events):
        done.without_beginning += 1
        return []
    record = record_of(story.events)
    if record == known:
        done.agree += 1
        return []
    ended = any(isinstance(event, CallEnded) for event in story.events)
    if known is not None and not ended:
        done.running += 1
        return []
    if known is not None and any(story.first < gap < story.last for gap in gaps):
        done.with_gap += 1
        return []
    done.differ += 1
    keys = key_rows(record)
    stale = set(key_rows(known)) - set(keys) if known is not None else set()
    writes = [
        Write(statement=REMOVE_KEYS, rows=sorted(stale)),
        # The server may have written the record of a call without an end meanwhile.
        Write(statement=SAVE_CALLS if ended else APPEND_CALLS, rows=[to_row(record)]),
        Write(statement=SAVE_KEYS, rows=keys),
    ]
    return [write for write in writes if write.rows]


async def _stories(database: Database) -> AsyncIterator[list[_Story]]:
    last = ""
    while calls := [call for (call,) in await database.read(_CALLS, last=last, limit=AT_ONCE)]:
        last = calls[-1]
        names, values = _names(calls)
        rows = await database.read(
            f"SELECT call, seq, at, type, payload FROM events WHERE call IN ({names}) ORDER BY seq",  # noqa: S608
            **values,
        )
        found: dict[str, list[tuple[int, CallEvent]]] = {call: [] for call in calls}
        for call, seq, at, kind, payload in rows:
            event = decode(kind, at, call, payload)
            if isinstance(event, CallEvent):  # and not one that only a later version knows
                found[call].append((seq, event))
        yield [
            _Story(call=call, events=tuple(event for _, event in events), first=events[0][0], last=events[-1][0])
            for call, events in found.items()
            if events
        ]


async def _records(database: Database, calls: Sequence[str]) -> dict[str, CallRecord]:
    names, values = _names(calls)
    rows = await database.read(f"{SELECT_CALLS} calls c WHERE c.call IN ({names})", **values)
    return {record.call: record for record in map(from_row, rows)}


def _names(calls: Sequence[str]) -> tuple[str, dict[str, str]]:
    values = {f"call{number}": call for number, call in enumerate(calls)}
    return ", ".join(f":{name}" for name in values), values
