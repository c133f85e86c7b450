"""When planned changes of a user's state are in force, repeating ones at the same local time (PRES-4, PROF-3).

Local times follow the zone's clock: what is planned for 12:00 begins at 12:00 in summer and in winter. A time that the
clock skips in spring is taken as long after the skipped hour began as it would have been; a time that comes twice in
autumn is the first of the two. A repetition that the calendar does not have (the 31st of a short month, 29 February) is
left out, as in RFC 5545 3.3.10.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pbxd.org.state import Planned, Repeat

LONGEST_GAP = 9
"""Repetitions in a row that the calendar may lack, and one more: 29 February, round 2100."""
LOCAL_TIMES = 4096
"""Moments of which the local time is remembered: each plan's own are asked for with every decision."""
_DAYS = {"daily": 1, "weekly": 7}
_MONTHS = {"monthly": 1, "yearly": 12}


class Span(NamedTuple):
    """From ``start`` up to ``end``, seconds since 1970."""

    start: float
    end: float


def current(entry: Planned, now: float, zone: ZoneInfo) -> Span | None:
    """The occurrence that is in force; of several the one that began last."""
    if entry.repeat is None:
        return Span(entry.start, entry.end) if entry.start <= now < entry.end else None
    if now < entry.start:
        return None
    latest = _elapsed(entry, entry.repeat, now, zone)
    for number in range(latest, max(latest - LONGEST_GAP, -1), -1):
        span = _occurrence(entry, entry.repeat, number, zone)
        if span is not None and span.start <= now and (entry.last is None or span.start <= entry.last):
            return span if now < span.end else None
    return None


def upcoming(entry: Planned, now: float, zone: ZoneInfo) -> Span | None:
    """The next occurrence that begins after ``now``."""
    if entry.start > now:
        return Span(entry.start, entry.end)
    if entry.repeat is None:
        return None
    next_one = _elapsed(entry, entry.repeat, now, zone)
    for number in range(next_one, next_one + LONGEST_GAP + 1):
        span = _occurrence(entry, entry.repeat, number, zone)
        if span is not None and span.start > now:
            return span if entry.last is None or span.start <= entry.last else None
    return None


def over(entry: Planned, now: float, zone: ZoneInfo) -> bool:
    """Whether it will never be in force again."""
    return current(entry, now, zone) is None and upcoming(entry, now, zone) is None


def _elapsed(entry: Planned, repeat: Repeat, now: float, zone: ZoneInfo) -> int:
    """How many steps of the repetition fit between its first day and today."""
    first, today = _local(entry.start, zone), _local(now, zone)
    if repeat in _DAYS:
        return (today.date() - first.date()).days // _DAYS[repeat]
    return ((today.year - first.year) * 12 + today.month - first.month) // _MONTHS[repeat]


def _occurrence(entry: Planned, repeat: Repeat, number: int, zone: ZoneInfo) -> Span | None:
    """The occurrence ``number`` (0: the first); ``None`` where the calendar has no such day."""
    first, last = _local(entry.start, zone), _local(entry.end, zone)
    day = _moved(first.date(), repeat, number)
    if day is None:
        return None
    start = datetime.combine(day, first.time(), zone).timestamp()
    end = datetime.combine(day + (last.date() - first.date()), last.time(), zone).timestamp()
    if end <= start:  # the clock was put forward between the two
        end = start + (entry.end - entry.start)
    return Span(start, end)


def _moved(day: date, repeat: Repeat, number: int) -> date | None:
    if repeat in _DAYS:
        return day + timedelta(days=number * _DAYS[repeat])
    months = day.year * 12 + day.month - 1 + number * _MONTHS[repeat]
    try:
        return day.replace(year=months // 12, month=months % 12 + 1)
    except ValueError:
        return None


@lru_cache(LOCAL_TIMES)
def _local(moment: float, zone: ZoneInfo) -> datetime:
    """The local date and time; of two times with the same name the first is meant, which is what ``fold=0`` says."""
    return datetime.fromtimestamp(moment, zone).replace(fold=0)
