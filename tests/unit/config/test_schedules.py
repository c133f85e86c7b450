"""Schedules in files."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from pbxd.org.rules import Step, ToMailbox
from pbxd.org.sounds import Spoken
from tests.unit.config.conftest import Files

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.mark.covers("TIME-3", "LVL-6")
def test_schedules_of_service_numbers_of_queues_by_default_and_by_name(files: Files) -> None:
    files.organization(
        "users:\n",
        "defaults: {queue: {schedule: [{name: Default hours, from: '08:00', to: '24:00', action: open},"
        " {name: night, action: {to: mailbox box}}]}}\n"
        "group_mailboxes: [{name: box, number: '292'}]\n"
        "schedules:\n"
        "  fridays: [{name: Friday, days: [fri], action: open}, {name: else, action: closed}]\n"
        "queues:\n"
        "  - {name: one, number: '290', numbers: ['+4588887790']}\n"
        "  - name: two\n"
        "    number: '291'\n"
        "    schedule:\n"
        "      - {name: Summer, first_date: 2026-07-06, last_date: 2026-07-24, action: closed}\n"
        "      - {name: Open, repeat: weekly, days: [mon-thu, sat], from: '08:00', to: '16:00', action: open}\n"
        "      - {name: shut, action: closed, message: {say: Closed}, hang_up_waiting: true}\n"
        "users:\n",
    )
    small = files.load().organizations["small"]
    assert set(small.schedules) == {"fridays", "one", "290", "+4588887790", "two", "291"}

    def at(name: str, text: str) -> tuple[str, str]:
        moment = datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).timestamp()
        said = small.schedules[name].at(moment, COPENHAGEN)
        return said.action, said.event

    assert at("290", "2026-11-24 23:59") == ("open", "Default hours")
    assert at("one", "2026-11-24 00:00") == ("forward", "night")
    assert small.schedules["one"].events[1].action == Step(target=ToMailbox("box"))
    assert at("two", "2026-07-07 10:00") == ("closed", "Summer")
    assert at("two", "2026-11-28 10:00") == ("open", "Open")
    assert at("two", "2026-11-27 10:00") == ("closed", "shut")
    assert small.schedules["two"].events[0].last == date(2026, 7, 24)
    assert small.schedules["two"].events[2].message == Spoken({"": "Closed"})
    assert at("fridays", "2026-11-27 10:00") == ("open", "Friday")


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ("{name: a, action: open}, {name: b, action: closed}", "schedule.0: `a` always holds, so nothing after it"),
        ("{name: a, days: [mon], action: open}", "schedule.0: no event says what holds at all other times (add a last"),
        (
            "{name: a, repeat: yearly, action: open}, {name: b, action: closed}",
            "repeats yearly, so it needs a `first_d",
        ),
        ("{name: a, repeat: weekly, action: open}, {name: b, action: closed}", "needs a `first_date` (or `days`)"),
        (
            "{name: a, repeat: daily, days: [mon], action: open}, {name: b, action: closed}",
            "schedule.0.days: are for an",
        ),
        (
            "{name: a, first_date: 2026-02-02, last_date: 2026-02-01, action: open}, {name: b, action: closed}",
            "schedule.0.last_date: comes before `first_date`",
        ),
        ("{name: b, action: open, hang_up_waiting: true}", "schedule.0.hang_up_waiting: is for an event that closes"),
    ],
)
def test_what_is_wrong_with_a_schedule(files: Files, events: str, problem: str) -> None:
    files.organization("users:\n", f"queues: [{{name: q, number: '290', schedule: [{events}]}}]\nusers:\n")
    assert any(problem in found for found in files.problems()), files.problems()
