"""Users' state follows their calendars: what is planned there begins and ends here, over failures and restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from pbxd.calendars.fetching import Failed, Unreachable
from pbxd.calendars.minder import PAUSES, Calendars
from pbxd.errors import PbxdError
from pbxd.events import (
    ActivityChanged,
    CalendarFailed,
    CalendarRead,
    CalendarsDown,
    CalendarsUp,
    PlanChanged,
    RoleChanged,
)
from pbxd.org import changes
from pbxd.org.calendars import CalendarEvent
from pbxd.org.state import Planned
from tests.scenarios.test_people import PEOPLE, at, stands
from tests.support.clock import VirtualClock
from tests.support.diary import Diary
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

CALENDARS = """\
calendars:
  - name: office
    kind: ical
    url: https://calendars.example/{id}.ics
    every: 5m
    map:
      - {type: subject, match: lunch, activity: lunch}
      - {type: availability, match: away, activity: vacation, role: private}
      - {type: availability, match: busy, activity: meeting, role: do-not-change}
    exclude: [{type: private}]
"""


def organization(*users: str) -> str:
    found = ORGANIZATION
    for user in users:
        found = found.replace(
            f"username: {user}\n", f"username: {user}\n    calendar: {{connector: office, id: {user}}}\n"
        )
    return found + PEOPLE + CALENDARS


def event(start: str, end: str, **more: str) -> CalendarEvent:
    return CalendarEvent(start=at(f"2026-03-02 {start}"), end=at(f"2026-03-02 {end}"), **more)  # type: ignore[arg-type]


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """On 2 March 2026, at 11 o'clock in Copenhagen."""
    clock.set_wall(at("2026-03-02 11:00"))
    async with House(configure(tmp_path, organization=organization("anna", "bo")), network, clock) as house:
        yield house


@pytest.fixture
def diary() -> Diary:
    return Diary()


@asynccontextmanager
async def minded(house: House, diary: Diary) -> AsyncIterator[Calendars]:
    """Calendars are looked at for as long as this lasts."""
    server = house.server
    calendars = Calendars(
        configuration=lambda: server.configuration,
        people=server.people,
        bus=server.bus,
        clock=house.clock,
        fetcher=diary,
        random=Random(1),
    )
    task = asyncio.get_running_loop().create_task(calendars.run())
    try:
        yield calendars
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert diary.closed


async def until(house: House, text: str) -> None:
    await asyncio.sleep(at(f"2026-03-02 {text}") - house.clock.wall())


def doing(house: House, user: str = "anna") -> str | None:
    activity = stands(house, user).activity
    return activity.name if activity is not None else None


@pytest.mark.covers("PRES-7", "PRES-2")
async def test_what_a_calendar_has_is_what_its_user_does(house: House, diary: Diary) -> None:
    diary.events["anna"] = [
        event("12:00", "12:30", subject="Lunch with Bo"),
        event("13:00", "14:00", subject="Budget"),
        event("14:00", "15:00", subject="Dentist", availability="away"),
        event("15:00", "16:00", subject="Secret", private="yes"),
    ]
    async with minded(house, diary):
        await until(house, "16:30")
    assert [one.activity for one in house.happened(ActivityChanged)] == [
        "lunch",
        "available",
        "meeting",
        "vacation",
        "available",
    ]
    assert [one.at for one in house.happened(ActivityChanged)] == pytest.approx(
        [at(f"2026-03-02 {text}") for text in ("12:00", "12:30", "13:00", "14:00", "15:00")], abs=0.5
    )
    assert [one.role for one in house.happened(RoleChanged)] == ["private", ""]
    assert "Budget" not in "".join(map(repr, house.events))


@pytest.mark.covers("PRES-7", "PRES-4")
async def test_what_is_planned_here_comes_before_what_calendars_say(house: House, diary: Diary) -> None:
    diary.events["anna"] = [event("12:00", "13:00", subject="Budget")]
    own = Planned(id="own", start=at("2026-03-02 11:30"), end=at("2026-03-02 12:30"), activity="sauna")
    zone = house.server.configuration.organizations["house"].timezone
    await house.server.people.change("house", "anna", changes.plan(own, house.clock.wall(), zone), "a test")
    async with minded(house, diary):
        await until(house, "12:10")
        assert doing(house) == "sauna"
        assert any("by his calendar" in word for word in stands(house).words) is False
        await until(house, "12:40")
        assert doing(house) == "meeting"
        assert any("by his calendar" in word for word in stands(house).words)


@pytest.mark.covers("PRES-7")
async def test_a_meeting_that_is_moved_moves_here(house: House, diary: Diary) -> None:
    diary.events["anna"] = [event("12:00", "13:00", subject="Budget")]
    async with minded(house, diary):
        await until(house, "11:10")
        diary.events["anna"] = [event("14:00", "15:00", subject="Budget")]
        await until(house, "12:10")
        assert doing(house) == "available"
        await until(house, "14:10")
        assert doing(house) == "meeting"
        diary.events["anna"] = []
        await until(house, "14:20")
        assert doing(house) == "available"
    planned = [(one.planned, one.why) for one in house.happened(PlanChanged)]
    why = "the calendar office"
    assert planned == [(True, why), (True, why), (False, why), (False, why)]


@pytest.mark.covers("PRES-7")
async def test_a_calendar_that_fails_keeps_what_it_planned_and_says_so_once(house: House, diary: Diary) -> None:
    diary.events["anna"] = [event("13:00", "14:00", subject="Budget")]
    async with minded(house, diary) as calendars:
        await until(house, "11:10")
        diary.outcomes["anna"] = Failed(reason="the server answers 404")
        await until(house, "13:30")
        assert doing(house) == "meeting"
        [failed] = house.happened(CalendarFailed)
        assert (failed.user, failed.connector, failed.reason) == ("anna", "office", "the server answers 404")
        anna, bo = calendars.listed()["calendars"]
        assert (anna["error"], anna["plans"], bo["error"]) == ("the server answers 404", 1, "")
        assert at("2026-03-02 11:00") < anna["fetched"] < at("2026-03-02 11:10")
        del diary.outcomes["anna"]
        await until(house, "14:30")
    assert [one.user for one in house.happened(CalendarRead)] == ["anna"]
    assert house.happened(CalendarsDown) == []


@pytest.mark.covers("PRES-7")
async def test_a_server_that_is_down_is_asked_once_and_not_by_everybody(house: House, diary: Diary) -> None:
    diary.outcomes = dict.fromkeys(("anna", "bo"), Unreachable(reason="connection refused"))
    async with minded(house, diary) as calendars:
        await until(house, "12:00")
        [down] = house.happened(CalendarsDown)
        assert (down.connector, down.reason, down.again) == ("office", "connection refused", PAUSES[0])
        assert {one["error"] for one in calendars.listed()["calendars"]} == {"connection refused"}
        before = len(diary.asked)
        assert before < 20
        diary.outcomes = {}
        await until(house, "13:00")
        assert {who for _, who in diary.asked[before:]} == {"anna", "bo"}
    assert len(house.happened(CalendarsUp)) == 1
    assert house.happened(CalendarFailed) == []


@pytest.mark.covers("PRES-7")
async def test_a_restart_keeps_what_was_planned_without_asking(house: House, diary: Diary) -> None:
    diary.events["anna"] = [event("12:00", "13:00", subject="Budget")]
    async with minded(house, diary):
        await until(house, "11:10")
    await house.stop()
    await asyncio.sleep(3600)
    await house.start()
    assert doing(house) == "meeting"
    diary.outcomes["anna"] = Unreachable(reason="connection refused")
    async with minded(house, diary):
        await until(house, "12:40")
        assert doing(house) == "meeting"
        await until(house, "13:10")
        assert doing(house) == "available"


@pytest.mark.covers("PRES-7")
async def test_a_reload_adds_and_takes_away(house: House, diary: Diary, tmp_path: Path) -> None:
    diary.events = {user: [event("12:00", "17:00", subject="Budget")] for user in ("anna", "bo")}
    async with minded(house, diary) as calendars:
        await until(house, "12:10")
        assert (doing(house), doing(house, "bo")) == ("meeting", "meeting")
        house.server.install(configure(tmp_path, organization=organization("bo", "cora")))
        assert [one["user"] for one in calendars.listed()["calendars"]] == ["bo", "cora"]
        await until(house, "12:11")
        assert (doing(house), doing(house, "bo")) == ("available", "meeting")
        diary.events["cora"] = diary.events["bo"]
        assert (await calendars.fetch("cora"))["calendars"][0]["plans"] == 1
        assert doing(house, "cora") == "meeting"
        with pytest.raises(PbxdError, match="anna has no `calendar`"):
            await calendars.fetch("anna")


async def test_calendars_are_asked_for_at_their_interval(house: House, diary: Diary) -> None:
    async with minded(house, diary):
        await until(house, "12:00")
    moments = [moment for moment, who in diary.asked if who == "anna"]
    assert moments[0] - (house.clock.monotonic() - 3600) < 60
    assert [round(later - earlier) for earlier, later in pairwise(moments)] == [300] * (len(moments) - 1)
    assert len(moments) in (11, 12)
