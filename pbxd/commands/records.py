"""Call records as people and programs read them: a table, CSV (RFC 4180), JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from pbxd.commands.archive import written
from pbxd.journal.forms import printable, utc

if TYPE_CHECKING:
    from pbxd.store.rows import CallRecord, LegRecord

HEADINGS = ("started", "seconds", "result", "caller", "called", "answered by", "call")
CSV_COLUMNS = (
    "call", "organization", "started", "answered", "ended", "caller", "caller_name", "called", "called_number",
    "answered_by", "result", "status", "reason", "seconds", "talk_seconds", "recordings", "through", "legs",
)  # fmt: skip
_HARMLESS = re.compile(r"[+-]?[0-9.]*\Z", re.ASCII)


def as_json(records: Sequence[CallRecord]) -> str:
    """A list of objects with every field; moments are seconds since 1970."""
    return json.dumps([asdict(record) for record in records], indent=2)


def as_csv(records: Sequence[CallRecord]) -> str:
    """One line a call below a heading; moments in UTC (ISO 8601), what there is several of with semicolons between."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for record in records:
        writer.writerow([_cell(value) for value in _csv_values(record)])
    return text.getvalue()


def _csv_values(record: CallRecord) -> Iterator[object]:
    yield record.call
    yield record.organization
    for at in (record.started, record.answered, record.ended):
        yield utc(at) if at is not None else ""
    yield record.caller
    yield record.caller_name
    yield record.called
    yield record.turns[0].called if record.turns else ""
    yield answered_by(record)
    yield from (record.result, record.status, record.reason, f"{record.seconds:.3f}", f"{record.talk_seconds:.3f}")
    yield record.recordings
    yield "; ".join(turn.treatment for turn in record.turns)
    yield "; ".join(f"{leg.party} {leg.number} {leg.status} {leg.reason}" for leg in record.legs if not leg.inbound)


def _cell(value: object) -> object:
    """Spreadsheets take text that begins so for a formula, and callers choose what they are called."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not _HARMLESS.match(value):
        value = f"'{value}"
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def as_table(records: Sequence[CallRecord], *, legs: bool = False) -> Iterator[str]:
    """Lines for a terminal, on this machine's clock."""
    if not records:
        return
    rows = [HEADINGS, *(tuple(map(printable, _columns(record))) for record in records)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        if legs and number:
            yield from (f"    {printable(line)}" for line in _inside(records[number - 1]))


def _columns(record: CallRecord) -> Iterator[str]:
    yield written(record.started)
    yield f"{record.seconds:.0f}" if record.ended is not None else ""
    yield record.result or "running"
    yield " ".join(filter(None, (record.caller or "anonymous", record.caller_name)))
    number = record.turns[0].called if record.turns else ""
    yield record.called if number in ("", record.called) else f"{record.called} ({number})"
    yield answered_by(record)
    yield record.call


def _inside(record: CallRecord) -> Iterator[str]:
    """What was decided, and what became of everybody who was rung, in the order in which it began."""
    found = [(turn.at, f"=> {turn.treatment}") for turn in record.turns]
    found += [(leg.started, _leg(leg)) for leg in record.legs if not leg.inbound]
    for at, line in sorted(found, key=lambda one: one[0]):
        yield f"{at - record.started:>7.1f} s  {line}"


def _leg(leg: LegRecord) -> str:
    words = [leg.party if leg.number == leg.party else f"{leg.party} {leg.number}", leg.address]
    if leg.ringing is not None:
        words.append(f"rang after {leg.ringing - leg.started:.1f} s")
    if leg.answered is not None:
        words.append(f"answered after {leg.answered - leg.started:.1f} s")
    if leg.ended is not None:
        words.append(f"{leg.status} {leg.reason}".strip() if leg.answered is None else leg.reason)
    return ", ".join(words)


def answered_by(record: CallRecord) -> str:
    """Who took the call: the first party that was called and answered."""
    answers = [(leg.answered, leg.party) for leg in record.legs if not leg.inbound and leg.answered is not None]
    return min(answers)[1] if answers else ""
