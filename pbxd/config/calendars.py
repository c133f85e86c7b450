"""iCalendar files (RFC 5545), written out as plain events (TIME-4)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Calendar

BACK, AHEAD = timedelta(days=366), timedelta(days=731)
"""How far around today repeating events are written out."""
MAX_EVENTS = 20_000
TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})


class CalendarEvent(NamedTuple):
    """Something in a calendar, once."""

    first: date
    """All-day events: the first day; others: the day on which it begins, as the zone's clock has it."""
    last: date
    """The last day, included."""
    start: datetime | None
    """In the zone; ``None``: all day."""
    end: datetime | None
    title: str


def events(content: bytes, zone: ZoneInfo, today: date) -> tuple[CalendarEvent, ...]:
    """What a file says for the time around ``today``, in order; times without a zone are read in ``zone``.

    Raises :class:`ValueError`, with words, for what is no calendar, or has too much in it.
    """
    from icalendar import Calendar  # 0.1 s to import, and few configurations name a calendar
    from recurring_ical_events import of

    try:
        calendar = Calendar.from_ical(content)
        if not isinstance(calendar, Calendar):
            raise ValueError("it holds no VCALENDAR")
        refuse_bombs(calendar)
        found = of(calendar).between(today - BACK, today + AHEAD)
    except ValueError:
        raise
    except Exception as error:  # what a library does with a broken file is not always a ValueError
        raise ValueError(str(error) or type(error).__name__) from error
    if len(found) > MAX_EVENTS:
        raise ValueError(f"it has more than {MAX_EVENTS} events in three years")
    written_out = (_event(one.start, one.end, str(one.get("SUMMARY", "")), zone) for one in found)
    return tuple(sorted(written_out, key=lambda event: (event.first, event.start is not None, event.title)))


def refuse_bombs(calendar: Calendar) -> None:
    """Raise :class:`ValueError` for rules that come so often that to write them out takes minutes; no meeting does."""
    for event in calendar.walk("VEVENT"):
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            if {str(part).upper() for part in rule.get("FREQ", [])} & TOO_OFTEN:
                raise ValueError("it has an event that repeats every minute or more often")


def _event(start: date, end: date, title: str, zone: ZoneInfo) -> CalendarEvent:
    title = " ".join(title.split()) or "calendar"
    if not isinstance(start, datetime):
        last = max(start, end - timedelta(days=1))
        return CalendarEvent(start, last, None, None, title)
    begins, ends = _local(start, zone), _local(end, zone)
    return CalendarEvent(begins.date(), ends.date(), begins, ends, title)


def _local(moment: date, zone: ZoneInfo) -> datetime:
    assert isinstance(moment, datetime), "RFC 5545 3.6.1: both are times, or both are dates"
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
