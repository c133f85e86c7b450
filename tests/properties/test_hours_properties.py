"""Opening hours against a clock that is watched minute by minute, through both nights in which it is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbxd.org.hours import Closing, Span, SpecialDay, WorkingHours
from pbxd.org.schedule import Event, Schedule
from pbxd.org.wallclock import DAY, date_of, minute_at, minute_of, moment_of

ZONES = ["Europe/Copenhagen", "Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata"]
NIGHTS = [
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 4, 5),
    date(2026, 7, 1),
]
"""Clocks are changed by an hour in Europe and America, by half an hour on Lord Howe, and not at all in July."""

zones = st.sampled_from(ZONES).map(ZoneInfo)
nights = st.sampled_from(NIGHTS)
times = st.one_of(st.integers(0, 8).map(lambda half: half * 30), st.integers(0, DAY - 1))


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    """Spans that do not overlap; the last may go over midnight."""
    cuts = sorted(set(draw(st.lists(times, max_size=5))))
    found: list[Span] = list(zip(cuts[::2], cuts[1::2], strict=False))
    over_midnight: bool = draw(st.booleans())
    if found and over_midnight:
        start, _ = found[-1]
        found[-1] = (start, DAY + draw(st.integers(0, min(start, 300))))
    return tuple(found)


@st.composite
def hours(draw: st.DrawFn, night: date) -> WorkingHours:
    around = st.integers(-1, 2).map(lambda days: night + timedelta(days=days))
    special = st.builds(
        lambda some, by_date: SpecialDay(why="special", spans=some, by_date=by_date), spans(), st.booleans()
    )
    begins = st.integers(-DAY, 2 * DAY).map(lambda minutes: minute_of(night, minutes))
    closing = st.builds(
        lambda start, length: Closing(start=start, end=start + length, why="c"), begins, st.integers(1, 900)
    )
    return WorkingHours(
        weekdays=tuple(draw(spans()) for _ in range(7)),
        special=draw(st.dictionaries(around, special, max_size=2)),
        extra=draw(st.dictionaries(around, spans(), max_size=2)),
        closings=tuple(draw(st.lists(closing, max_size=2))),
    )


def watched(first: float, minutes: int, zone: ZoneInfo) -> Iterator[tuple[float, int]]:
    """Each minute of real time, and what the clock shows, where it stands still instead of going back."""
    shown = 0
    for number in range(minutes):
        moment = first + 60 * number
        local = datetime.fromtimestamp(moment, zone)
        shown = max(shown, minute_of(local.date(), local.hour * 60 + local.minute))
        yield moment, shown


def is_open(found: WorkingHours, minute: int) -> bool:
    """What working hours mean, as plainly as it can be said."""
    today = date_of(minute)
    days = (today - timedelta(days=1), today)

    def within(day: date, some: tuple[Span, ...]) -> bool:
        return any(start <= minute - minute_of(day) < end for start, end in some)

    if any(within(day, found.extra.get(day, ())) for day in days):
        return True
    special = {day: found.special[day] for day in days if day in found.special}
    if any(within(day, one.spans) for day, one in special.items() if one.by_date):
        return True
    if any(closing.start <= minute < closing.end for closing in found.closings):
        return False
    usual = {day: found.weekdays[day.weekday()] for day in days if day not in special}
    usual |= {day: one.spans for day, one in special.items() if not one.by_date}
    return any(within(day, some) for day, some in usual.items())


@given(zone=zones, night=nights, minutes=st.lists(st.integers(0, 3 * DAY), min_size=2, max_size=20))
def test_the_clock_never_goes_back_and_each_minute_begins_once(zone: ZoneInfo, night: date, minutes: list[int]) -> None:
    first = moment_of(minute_of(night) - DAY, zone)
    moments = sorted(first + 60 * minute for minute in minutes)
    shown = [minute_at(moment, zone) for moment in moments]
    assert shown == sorted(shown)
    for minute in minutes:
        wall = minute_of(night, minute - DAY)
        begins = moment_of(wall, zone)
        assert minute_at(begins, zone) >= wall > minute_at(begins - 1, zone)


@pytest.mark.covers("TIME-1")
@settings(max_examples=60, deadline=None)
@given(data=st.data(), zone=zones, night=nights)
def test_hours_agree_with_a_clock_watched_minute_by_minute(data: st.DataObject, zone: ZoneInfo, night: date) -> None:
    found = data.draw(hours(night))
    first = moment_of(minute_of(night) - DAY // 2, zone)
    seen = [(moment, is_open(found, shown)) for moment, shown in watched(first, 3 * DAY, zone)]
    changes = [later[0] for earlier, later in pairwise(seen) if earlier[1] != later[1]]
    asked = data.draw(st.lists(st.sampled_from(range(len(seen))), min_size=1, max_size=30))
    for moment, expected in [seen[index] for index in asked]:
        opening = found.at(moment, zone)
        assert opening.open == expected
        until = next((change for change in changes if change > moment), None)
        if until is not None:
            assert opening.until == until
        else:
            assert opening.until is None or opening.until > seen[-1][0]
        assert found.at(moment + 59.9, zone).open == expected


@settings(max_examples=60, deadline=None)
@given(data=st.data(), zone=zones, night=nights)
def test_every_instant_has_exactly_one_state(data: st.DataObject, zone: ZoneInfo, night: date) -> None:
    found = data.draw(hours(night))
    pieces = list(found.spans(night - timedelta(days=1), 3, zone))
    assert pieces[0].start == moment_of(minute_of(night) - DAY, zone)
    assert pieces[-1].end == moment_of(minute_of(night) + 2 * DAY, zone)
    for earlier, later in pairwise(pieces):
        assert earlier.start < earlier.end == later.start
    for piece in pieces:
        for moment in (piece.start, (piece.start + piece.end) / 2, piece.end - 1):
            assert (piece.open, piece.why) == found.at(moment, zone)[:2]


@st.composite
def events(draw: st.DrawFn, night: date) -> Event:
    start = draw(times)
    around = st.integers(-2, 2).map(lambda days: night + timedelta(days=days))
    first = draw(around)
    return Event(
        name=str(draw(st.integers(0, 9))),
        action=draw(st.sampled_from(["open", "closed"])),
        repeat=draw(st.sampled_from(["once", "daily", "weekly", "monthly", "yearly"])),
        days=draw(st.frozensets(st.integers(0, 6), max_size=3)),
        first=first,
        last=draw(st.none() | st.integers(0, 3).map(lambda days: first + timedelta(days=days))),
        span=(start, start + draw(st.integers(1, DAY))),
    )


def counts(event: Event, minute: int) -> bool:
    """Whether an event holds at a minute of the wall clock, as plainly as it can be said."""
    assert event.first is not None
    if event.repeat == "once":
        last = event.last or event.first
        return minute_of(event.first, event.span[0]) <= minute < minute_of(last, event.span[1])
    for day in (date_of(minute) - timedelta(days=1), date_of(minute)):
        on = {
            "daily": True,
            "weekly": day.weekday() in (event.days or {event.first.weekday()}),
            "monthly": day.day == event.first.day,
            "yearly": (day.month, day.day) == (event.first.month, event.first.day),
        }
        within = event.first <= day and (event.last is None or day <= event.last)
        if within and on[event.repeat or "daily"] and event.span[0] <= minute - minute_of(day) < event.span[1]:
            return True
    return False


@pytest.mark.covers("TIME-3")
@settings(max_examples=60, deadline=None)
@given(data=st.data(), zone=zones, night=nights)
def test_the_first_event_that_holds_counts_minute_by_minute(data: st.DataObject, zone: ZoneInfo, night: date) -> None:
    default = Event(name="default", action="closed")
    schedule = Schedule((*data.draw(st.lists(events(night), max_size=4)), default))

    def holding(minute: int) -> Event:
        return next((event for event in schedule.events[:-1] if counts(event, minute)), default)

    first = moment_of(minute_of(night) - DAY // 2, zone)
    seen = [(moment, holding(shown)) for moment, shown in watched(first, 2 * DAY, zone)]
    changes = [later[0] for earlier, later in pairwise(seen) if earlier[1] is not later[1]]
    for moment, expected in seen[:: data.draw(st.integers(7, 61))]:
        said = schedule.at(moment, zone)
        assert (said.event, said.action) == (expected.name, expected.action)
        until = next((change for change in changes if change > moment), None)
        if until is not None:
            assert said.until == until
