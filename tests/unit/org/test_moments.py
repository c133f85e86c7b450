"""Times as people dial and type them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pbxd.org.moments import moment, next_day, next_time, shown

ZONE = ZoneInfo("Europe/Copenhagen")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("clock", "now", "expected"),
    [
        ("1300", "2026-03-02 12:00", "2026-03-02 13:00"),
        ("13:00", "2026-03-02 12:00", "2026-03-02 13:00"),
        ("1200", "2026-03-02 12:00", "2026-03-03 12:00"),
        ("0030", "2026-12-31 23:00", "2027-01-01 00:30"),
        ("0230", "2026-03-28 12:00", "2026-03-29 03:30"),
    ],
)
def test_a_time_is_the_next_one_that_the_clock_shows(clock: str, now: str, expected: str) -> None:
    assert next_time(clock, at(now), ZONE) == at(expected)


@pytest.mark.parametrize(
    ("day", "now", "expected"),
    [
        ("2412", "2026-03-02 12:00", "2026-12-24 14:00"),
        ("0203", "2026-03-02 12:00", "2026-03-02 14:00"),
        ("0203", "2026-03-02 14:00", "2027-03-02 14:00"),
        ("2902", "2026-03-02 12:00", "2028-02-29 14:00"),
    ],
)
def test_a_day_is_the_next_one_that_the_calendar_has(day: str, now: str, expected: str) -> None:
    assert next_day(day, "1400", at(now), ZONE) == at(expected)


@pytest.mark.parametrize("clock", ["2400", "1260", "13", "13000", "", "١٣٠٠", "-130"])
def test_what_is_no_time_is_refused(clock: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day"):
        next_time(clock, at("2026-03-02 12:00"), ZONE)


@pytest.mark.parametrize("day", ["3002", "0000", "3113", "24", "december"])
def test_what_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match="is not a day and a month"):
        next_day(day, "1400", at("2026-03-02 12:00"), ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13:00", "2026-03-02 13:00"),
        ("2026-12-24", "2026-12-24 00:00"),
        ("2026-12-24 14:30", "2026-12-24 14:30"),
        ("2026-12-24T13:30+00:00", "2026-12-24 14:30"),
    ],
)
def test_a_typed_moment_is_local_unless_it_says_otherwise(text: str, expected: str) -> None:
    assert moment(text, at("2026-03-02 12:00"), ZONE) == at(expected)


def test_what_is_no_moment_is_told_what_one_looks_like() -> None:
    with pytest.raises(ValueError, match="`soon` is no time; write `13:00` or `2026-12-24 14:00`"):
        moment("soon", 0, ZONE)


def test_a_moment_is_shown_with_its_date_when_it_is_not_near() -> None:
    now = at("2026-03-02 12:00")
    assert shown(at("2026-03-02 13:00"), now, ZONE) == "13:00"
    assert shown(at("2026-03-03 11:59"), now, ZONE) == "11:59"
    assert shown(at("2026-03-03 12:00"), now, ZONE) == "3/3 12:00"
    assert shown(at("2026-12-24 14:00"), now, ZONE) == "24/12 14:00"
