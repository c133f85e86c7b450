"""Working hours, as the snapshot holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time

from pbxd.config.models import hours as files
from pbxd.config.scalars import WEEKDAYS
from pbxd.org.hours import Span, SpecialDay, WorkingHours
from pbxd.org.wallclock import DAY


def working_hours(model: files.WorkingHours | None) -> WorkingHours | None:
    """The hours of one level; ``None`` where it gives none."""
    if model is None:
        return None
    given = model.model_extra or {}
    weekdays: list[tuple[Span, ...]] = [()] * len(WEEKDAYS)
    for key, spans_of_key in given.items():
        for day in days(key):
            weekdays[day] += spans(spans_of_key)
    extra: dict[date, tuple[Span, ...]] = {}
    for more in model.extra:
        extra[more.date] = extra.get(more.date, ()) + spans(more.hours)
    return WorkingHours(weekdays=tuple(weekdays), special=_special(model.exceptions, weekdays), extra=extra)


def _special(exceptions: Iterable[files.HoursException], weekdays: list[tuple[Span, ...]]) -> Mapping[date, SpecialDay]:
    found: dict[date, SpecialDay] = {}
    for exception in exceptions:
        if exception.date is None:
            continue
        usual = weekdays[exception.date.weekday()] if exception.closed is False else ()
        found[exception.date] = SpecialDay(
            why=exception.date.isoformat(), spans=spans(exception.hours) or usual, by_date=True
        )
    return found


def days(key: str) -> list[int]:
    """The weekdays, Monday is 0, that ``mon`` or ``fri-mon`` names."""
    first, _, last = key.partition("-")
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return [day % len(WEEKDAYS) for day in range(begin, end + 1 + (len(WEEKDAYS) if end < begin else 0))]


def spans(given: Iterable[tuple[time, time]]) -> tuple[Span, ...]:
    """``08:00-16:00`` as minutes; an end that is not after its start is on the next day."""
    found = []
    for start, end in given:
        first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
        found.append((first, last if last > first else last + DAY))
    return tuple(found)
