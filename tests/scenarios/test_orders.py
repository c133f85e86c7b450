"""What an operator sets for users, and what he is told when it can't be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbxd.calls.orders import DIVERSIONS, WHAT, OrderError, clearing
from pbxd.events import ActivityChanged
from pbxd.org.state import Absence, ActivitySet, Diversion, Planned, ProfileSet, UserState
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

ZONE = ZoneInfo("Europe/Copenhagen")
PEOPLE = """\
activities:
  - {name: available, available: true}
  - {name: lunch, available: false}
  - {name: meeting, available: false}
roles: [{name: work}]
shortcuts: [{name: Smoke, activity: lunch, duration: 10m}]
profiles: [{name: evening, status: unavailable, duration: 2h}]
"""


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


NOON = at("2026-03-02 12:00")


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    clock.set_wall(NOON)
    async with House(configure(tmp_path, organization=ORGANIZATION + PEOPLE), network, clock) as house:
        yield house


async def ordered(house: House, what: str, value: str = "", **more: str) -> UserState:
    """What Anna has set afterwards."""
    await house.server.orders.set("anna", what=what, value=value, **more)
    return house.server.people.state("house", "anna")


@pytest.mark.covers("PRES-2", "PRES-4", "PROF-2", "PROF-3", "DIV-1", "DIV-2")
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (
            {"what": "activity", "value": "lunch", "until": "13:00", "note": "soup"},
            UserState(activity=ActivitySet(activity="lunch", since=NOON, until=at("2026-03-02 13:00"), note="soup")),
        ),
        ({"what": "role", "value": "work"}, UserState(role="work", role_since=NOON)),
        (
            {"what": "profile", "value": "evening"},
            UserState(profile=ProfileSet(profile="evening", since=NOON, until=NOON + 7200)),
        ),
        (
            {"what": "shortcut", "value": "Smoke"},
            UserState(activity=ActivitySet(activity="lunch", since=NOON, until=NOON + 600)),
        ),
        ({"what": "divert", "value": "203"}, UserState(diversions=(Diversion(kind="always", to="203"),))),
        ({"what": "divert-busy", "value": "203"}, UserState(diversions=(Diversion(kind="busy", to="203"),))),
        (
            {"what": "absence", "value": "meeting", "start": "2026-03-03", "until": "2026-03-04 08:00"},
            UserState(absence=Absence(reason="meeting", start=at("2026-03-03 00:00"), end=at("2026-03-04 08:00"))),
        ),
        ({"what": "night-override"}, UserState(night_override=True)),
        ({"what": "number", "value": "hidden"}, UserState(shown_number="hidden")),
        ({"what": "number", "value": "88887701"}, UserState(shown_number="+4588887701")),
        (
            {"what": "plan", "value": "meeting", "start": "2026-03-03 10:00", "until": "11:30", "repeat": "weekly"},
            UserState(
                planned=(
                    Planned(
                        id=f"{round(at('2026-03-03 10:00'))}-meeting",
                        start=at("2026-03-03 10:00"),
                        end=at("2026-03-03 11:30"),
                        activity="meeting",
                        repeat="weekly",
                    ),
                )
            ),
        ),
        (
            {"what": "plan-profile", "value": "evening", "start": "13:00", "until": "14:00"},
            UserState(
                planned=(
                    Planned(id=f"{round(NOON + 3600)}-evening", start=NOON + 3600, end=NOON + 7200, profile="evening"),
                )
            ),
        ),
    ],
)
async def test_everything_can_be_set_and_taken_back(house: House, order: dict[str, str], expected: UserState) -> None:
    state = await ordered(house, **order)
    assert state == expected
    plan = state.planned[0].id if state.planned else ""
    found = await house.server.orders.clear("anna", order["what"], plan)
    assert found["words"] == []
    left = house.server.people.state("house", "anna")
    assert (left.activity, left.role, left.profile, left.diversions, left.absence) == (None, None, None, (), None)
    assert (left.night_override, left.shown_number, left.planned) == (False, None, ())


async def test_how_a_user_stands_is_shown(house: House) -> None:
    found = await house.server.orders.set("anna", what="activity", value="lunch", until="13:00")
    assert found["words"] == ["anna's activity is lunch until 2026-03-02 13:00, as set", "anna counts as not available"]
    assert (found["activity"], found["until"], found["available"]) == ("lunch", at("2026-03-02 13:00"), False)
    assert house.server.orders.show("anna") == found
    assert house.server.orders.show("bo")["words"] == []
    [event] = house.happened(ActivityChanged)
    assert event.why == "an operator"


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"what": "activity", "value": "lunsh"}, "no activity is called `lunsh`; did you mean `lunch`?"),
        ({"what": "role", "value": "king"}, "no role is called `king`; there are work"),
        ({"what": "profile", "value": "evning"}, "no profile is called `evning`; did you mean `evening`?"),
        ({"what": "shortcut", "value": "x"}, "no shortcut is called `x`; there are Smoke"),
        ({"what": "activty", "value": "lunch"}, "no thing to set is called `activty`; did you mean `activity`?"),
        ({"what": "activity", "value": "lunch", "until": "soon"}, "`soon` is no time; write `13:00` or"),
        ({"what": "divert", "value": "112"}, "calls can't be diverted to 112"),
        ({"what": "divert"}, "calls can't be diverted to nothing"),
        ({"what": "number", "value": "+4570101155"}, r"\+4570101155 is no number of The House"),
        ({"what": "plan", "value": "lunch"}, "a plan needs --from and --until"),
        ({"what": "plan-role", "value": "wrok"}, "no role is called `wrok`; did you mean `work`"),
        (
            {"what": "plan", "value": "lunch", "start": "2026-03-03", "until": "2026-03-02"},
            "a plan's end must be later than its start",
        ),
        (
            {"what": "plan", "value": "lunch", "start": "13:00", "until": "14:00", "repeat": "dayly"},
            "no repetition is called `dayly`; did you mean `daily`?",
        ),
    ],
)
async def test_what_can_t_be_set_is_said(house: House, order: dict[str, str], words: str) -> None:
    with pytest.raises(OrderError, match=words):
        await ordered(house, **order)
    assert house.server.people.state("house", "anna") == UserState()


async def test_unknown_users_and_organizations(house: House) -> None:
    with pytest.raises(OrderError, match="no user is called `ana`; did you mean `anna`"):
        house.server.orders.show("ana")
    with pytest.raises(OrderError, match="no organization is called `hose`; did you mean `house`"):
        house.server.orders.show("anna", "hose")
    with pytest.raises(OrderError, match="no thing to take back is called `lunch`"):
        await house.server.orders.clear("anna", "lunch")


def test_whatever_can_be_set_can_be_taken_back() -> None:
    assert set(DIVERSIONS) <= set(WHAT)
    for what in (*WHAT, "everything"):
        assert callable(clearing(what, "", NOON))
