"""When planned changes are in force, over months of all lengths and nights of all lengths."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pbxd.org.planning import Span, current, over, upcoming
from pbxd.org.state import Planned, Repeat

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def at(text: str) -> float:
    """A local time in Copenhagen."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).timestamp()


def planned(start: str, end: str, repeat: Repeat | None = None, last: str | None = None) -> Planned:
    until = at(last) if last is not None else None
    return Planned(id="1", start=at(start), end=at(end), activity="lunch", repeat=repeat, last=until)


def local(span: Span | None) -> tuple[str, str] | None:
    if span is None:
        return None
    first, last = (f"{datetime.fromtimestamp(moment, COPENHAGEN):%Y-%m-%d %H:%M}" for moment in span)
    return first, last


@pytest.mark.covers("PRES-4")
@pytest.mark.parametrize(
    ("now", "in_force", "still_to_come"),
    [
        ("2026-03-02 11:59", False, True),
        ("2026-03-02 12:00", True, False),
        ("2026-03-02 12:59", True, False),
        ("2026-03-02 13:00", False, False),
    ],
)
def test_an_entry_is_in_force_from_its_start_up_to_its_end(now: str, in_force: bool, still_to_come: bool) -> None:
    entry = planned("2026-03-02 12:00", "2026-03-02 13:00")
    assert (current(entry, at(now), COPENHAGEN) is not None) is in_force
    assert (upcoming(entry, at(now), COPENHAGEN) is not None) is still_to_come
    assert over(entry, at(now), COPENHAGEN) is not (in_force or still_to_come)


@pytest.mark.covers("PRES-4")
@pytest.mark.parametrize(
    ("repeat", "now", "expected"),
    [
        ("daily", "2026-03-05 12:30", ("2026-03-05 12:00", "2026-03-05 13:00")),
        ("daily", "2026-03-05 13:30", None),
        ("weekly", "2026-03-09 12:30", ("2026-03-09 12:00", "2026-03-09 13:00")),
        ("weekly", "2026-03-10 12:30", None),
        ("monthly", "2026-05-02 12:30", ("2026-05-02 12:00", "2026-05-02 13:00")),
        ("monthly", "2026-05-03 12:30", None),
        ("yearly", "2031-03-02 12:30", ("2031-03-02 12:00", "2031-03-02 13:00")),
        ("yearly", "2031-04-02 12:30", None),
        ("daily", "2026-03-01 12:30", None),
    ],
)
def test_a_repeating_entry_is_in_force_on_its_days(repeat: Repeat, now: str, expected: tuple[str, str] | None) -> None:
    entry = planned("2026-03-02 12:00", "2026-03-02 13:00", repeat)
    assert local(current(entry, at(now), COPENHAGEN)) == expected


@pytest.mark.parametrize(
    ("start", "end", "repeat", "now", "expected"),
    [
        ("2026-03-02 12:00", "2026-03-02 13:00", "daily", "2026-03-05 12:30", "2026-03-06 12:00"),
        ("2026-03-02 12:00", "2026-03-02 13:00", "weekly", "2026-03-02 12:00", "2026-03-09 12:00"),
        ("2026-01-31 12:00", "2026-01-31 13:00", "monthly", "2026-01-31 14:00", "2026-03-31 12:00"),
        ("2028-02-29 12:00", "2028-02-29 13:00", "yearly", "2028-03-01 00:00", "2032-02-29 12:00"),
        ("2096-02-29 12:00", "2096-02-29 13:00", "yearly", "2096-03-01 00:00", "2104-02-29 12:00"),
        ("2026-03-02 12:00", "2026-03-02 13:00", "daily", "2026-01-01 00:00", "2026-03-02 12:00"),
    ],
)
def test_the_next_one_is_on_the_next_day_that_the_calendar_has(
    start: str, end: str, repeat: Repeat, now: str, expected: str
) -> None:
    found = local(upcoming(planned(start, end, repeat), at(now), COPENHAGEN))
    assert found is not None
    assert found[0] == expected


def test_one_that_lasts_over_midnight_is_in_force_after_it() -> None:
    entry = planned("2026-03-02 22:00", "2026-03-03 06:00", "daily", last="2026-03-04 22:00")
    assert local(current(entry, at("2026-03-05 05:59"), COPENHAGEN)) == ("2026-03-04 22:00", "2026-03-05 06:00")
    assert current(entry, at("2026-03-05 22:30"), COPENHAGEN) is None
    assert over(entry, at("2026-03-05 06:00"), COPENHAGEN)


def test_nothing_starts_after_the_last_one() -> None:
    entry = planned("2026-03-02 12:00", "2026-03-02 13:00", "daily", last="2026-03-04 12:00")
    assert local(upcoming(entry, at("2026-03-03 14:00"), COPENHAGEN)) == ("2026-03-04 12:00", "2026-03-04 13:00")
    assert upcoming(entry, at("2026-03-04 12:30"), COPENHAGEN) is None
    assert not over(entry, at("2026-03-04 12:30"), COPENHAGEN)
    assert over(entry, at("2026-03-04 13:00"), COPENHAGEN)


@pytest.mark.parametrize(
    ("start", "end", "day", "begins", "hours"),
    [
        # Spring: 2026-03-29 has no hour from 02:00 to 03:00.
        ("12:00", "13:00", "2026-03-29", "2026-03-29T12:00+02:00", 1.0),
        ("01:30", "02:30", "2026-03-29", "2026-03-29T01:30+01:00", 1.0),
        ("02:15", "02:45", "2026-03-29", "2026-03-29T03:15+02:00", 0.5),
        ("02:45", "03:15", "2026-03-29", "2026-03-29T03:45+02:00", 0.5),
        ("01:00", "04:00", "2026-03-29", "2026-03-29T01:00+01:00", 2.0),
        # Autumn: 2026-10-25 has that hour twice.
        ("12:00", "13:00", "2026-10-25", "2026-10-25T12:00+01:00", 1.0),
        ("02:15", "02:45", "2026-10-25", "2026-10-25T02:15+02:00", 0.5),
        ("01:00", "04:00", "2026-10-25", "2026-10-25T01:00+02:00", 4.0),
    ],
)
def test_the_local_time_stays_when_the_clocks_are_changed(
    start: str, end: str, day: str, begins: str, hours: float
) -> None:
    entry = planned(f"2026-03-02 {start}", f"2026-03-02 {end}", "daily")
    expected = datetime.fromisoformat(begins).timestamp()
    assert upcoming(entry, expected - 1, COPENHAGEN) == Span(expected, expected + hours * 3600)
    assert current(entry, expected, COPENHAGEN) == Span(expected, expected + hours * 3600)
    assert current(entry, expected + hours * 3600, COPENHAGEN) is None
