"""Call records on their way to the database and back: which calls run, what their rows are, which of them are found."""

from __future__ import annotations

import json
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pbxd.compact import encoder
from pbxd.events import CallArrived, CallEnded, CallEvent, CallId
from pbxd.store.interface import RecordOf
from pbxd.store.rows import CallRecord, LegRecord, TurnRecord
from pbxd.store.search import AFTER_DIGITS, by_ending, keys
from pbxd.store.statements import Kind, Statement
from pbxd.store.text import from_column, to_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pbxd.store.database import Database
    from pbxd.store.search import Search

COLUMNS = tuple(field.name for field in fields(CallRecord))
SAVE_CALLS = Statement(kind=Kind.REPLACE, table="calls", columns=COLUMNS, key=("call",))
APPEND_CALLS = Statement(kind=Kind.APPEND, table="calls", columns=COLUMNS, key=("call",))
REMOVE_CALLS = Statement(kind=Kind.DELETE, table="calls", columns=COLUMNS, key=("call",))
KEY_COLUMNS = ("key", "started", "call")
SAVE_KEYS = Statement(kind=Kind.APPEND, table="call_keys", columns=KEY_COLUMNS, key=KEY_COLUMNS)
REMOVE_KEYS = Statement(kind=Kind.DELETE, table="call_keys", columns=KEY_COLUMNS, key=KEY_COLUMNS)
_LEG = tuple(field.name for field in fields(LegRecord))
_TURN = tuple(field.name for field in fields(TurnRecord))
_PLAIN = tuple(name for name in COLUMNS if name not in ("turns", "billing_ids", "legs"))
_plain, _leg, _turn = attrgetter(*_PLAIN), attrgetter(*_LEG), attrgetter(*_TURN)
_to_json = encoder(allow_nan=True)
SELECT_CALLS = f"SELECT {', '.join(f'c.{name}' for name in COLUMNS)} FROM"
"""To be followed by ``calls c``, with more or without."""
_HAS = "EXISTS (SELECT 1 FROM call_keys o WHERE o.key IN ({names}) AND o.started = c.started AND o.call = c.call)"
ENDINGS = 50
"""Numbers that may end alike; more are not looked for."""


class RunningCalls:
    """The events of every running call, for its record when it arrives and when it ends."""

    def __init__(self, record_of: RecordOf) -> None:
        self._record_of = record_of
        self._running: dict[CallId, list[CallEvent]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def add(self, event: CallEvent) -> CallRecord | None:
        """Take the next event of a call and return its record if that is to be written now.

        A call that did not arrive, or that has ended, is not followed.
        """
        story = self._running.get(event.call)
        if story is None:
            if not isinstance(event, CallArrived):
                return None
            self._running[event.call] = [event]
            return self._record_of([event])
        story.append(event)
        if not isinstance(event, CallEnded):
            return None
        del self._running[event.call]
        return self._record_of(story)

    def resume(self, story: list[CallEvent]) -> CallEnded:
        """Follow a call that another run of the server left in the middle, and return the end that it never had."""
        record = self._record_of(story)
        self._running[record.call] = story
        return _crashed(record, max(event.at for event in story))


def _crashed(record: CallRecord, at: float) -> CallEnded:
    return CallEnded(
        at=at,
        call=record.call,
        result="crashed",
        status=0,
        reason="the server stopped in the middle of the call",
        seconds=max(0.0, at - record.started),
        talk_seconds=0.0 if record.answered is None else max(0.0, at - record.answered),
    )


def to_row(record: CallRecord) -> tuple[Any, ...]:
    """The record as values for :data:`COLUMNS`."""
    row = [to_column(value) if isinstance(value, str) else value for value in _plain(record)]
    turns = _to_json([dict(zip(_TURN, _turn(turn), strict=True)) for turn in record.turns])
    legs = [dict(zip(_LEG, _leg(leg), strict=True)) for leg in record.legs]
    return (*row, turns, _to_json(record.billing_ids), _to_json(legs))


def key_rows(record: CallRecord) -> list[tuple[Any, ...]]:
    """What the call is found by, as values for :data:`KEY_COLUMNS`."""
    return [(to_column(key), record.started, record.call) for key in keys(record)]


def from_row(row: Sequence[Any]) -> CallRecord:
    """A record from values for :data:`COLUMNS`."""
    values: dict[str, Any] = {
        name: from_column(value) if isinstance(value, str) else value for name, value in zip(COLUMNS, row, strict=True)
    }
    *_, turns, paid, legs = row
    values["turns"] = tuple(TurnRecord(**turn) for turn in json.loads(turns))
    values["billing_ids"] = tuple(json.loads(paid))
    values["legs"] = tuple(LegRecord(**leg) for leg in json.loads(legs))
    return CallRecord(**values)


class DatabaseCallRecords:
    """:class:`pbxd.store.interface.CallRecords` over a database; the rows are written by the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, search: Search) -> list[CallRecord]:
        if not search.touching:
            return [from_row(row) for row in await self._rows(search, None, [])]
        groups = [await self._written(either) for either in search.touching]
        # One question for each key is answered in the order of its index, and so without looking at more than is
        # wanted. The group with the fewest keys leads, the others are looked up for each of its calls.
        leading, *others = sorted(groups, key=len)
        rows = {row[0]: row for key in leading for row in await self._rows(search, key, others)}
        records = sorted(map(from_row, rows.values()), key=lambda record: (record.started, record.call), reverse=True)
        return records[: search.limit]

    async def get(self, call: str) -> CallRecord | None:
        rows = await self._database.read(f"{SELECT_CALLS} calls c WHERE c.call = :call", call=call)
        return from_row(rows[0]) if rows else None

    async def _written(self, either: Iterable[str]) -> list[str]:
        """The keys as the table has them: those that end alike are found one after the other."""
        found: dict[str, None] = {}
        for key in map(to_column, either):
            if not by_ending(key):
                found[key] = None
                continue
            at, end = key, key + AFTER_DIGITS
            while (next_one := await self._first(at, end)) is not None:
                found[next_one] = None
                at = f"{next_one}0"  # nothing lies between a text and the same with the least digit behind it
                if len(found) >= ENDINGS:
                    break
        return list(found)

    async def _first(self, at: str, end: str) -> str | None:
        [(found,)] = await self._database.read(
            "SELECT min(key) FROM call_keys WHERE key >= :at AND key < :end", at=at, end=end
        )
        return None if found is None else str(found)

    async def _rows(self, search: Search, key: str | None, others: Sequence[Sequence[str]]) -> list[tuple[Any, ...]]:
        """Rows of ``search``, with ``key`` only those that have it."""
        values: dict[str, object] = {"limit": search.limit}
        conditions, by = [], "c" if key is None else "k"
        if key is not None:
            conditions.append("k.key = :key")
            values["key"] = key
        wanted = (
            (f"{by}.started >= :since", "since", search.since),
            (f"{by}.started < :until", "until", search.until),
            ("c.result = :result", "result", search.result),
            ("c.organization = :organization", "organization", search.organization),
        )
        for condition, name, value in wanted:
            if value is not None:
                conditions.append(condition)
                values[name] = value
        for number, group in enumerate(others):
            names = {f"o{number}_{index}": one for index, one in enumerate(group)}
            conditions.append(_HAS.format(names=", ".join(f":{name}" for name in names)))
            values.update(names)
        source = "calls c" if key is None else "call_keys k JOIN calls c ON c.call = k.call"
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        order = f" ORDER BY {by}.started DESC, {by}.call DESC LIMIT :limit"
        return await self._database.read(f"{SELECT_CALLS} {source}{where}{order}", **values)
