"""Working hours at a moment."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from pbxd.org.hours import ALWAYS, Closing, EffectiveHours, SpecialDay, WorkingHours
from pbxd.org.levels import Level
from pbxd.org.organization import Group, Organization
from pbxd.org.state import ExtendedHours
from pbxd.org.users import User
from pbxd.org.wallclock import minute_of

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
EIGHT, TWELVE, SIXTEEN = 8 * 60, 12 * 60, 16 * 60
OFFICE = WorkingHours(weekdays=(*((((EIGHT, SIXTEEN),),) * 5), (), ()))


def moment(text: str, *, zone: ZoneInfo = COPENHAGEN, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


@pytest.mark.covers("TIME-1")
@pytest.mark.parametrize(
    ("at", "open_", "why", "until"),
    [
        ("2026-11-24 07:59", False, "Tuesday has 08:00-16:00", "2026-11-24 08:00"),
        ("2026-11-24 08:00", True, "Tuesday 08:00-16:00", "2026-11-24 16:00"),
        ("2026-11-24 15:59:59", True, "Tuesday 08:00-16:00", "2026-11-24 16:00"),
        ("2026-11-24 16:00", False, "Tuesday has 08:00-16:00", "2026-11-25 08:00"),
        ("2026-11-27 16:00", False, "Friday has 08:00-16:00", "2026-11-30 08:00"),
        ("2026-11-28 12:00", False, "Saturday has no hours", "2026-11-30 08:00"),
    ],
)
def test_an_ordinary_week(at: str, open_: bool, why: str, until: str) -> None:
    assert OFFICE.at(moment(at), COPENHAGEN) == (open_, why, moment(until))


@pytest.mark.covers("TIME-1", "TIME-4")
def test_a_date_beats_a_holiday_beats_a_weekday_and_extra_hours_come_on_top() -> None:
    hours = WorkingHours(
        weekdays=OFFICE.weekdays,
        special={
            date(2026, 12, 24): SpecialDay(why="2026-12-24", spans=((EIGHT, TWELVE),), by_date=True),
            date(2026, 12, 25): SpecialDay(why="Christmas Day"),
        },
        extra={date(2026, 12, 13): ((600, 840),), date(2026, 12, 25): ((600, 660),)},
    )
    # Christmas Eve is a half day, Christmas Day a holiday with an hour for those who come nevertheless.
    assert hours.at(moment("2026-12-24 11:59"), COPENHAGEN).why == "2026-12-24 08:00-12:00"
    assert hours.at(moment("2026-12-24 12:00"), COPENHAGEN) == (
        False,
        "2026-12-24 has 08:00-12:00",
        moment("2026-12-25 10:00"),
    )
    assert hours.at(moment("2026-12-25 09:00"), COPENHAGEN).why == "Christmas Day"
    assert hours.at(moment("2026-12-25 10:30"), COPENHAGEN).open
    sunday = hours.at(moment("2026-12-13 12:00"), COPENHAGEN)
    assert sunday == (True, "extra hours 10:00-14:00", moment("2026-12-13 14:00"))


@pytest.mark.covers("TIME-1")
def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    night = WorkingHours(weekdays=((), (), (), (), ((22 * 60, 30 * 60),), (), ()))
    saturday_closed = SpecialDay(why="2026-11-28", by_date=True)
    for hours in (night, WorkingHours(weekdays=night.weekdays, special={date(2026, 11, 28): saturday_closed})):
        assert not hours.at(moment("2026-11-27 21:59"), COPENHAGEN).open
        for at in ("2026-11-27 22:00", "2026-11-28 00:00", "2026-11-28 05:59"):
            assert hours.at(moment(at), COPENHAGEN) == (True, "Friday 22:00-06:00", moment("2026-11-28 06:00"))
        assert not hours.at(moment("2026-11-28 06:00"), COPENHAGEN).open


@pytest.mark.covers("TIME-1")
def test_both_nights_in_which_the_clock_is_changed() -> None:
    night = WorkingHours(weekdays=(((0, 150), (150, 360)),) * 7)
    day = WorkingHours(weekdays=(((150, 195),),) * 7)
    # 2026-03-29: 02:00 to 03:00 is skipped, so 02:30-03:15 is the quarter of an hour after the skip.
    assert day.at(moment("2026-03-29 01:59"), COPENHAGEN).until == moment("2026-03-29 03:00")
    assert day.at(moment("2026-03-29 03:00"), COPENHAGEN) == (True, "Sunday 02:30-03:15", moment("2026-03-29 03:15"))
    # 2026-10-25: 02:00 to 03:00 comes twice; 02:30 is the first one.
    first, second = moment("2026-10-25 02:30"), moment("2026-10-25 02:30", fold=1)
    assert second - first == 3600
    assert not day.at(first - 1, COPENHAGEN).open
    for at in (first, second - 1, second, second + 1799, second + 1800):
        assert day.at(at, COPENHAGEN) == (True, "Sunday 02:30-03:15", moment("2026-10-25 03:15"))
    assert night.at(second - 2700, COPENHAGEN).why == "Sunday 02:30-06:00"
    lengths = [hours.end - hours.start for hours in night.spans(date(2026, 10, 25), 1, COPENHAGEN)]
    assert lengths == [2.5 * 3600, 4.5 * 3600, 18 * 3600]
    lengths = [hours.end - hours.start for hours in night.spans(date(2026, 3, 29), 1, COPENHAGEN)]
    assert lengths == [2 * 3600, 3 * 3600, 18 * 3600]


@pytest.mark.covers("TIME-4")
def test_a_calendar_closes_for_some_hours_but_not_on_a_date_with_hours_of_its_own() -> None:
    tuesday, wednesday = date(2026, 11, 24), date(2026, 11, 25)
    closings = tuple(
        Closing(start=minute_of(day, 13 * 60), end=minute_of(day, 14 * 60), why="Fire drill")
        for day in (tuesday, wednesday)
    )
    special = {wednesday: SpecialDay(why="2026-11-25", spans=((EIGHT, SIXTEEN),), by_date=True)}
    hours = WorkingHours(weekdays=OFFICE.weekdays, closings=closings, special=special)
    assert hours.at(moment("2026-11-24 12:00"), COPENHAGEN).until == moment("2026-11-24 13:00")
    assert hours.at(moment("2026-11-24 13:30"), COPENHAGEN) == (False, "Fire drill", moment("2026-11-24 14:00"))
    assert hours.at(moment("2026-11-25 13:30"), COPENHAGEN).open


def test_what_never_changes_has_no_end() -> None:
    assert ALWAYS.at(moment("2026-11-24 12:00"), COPENHAGEN) == (True, "Tuesday 00:00-24:00", None)
    assert WorkingHours(weekdays=((),) * 7).at(moment("2026-11-24 12:00"), COPENHAGEN).until is None


def test_the_last_answer_is_only_used_as_long_as_it_is_right() -> None:
    hours = WorkingHours(weekdays=OFFICE.weekdays)
    for at in ("2026-11-24 15:00", "2026-11-24 16:00", "2026-11-24 15:00"):
        assert hours.at(moment(at), COPENHAGEN).open == ("15" in at)
    # The same instant is another time elsewhere.
    assert not hours.at(moment("2026-11-24 15:00"), ZoneInfo("Asia/Tokyo")).open


def house() -> Organization:
    stockholm = ZoneInfo("Europe/Helsinki")
    late = WorkingHours(weekdays=(((TWELVE, SIXTEEN),),) * 7)
    return Organization(
        name="house",
        title="House",
        domain="house.example",
        country="DK",
        timezone=COPENHAGEN,
        languages=("da",),
        working_hours=OFFICE,
        groups={
            "abroad": Group(name="abroad", priority=0, timezone=stockholm, country="FI"),
            "late": Group(name="late", priority=1, working_hours=late, country="SE"),
        },
        users={
            "anna": User(username="anna", name="Anna", language="da"),
            "bo": User(username="bo", name="Bo", language="da", groups=("late", "abroad")),
            "cora": User(username="cora", name="Cora", language="da", groups=("late",), working_hours=ALWAYS),
        },
    )


@pytest.mark.covers("TIME-1", "LVL-2")
def test_hours_clock_and_country_come_each_from_the_nearest_level_that_gives_it() -> None:
    organization = house()
    anna, bo, cora = (organization.hours_for(organization.users[name]) for name in ("anna", "bo", "cora"))
    assert (anna.hours, anna.zone, anna.country, anna.level, anna.name) == (
        OFFICE,
        COPENHAGEN,
        "DK",
        Level.ORGANIZATION,
        "house",
    )
    assert (bo.zone.key, bo.country, bo.level, bo.name) == ("Europe/Helsinki", "FI", Level.GROUP, "late")
    assert (cora.hours, cora.country, cora.level, cora.name) == (ALWAYS, "SE", Level.USER, "cora")
    assert organization.hours_for(organization.groups["abroad"]).zone.key == "Europe/Helsinki"
    assert organization.hours_for() == EffectiveHours(
        hours=OFFICE, zone=COPENHAGEN, country="DK", level=Level.ORGANIZATION, name="house"
    )
    # 14:30 in Helsinki is 13:30 in Copenhagen.
    assert bo.at(moment("2026-11-24 13:30")).until == moment("2026-11-24 15:00")


def test_an_organization_that_says_nothing_is_always_open() -> None:
    silent = Organization(
        name="s", title="S", domain="s.example", country="DK", timezone=COPENHAGEN, languages=("da",)
    ).hours_for()
    assert (silent.hours, silent.level, silent.name) == (ALWAYS, Level.DEFAULT, "")


@pytest.mark.covers("TIME-2")
def test_hours_that_were_extended_last_longer() -> None:
    organization = house()
    anna = organization.hours_for(organization.users["anna"])
    until = moment("2026-11-24 18:00")
    extended = (ExtendedHours(scope="", until=until, by="eva"),)
    assert anna.at(moment("2026-11-24 10:00"), extended) == (True, "Tuesday 08:00-16:00", until)
    assert anna.at(moment("2026-11-24 17:59"), extended) == (True, "extended by eva until 18:00", until)
    assert anna.at(moment("2026-11-24 07:00"), extended) == anna.at(moment("2026-11-24 07:00"))
    assert not anna.at(until, extended).open
    other = (ExtendedHours(scope="late", until=until, by="eva"),)
    assert not anna.at(moment("2026-11-24 17:00"), other).open
    assert organization.hours_for(organization.users["bo"]).at(moment("2026-11-24 17:00"), other).open


@pytest.mark.covers("TIME-2")
def test_an_extension_leaves_the_lunch_break_and_joins_hours_that_begin_meanwhile() -> None:
    halves = WorkingHours(weekdays=(((EIGHT, TWELVE), (13 * 60, SIXTEEN), (19 * 60, 20 * 60)),) * 7)
    effective = EffectiveHours(hours=halves, zone=COPENHAGEN, country="DK", level=Level.ORGANIZATION)
    evening = (ExtendedHours(scope="", until=moment("2026-11-24 18:00"), by="eva"),)
    assert effective.at(moment("2026-11-24 10:00"), evening).until == moment("2026-11-24 12:00")
    assert not effective.at(moment("2026-11-24 12:30"), evening).open
    assert effective.at(moment("2026-11-24 17:00"), evening).open
    joined = (ExtendedHours(scope="", until=moment("2026-11-24 19:00"), by="eva"),)
    assert effective.at(moment("2026-11-24 17:00"), joined).until == moment("2026-11-24 20:00")
    sunday = EffectiveHours(hours=OFFICE, zone=COPENHAGEN, country="DK", level=Level.ORGANIZATION)
    extended = (ExtendedHours(scope="", until=moment("2026-11-29 18:00"), by="eva"),)
    assert sunday.at(moment("2026-11-29 12:00"), extended).open
