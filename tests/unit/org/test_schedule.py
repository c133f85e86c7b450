"""Schedules of service numbers."""

from __future__ import annotations

from datetime import date

import pytest

from pbxd.org.rules import Step, ToNumber
from pbxd.org.schedule import Event, Schedule, Scheduled
from tests.unit.org.test_hours import COPENHAGEN, moment

DEFAULT = Event(name="default", action="closed", message="support-closed", hang_up_waiting=True)
WEEK = Event(name="Open", action="open", repeat="weekly", days=frozenset(range(5)), span=(8 * 60, 16 * 60))


def at(text: str, *events: Event) -> Scheduled:
    return Schedule((*events, DEFAULT)).at(moment(text), COPENHAGEN)


@pytest.mark.covers("TIME-3")
def test_the_first_event_counts_and_the_default_holds_otherwise() -> None:
    party = Event(name="Party", action="closed", repeat="once", first=date(2026, 11, 24), span=(720, 1440))
    assert at("2026-11-24 11:59", party, WEEK) == Scheduled("open", "Open", moment("2026-11-24 12:00"))
    assert at("2026-11-24 12:00", party, WEEK)[:3] == ("closed", "Party", moment("2026-11-25 00:00"))
    assert at("2026-11-27 16:00", party, WEEK) == Scheduled(
        "closed", "default", moment("2026-11-30 08:00"), message="support-closed", hang_up_waiting=True
    )


@pytest.mark.covers("TIME-3")
def test_an_event_may_send_calls_on() -> None:
    to = Step(target=ToNumber("+4570123456"))
    assert at("2026-11-24 18:00", Event(name="Evening", action=to, repeat="daily", span=(1000, 1300))) == Scheduled(
        "forward", "Evening", moment("2026-11-24 21:40"), forward=to
    )


@pytest.mark.covers("TIME-3")
@pytest.mark.parametrize(
    ("event", "holds", "does_not"),
    [
        (
            Event(name="e", action="open", repeat="daily", first=date(2026, 11, 24)),
            "2026-12-01 00:00",
            "2026-11-23 23:59",
        ),
        (
            Event(name="e", action="open", repeat="daily", last=date(2026, 11, 24)),
            "2026-11-24 23:59",
            "2026-11-25 00:00",
        ),
        (
            Event(name="e", action="open", repeat="weekly", first=date(2026, 11, 24)),
            "2026-12-08 12:00",
            "2026-12-09 12:00",
        ),
        (
            Event(name="e", action="open", repeat="monthly", first=date(2026, 1, 31)),
            "2026-03-31 12:00",
            "2026-02-28 12:00",
        ),
        (
            Event(name="e", action="open", repeat="yearly", first=date(2024, 2, 29)),
            "2028-02-29 12:00",
            "2027-02-28 12:00",
        ),
        (
            Event(name="e", action="open", repeat="yearly", first=date(2020, 6, 5)),
            "2031-06-05 12:00",
            "2031-06-06 12:00",
        ),
        (
            Event(
                name="e", action="open", repeat="once", first=date(2026, 7, 6), last=date(2026, 7, 24), span=(480, 960)
            ),
            "2026-07-10 03:00",
            "2026-07-24 16:00",
        ),
        (
            Event(name="e", action="open", repeat="daily", span=(22 * 60, 30 * 60), last=date(2026, 11, 24)),
            "2026-11-25 05:59",
            "2026-11-25 22:00",
        ),
        (Event(name="e", action="open", repeat="daily", span=(150, 195)), "2026-03-29 03:00", "2026-03-29 03:15"),
    ],
)
def test_how_events_repeat(event: Event, holds: str, does_not: str) -> None:
    assert at(holds, event).event == "e"
    assert at(does_not, event).event == "default"


def test_a_schedule_that_says_nothing_is_closed() -> None:
    assert Schedule(()).at(moment("2026-11-24 12:00"), COPENHAGEN) == Scheduled("closed", "no event", None)


def test_the_coming_days_of_a_schedule() -> None:
    found = [
        (one.event.name, (one.end - one.start) / 3600)
        for one in Schedule((WEEK, DEFAULT)).spans(date(2026, 11, 27), 2, COPENHAGEN)
    ]
    assert found == [("default", 8), ("Open", 8), ("default", 8), ("default", 24)]
