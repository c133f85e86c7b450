"""Call records on their way to the database: which calls run, and which rows their events changed."""

from __future__ import annotations

import json
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pbxd.compact import encoder
from pbxd.events import CallArrived, CallEnded, CallEvent, CallId
from pbxd.store.interface import CallRecord, LegRecord, RecordOf
from pbxd.store.statements import Kind, Statement
from pbxd.store.text import from_column, to_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.store.database import Database

COLUMNS = tuple(field.name for field in fields(CallRecord))
SAVE_CALLS = Statement(kind=Kind.REPLACE, table="calls", columns=COLUMNS, key=("call",))
_LEG = tuple(field.name for field in fields(LegRecord))
_plain = attrgetter(*COLUMNS[:-1])
_leg = attrgetter(*_LEG)
_to_json = encoder(allow_nan=True)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM calls"  # noqa: S608  names of ours only


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
    return (*row, _to_json([dict(zip(_LEG, _leg(leg), strict=True)) for leg in record.legs]))


def from_row(row: Sequence[Any]) -> CallRecord:
    """A record from values for :data:`COLUMNS`."""
    values: dict[str, Any] = {
        name: from_column(value) if isinstance(value, str) else value for name, value in zip(COLUMNS, row, strict=True)
    }
    values["legs"] = tuple(LegRecord(**leg) for leg in json.loads(row[-1]))
    return CallRecord(**values)


class DatabaseCallRecords:
    """:class:`pbxd.store.interface.CallRecords` over a database; the rows are written by the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recent(self, limit: int, *, organization: str | None = None) -> list[CallRecord]:
        where = "" if organization is None else " WHERE organization = :organization"
        rows = await self._database.read(
            f"{_SELECT}{where} ORDER BY started DESC, call DESC LIMIT :limit",
            limit=limit,
            **({} if organization is None else {"organization": organization}),
        )
        return [from_row(row) for row in rows]

    async def get(self, call: str) -> CallRecord | None:
        rows = await self._database.read(f"{_SELECT} WHERE call = :call", call=call)
        return from_row(rows[0]) if rows else None
