"""Working hours and their exceptions in files."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbxd.config.loading import load
from pbxd.org.hours import Opening, WorkingHours
from tests.unit.config.conftest import Files

TODAY = date(2026, 11, 22)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
CLOSED = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20261101T000000Z
DTSTART;VALUE=DATE:20270104
DTEND;VALUE=DATE:20270106
SUMMARY:Inventory
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20261101T000000Z
DTSTART;TZID=Europe/London:20261123T120000
DTEND;TZID=Europe/London:20261123T130000
RRULE:FREQ=WEEKLY
EXDATE;TZID=Europe/London:20261130T120000
SUMMARY:All hands
END:VEVENT
END:VCALENDAR
"""


def hours(files: Files, text: str) -> WorkingHours:
    files.organization("users:\n", f"working_hours:\n  mon-fri: ['08:00-16:00']\n{text}users:\n")
    found = load(files.folder / "pbxd.yaml", today=TODAY).organizations["small"].working_hours
    assert found is not None
    return found


def at(found: WorkingHours, text: str) -> Opening:
    return found.at(datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).timestamp(), COPENHAGEN)


@pytest.mark.covers("TIME-1", "TIME-4")
def test_holidays_of_a_country_with_half_days_and_names(files: Files) -> None:
    found = hours(
        files,
        "  exceptions:\n"
        "    - {holidays: DK, closed: true, half_days: ['08:00-12:00']}\n"
        "    - {holidays: DK, names: [Good Friday, grundlovsdag], hours: ['10:00-11:00']}\n"
        "    - {date: 2027-05-06, closed: false}\n"
        "    - {date: 2026-12-31, hours: ['09:00-10:00']}\n",
    )
    assert at(found, "2026-12-24 11:59").why == "Christmas Eve 08:00-12:00"
    assert at(found, "2026-12-24 12:00") == (False, "Christmas Eve has 08:00-12:00", _moment("2026-12-28 08:00"))
    assert at(found, "2026-12-25 10:00").why == "Christmas Day"
    assert at(found, "2027-03-25 10:00").why == "Maundy Thursday"
    assert at(found, "2027-03-26 10:30").why == "Good Friday 10:00-11:00"
    assert at(found, "2028-06-05 10:30").open
    # A date beats a holiday: nobody is free on this Ascension Day.
    assert at(found, "2027-05-06 10:00").open
    assert not at(found, "2026-12-31 11:00").open


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).timestamp()


@pytest.mark.covers("TIME-4")
def test_a_calendar_closes_whole_days_and_hours(files: Files) -> None:
    files.write("organizations/closing.ics", CLOSED)
    found = hours(files, "  exceptions:\n    - {ics: closing.ics}\n    - {date: 2027-01-05, hours: ['10:00-11:00']}\n")
    assert at(found, "2027-01-04 10:00").why == "Inventory"
    assert at(found, "2027-01-05 10:30").open, "the date is given by itself"
    assert at(found, "2027-01-06 10:00").open
    # 12:00 in London is 13:00 in Copenhagen, every Monday but one.
    assert at(found, "2026-11-23 12:59").open
    assert at(found, "2026-11-23 13:00") == (False, "All hands", _moment("2026-11-23 14:00"))
    assert at(found, "2026-11-30 13:30").open
    assert not at(found, "2028-11-06 13:30").open, "two years ahead"


@pytest.mark.covers("TIME-4")
def test_days_of_a_calendar_may_have_hours_of_their_own(files: Files) -> None:
    files.write("organizations/closing.ics", CLOSED)
    found = hours(files, "  exceptions:\n    - {ics: closing.ics, hours: ['08:00-12:00']}\n")
    assert at(found, "2027-01-04 11:00").why == "Inventory 08:00-12:00"
    assert at(found, "2026-11-23 12:30").why == "All hands has 08:00-12:00"


@pytest.mark.covers("TIME-1")
def test_days_of_the_week_and_hours_over_midnight(files: Files) -> None:
    found = hours(
        files,
        "  sat-mon: ['22:00-06:00']\n".replace("sat-mon", "sat-sun")
        + "  extra: [{date: 2026-12-13, hours: ['00:00-24:00']}]\n",
    )
    assert at(found, "2026-11-23 05:59").why == "Sunday 22:00-06:00"
    assert at(found, "2026-12-13 12:00").why == "extra hours 00:00-24:00"


def test_every_level_has_hours_clock_and_country(files: Files) -> None:
    files.organization(
        "  - name: sales\n",
        "  - {name: sales, timezone: Europe/London, country: GB, working_hours: {mon: ['09:00-10:00']}}\n",
    )
    files.organization(
        "    name: Bo\n", "    name: Bo\n    timezone: Asia/Tokyo\n    country: JP\n    groups: [sales]\n"
    )
    small = files.load().organizations["small"]
    bo = small.hours_for(small.users["bo"])
    assert (bo.zone.key, bo.country, bo.name) == ("Asia/Tokyo", "JP", "sales")


@pytest.mark.covers("API-6")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("  exceptions: [{closed: true}]\n", "16: working_hours.exceptions.0: is about one of `date`, `holidays` and"),
        ("  exceptions: [{date: 2026-12-24, ics: a.ics}]\n", "is about one of `date`, `holidays` and `ics`"),
        ("  exceptions: [{date: 2026-12-24, names: [a]}]\n", "exceptions.0.names: `names` is for `holidays`"),
        ("  exceptions: [{date: 2026-12-24, closed: true, hours: ['08:00-09:00']}]\n", "is closed and has hours"),
        ("  exceptions: [{holidays: AC}]\n", "no holidays of AC are known (name the dates)"),
        ("  exceptions: [{holidays: DE, region: XX}]\n", "`XX` is no region of DE with holidays"),
        ("  exceptions: [{holidays: DK, names: [Juleaften]}]\n", "no holiday called `Juleaften` (did you mean `juleaf"),
        ("  exceptions: [{holidays: FI, half_days: ['08:00-09:00']}]\n", "no half days of FI are known"),
        ("  exceptions: [{ics: none.ics}]\n", "exceptions.0.ics: `none.ics` can't be read: no such file"),
        ("  exceptions: [{ics: small.yaml}]\n", "`small.yaml` is no calendar: "),
        ("  sat: ['08:00-12:00', '11:00-13:00']\n", "working_hours.sat: has hours that overlap"),
        ("  thu-sat: ['08:00-12:00']\n", "working_hours.thu-sat: thu has hours already, under `mon-fri`"),
    ],
)
def test_what_is_wrong_with_hours(files: Files, text: str, problem: str) -> None:
    files.organization("users:\n", f"working_hours:\n  mon-fri: ['08:00-16:00']\n{text}users:\n")
    assert any(problem in found for found in files.problems()), files.problems()


def test_a_calendar_is_part_of_the_configuration(files: Files, tmp_path: Path) -> None:
    files.write("organizations/closing.ics", CLOSED)
    hours(files, "  exceptions: [{ics: closing.ics}]\n")
    before = files.load().content_hash
    files.write("organizations/closing.ics", CLOSED.replace("Inventory", "Stocktaking"))
    assert files.load().content_hash != before


@pytest.mark.covers("TIME-4")
def test_a_calendar_that_repeats_without_end_is_refused_at_once(files: Files) -> None:
    files.write("organizations/closing.ics", CLOSED.replace("END:VEVENT", "RRULE:FREQ=SECONDLY\r\nEND:VEVENT", 1))
    files.organization("groups:\n", "working_hours:\n  exceptions: [{ics: closing.ics}]\ngroups:\n")
    assert any("repeats every minute or more often" in problem for problem in files.problems())
