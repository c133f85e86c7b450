"""What calendars' events come to: the first rule that fits, what is excluded, what is left alone (PRES-7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbxd.org.calendars import MOST, PRIORITY, CalendarEvent, CalendarRule, Connector, fits, plans
from pbxd.org.changes import follow_calendar, plan
from pbxd.org.state import NOTHING_SET, Planned
from tests.unit.org.test_presence import ZONE

LUNCH = CalendarRule(type="subject", match="lunch", activity="lunch")
BUSY = CalendarRule(type="availability", match="busy", activity="meeting", role="work")
OFFICE = Connector(
    name="office", kind="ical", url="file:/x", rules=(LUNCH, BUSY), exclude=(CalendarRule(type="private"),)
)
MEETING = CalendarEvent(start=1000.0, end=2000.0, subject="Budget", location="Room 4")


def said(event: CalendarEvent) -> list[tuple[str | None, str | None]]:
    return [(entry.activity, entry.role) for entry in plans([event], OFFICE, 0.0)]


@pytest.mark.covers("PRES-7")
def test_the_first_rule_that_fits_counts() -> None:
    assert said(MEETING) == [("meeting", "work")]
    assert said(replace(MEETING, subject="Team LUNCH")) == [("lunch", None)]
    assert said(replace(MEETING, availability="free")) == []
    assert said(replace(MEETING, private=True)) == []
    assert said(replace(MEETING, end=1000.0)) == []


@pytest.mark.parametrize(
    ("rule", "fit"),
    [
        (CalendarRule(type="subject"), True),
        (CalendarRule(type="subject", match="BUDG"), True),
        (CalendarRule(type="subject", match="room"), False),
        (CalendarRule(type="location", match="room"), True),
        (CalendarRule(type="location"), True),
        (CalendarRule(type="location", match="5"), False),
        (CalendarRule(type="availability"), True),
        (CalendarRule(type="availability", match="bus"), False),
        (CalendarRule(type="private"), False),
    ],
)
def test_what_rules_are_about(rule: CalendarRule, fit: bool) -> None:
    assert fits(rule, MEETING) is fit
    assert not fits(CalendarRule(type="location"), replace(MEETING, location=""))


def test_plans_are_marked_as_the_calendars_and_say_nothing_of_the_subject() -> None:
    [entry] = plans([MEETING], OFFICE, 0.0)
    assert (entry.source, entry.priority, entry.start, entry.end) == ("office", PRIORITY, 1000.0, 2000.0)
    assert "Budget" not in repr(entry)
    assert "Room" not in repr(entry)


def test_what_is_over_is_left_out_and_the_nearest_come_first() -> None:
    many = [replace(MEETING, start=1000.0 * n, end=1000.0 * n + 500) for n in range(MOST * 2, 0, -1)]
    found = plans(many, OFFICE, 10_000.0)
    assert len(found) == MOST
    assert found[0].start == 10_000.0
    assert plans([MEETING, MEETING], OFFICE, 0.0) == plans([MEETING], OFFICE, 0.0)


def test_a_calendar_replaces_what_calendars_planned_and_nothing_else() -> None:
    own = Planned(id="own", start=5000.0, end=6000.0, activity="lunch")
    before = plan(own, 0.0, ZONE)(NOTHING_SET)
    first = follow_calendar(plans([MEETING], OFFICE, 0.0), 0.0, ZONE)(before)
    assert [entry.source for entry in first.planned] == ["", "office"]
    moved = plans([replace(MEETING, start=1500.0)], OFFICE, 0.0)
    assert follow_calendar(moved, 0.0, ZONE)(first).planned == (own, *moved)
    assert follow_calendar((), 0.0, ZONE)(first) == before
