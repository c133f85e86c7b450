"""Working hours, as the snapshot holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from pbxd.config.attached import Attached
from pbxd.config.models import hours as files
from pbxd.config.scalars import WEEKDAYS
from pbxd.org.holidays import Holiday, holidays_of
from pbxd.org.hours import Closing, Span, SpecialDay, WorkingHours
from pbxd.org.wallclock import DAY, minute_of

YEARS_BACK, YEARS_AHEAD = 2, 10
"""Around today, of which holidays are looked up."""


def working_hours(model: files.WorkingHours | None, attached: Attached) -> WorkingHours | None:
    """The hours of one level; ``None`` where it gives none."""
    if model is None:
        return None
    weekdays: list[tuple[Span, ...]] = [()] * len(WEEKDAYS)
    for key, spans_of_key in (model.model_extra or {}).items():
        for day in days(key):
            weekdays[day] += spans(spans_of_key)
    extra: dict[date, tuple[Span, ...]] = {}
    for more in model.extra:
        extra[more.date] = extra.get(more.date, ()) + spans(more.hours)
    special: dict[date, SpecialDay] = {}
    for exception in sorted(model.exceptions, key=_rank):
        for special_day, found in _special(exception, attached, weekdays):
            special.setdefault(special_day, found)
    closings = [
        closing
        for exception in model.exceptions
        if exception.ics is not None and not exception.hours
        for closing in _closings(exception.ics, attached)
    ]
    return WorkingHours(weekdays=tuple(weekdays), special=special, closings=tuple(closings), extra=extra)


def _rank(exception: files.HoursException) -> int:
    """A date comes before a calendar, that before holidays by name, and these before a country's holidays."""
    if exception.date is not None:
        return 0
    if exception.ics is not None:
        return 1
    return 2 if exception.names else 3


def _special(
    exception: files.HoursException, attached: Attached, weekdays: list[tuple[Span, ...]]
) -> Iterator[tuple[date, SpecialDay]]:
    """The whole days that an exception is about, in the order in which they count."""

    def like(day: date, why: str, given: list[tuple[time, time]]) -> tuple[date, SpecialDay]:
        usual = weekdays[day.weekday()] if exception.closed is False else ()
        return day, SpecialDay(why=why, spans=spans(given) or usual, by_date=exception.date is not None)

    if exception.date is not None:
        yield like(exception.date, exception.date.isoformat(), exception.hours)
    elif exception.ics is not None:
        for event in attached.calendars[exception.ics]:
            if event.start is None or exception.hours:
                for number in range((event.last - event.first).days + 1):
                    yield like(event.first + timedelta(days=number), event.title, exception.hours)
    else:
        for holiday in holidays(exception, attached.today):
            if exception.names or holiday.public:
                yield like(holiday.day, holiday.name, exception.hours)
            elif holiday.half and exception.half_days:
                yield like(holiday.day, holiday.name, exception.half_days)


def holidays(exception: files.HoursException, today: date) -> list[Holiday]:
    """The holidays that an exception is about; one without names is about all of the country's."""
    assert exception.holidays is not None
    known = holidays_of(exception.holidays, exception.region, today.year - YEARS_BACK, today.year + YEARS_AHEAD)
    wanted = {name.lower() for name in exception.names}
    return [holiday for holiday in known if not wanted or holiday.names & wanted]


def _closings(calendar: str, attached: Attached) -> Iterator[Closing]:
    for event in attached.calendars[calendar]:
        if event.start is not None and event.end is not None and event.start < event.end:
            yield Closing(start=_minute(event.start), end=_minute(event.end), why=event.title)


def _minute(local: datetime) -> int:
    return minute_of(local.date(), local.hour * 60 + local.minute)


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
