"""Calendar connectors in a file: what is a mistake, and what they come to."""

from __future__ import annotations

import pytest

from pbxd.org.calendars import CalendarRule, UserCalendar
from tests.unit.config.conftest import Files

OFFICE = "name: office, kind: ical, url: 'https://calendars.example/{id}'"
ACTIVITIES = "activities: [{name: lunch, available: false}]"


@pytest.mark.parametrize(
    ("connector", "problem"),
    [
        (
            "name: office, kind: ical, url: 'ftp://x/{id}'",
            "calendars.0.url: a calendar of kind `ical` is at",
        ),
        ("name: office, kind: caldav, url: 'file:{id}'", "calendars.0.url: a calendar of kind `caldav` is at"),
        ("name: office, kind: ews, url: 'https://x/'", "calendars.0: a calendar of kind `ews` needs `username`"),
        (f"{OFFICE}, username: x", "calendars.0: `username` and `password` go together"),
        (f"{OFFICE}, every: 5s", "calendars.0.every"),
        (f"{OFFICE}, map: [{{type: subject, activity: lunsh}}]", "no activity is called `lunsh` (did you mean `lunch`"),
        (f"{OFFICE}, map: [{{type: subject, role: work}}]", "calendars.0.map.0.role: no role is called `work`"),
        (f"{OFFICE}, map: [{{type: availability, match: bussy}}]", "map.0.match: `bussy` is no availability"),
        (f"{OFFICE}, exclude: [{{type: private, match: x}}]", "whether an event is private needs no `match`"),
        (f"{OFFICE}, exclude: [{{type: private, activity: lunch}}]", "an event that is excluded sets nothing"),
    ],
)
@pytest.mark.covers("PRES-7")
def test_what_does_not_fit_is_told(files: Files, connector: str, problem: str) -> None:
    files.organization("groups:\n", f"{ACTIVITIES}\ncalendars: [{{{connector}}}]\ngroups:\n")
    assert any(problem in found for found in files.problems()), files.problems()


def test_names_once_and_users_by_their_names(files: Files) -> None:
    files.organization("groups:\n", f"calendars: [{{{OFFICE}}}, {{{OFFICE}}}]\ngroups:\n")
    files.organization("    name: Bo\n", "    name: Bo\n    calendar: {connector: ofice, id: bo}\n")
    problems = "\n".join(files.problems())
    assert "calendars.1.name: calendar `office` is used twice" in problems
    assert "no calendar is called `ofice` (did you mean `office`?)" in problems


@pytest.mark.parametrize("id", ["../secret", "a/b", ".hidden"])
def test_nobodys_calendar_leads_to_another_file(files: Files, id: str) -> None:
    files.organization("groups:\n", "calendars: [{name: office, kind: ical, url: 'file:{id}.ics'}]\ngroups:\n")
    files.organization("    name: Bo\n", f"    name: Bo\n    calendar: {{connector: office, id: {id}}}\n")
    assert any("is no part of a file's name" in found for found in files.problems())


@pytest.mark.covers("PRES-7")
def test_what_they_come_to(files: Files) -> None:
    rules = "map: [{type: subject, match: lunch, activity: lunch, role: do-not-change}]"
    connectors = f"[{{{OFFICE}, {rules}}}, {{name: own, kind: ical, url: 'file:own/{{id}}.ics'}}]"
    files.organization("groups:\n", f"{ACTIVITIES}\ncalendars: {connectors}\ngroups:\n")
    files.organization("    name: Bo\n", "    name: Bo\n    calendar: {connector: own, id: bo}\n")
    found = files.load().organizations["small"]
    assert found.calendars["office"].rules == (CalendarRule(type="subject", match="lunch", activity="lunch"),)
    assert found.calendars["own"].url == f"file:{files.folder.absolute()}/organizations/own/{{id}}.ics"
    assert found.users["bo"].calendar == UserCalendar(connector="own", id="bo")
    assert found.users["anna"].calendar is None
