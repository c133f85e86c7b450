"""What users set is kept, told and changes at its time, also when the server was not running then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbxd.events import (
    AbsenceChanged,
    ActivityChanged,
    DiversionChanged,
    HoursExtended,
    NightModeChanged,
    NumberShown,
    PlanChanged,
    ProfileChanged,
    RoleChanged,
    UserEvent,
)
from pbxd.org import changes
from pbxd.org.changes import Change
from pbxd.org.presence import Standing
from pbxd.org.state import NOTHING_SET, Absence, ExtendedHours, Planned, UserState
from pbxd.store import StoreError
from tests.support.clock import VirtualClock
from tests.support.gadget import gadget
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

ZONE = ZoneInfo("Europe/Copenhagen")
PEOPLE = """\
activities:
  - {name: available, code: "0", available: true}
  - {name: lunch, code: "1", available: false}
  - {name: meeting, code: "2", available: false}
  - {name: vacation, code: "4", available: false}
  - {name: sauna, code: "5", available: false, labels: {en: Sauna}}
roles:
  - {name: work, code: "1"}
  - {name: private, code: "2"}
profiles:
  - {name: office, code: "1"}
  - {name: evening, code: "2", status: unavailable, duration: 2h}
"""


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """The house on 2 March 2026, at 11 o'clock in Copenhagen."""
    clock.set_wall(at("2026-03-02 11:00"))
    async with House(configure(tmp_path, organization=ORGANIZATION + PEOPLE), network, clock) as house:
        yield house


async def set_for(house: House, change: Change, user: str = "anna") -> None:
    await house.server.people.change("house", user, change, "a test")


def stands(house: House, user: str = "anna") -> Standing:
    organization = house.server.configuration.organizations["house"]
    return house.server.people.standing(organization, organization.users[user])


def told(house: House) -> list[tuple[str, str]]:
    """Activities so far, with the local time at which each was told."""
    zone = ZONE
    return [
        (f"{datetime.fromtimestamp(event.at, zone):%d %H:%M}", event.activity)
        for event in house.happened(ActivityChanged)
    ]


async def until(house: House, text: str) -> None:
    """Let time go by, and a moment more. Days on which nothing is to happen are skipped, as timers must bear."""
    if at(text) - house.clock.wall() > 86_400:
        house.clock.set_wall(at(text) - 7200)
    await asyncio.sleep(at(text) - house.clock.wall() + 0.1)


async def test_a_change_is_on_disk_before_it_is_told(house: House) -> None:
    house.store.states.delay = 0.5
    task = asyncio.get_running_loop().create_task(set_for(house, changes.do("lunch", house.clock.wall())))
    await asyncio.sleep(0.4)
    assert not task.done()
    assert house.happened(ActivityChanged) == []
    assert house.server.people.state("house", "anna") == NOTHING_SET
    await task
    [event] = house.happened(ActivityChanged)
    assert (event.user, event.activity, event.available, event.why) == ("anna", "lunch", False, "a test")
    assert list(house.store.states.rows) == [("house", "anna")]


async def test_what_can_t_be_written_is_not_changed(house: House) -> None:
    house.store.states.failure = StoreError("the disk is full")
    with pytest.raises(StoreError, match="the disk is full"):
        await set_for(house, changes.do("lunch", house.clock.wall()))
    assert house.server.people.state("house", "anna") == NOTHING_SET
    house.store.states.failure = None
    await set_for(house, changes.take_role("work", house.clock.wall()))
    assert house.happened(ActivityChanged) == []
    assert [event.role for event in house.happened(RoleChanged)] == ["work"]


async def test_changes_of_one_user_are_made_one_after_the_other(house: House) -> None:
    house.store.states.delay = 0.1
    now = house.clock.wall()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(set_for(house, changes.do("lunch", now)))
        tasks.create_task(set_for(house, changes.take_role("work", now)))
        tasks.create_task(set_for(house, changes.divert("always", "203")))
        hasty = tasks.create_task(set_for(house, changes.override_night(True)))
        await asyncio.sleep(0.05)
        hasty.cancel()
    await asyncio.sleep(0.5)
    state = house.server.people.state("house", "anna")
    assert state.activity is not None
    assert (state.activity.activity, state.role, state.diversions[0].to) == ("lunch", "work", "203")
    assert state.night_override, "who stops waiting does not stop the change"


async def test_every_kind_of_change_is_told_once(house: House) -> None:
    now = house.clock.wall()
    plan = Planned(id="m", start=now + 600, end=now + 1200, activity="meeting")
    profile = house.configuration.organizations["house"].profiles["evening"]
    for change in (
        changes.do("lunch", now, until=now + 60, note="soup"),
        changes.take_role("work", now),
        changes.switch_to(profile, now),
        changes.divert("busy", "203"),
        changes.be_absent(Absence(reason="vacation", start=now + 9000, end=now + 9999)),
        changes.override_night(True),
        changes.show_number("hidden"),
        changes.plan(plan, now, ZONE),
    ):
        await set_for(house, change)
        await set_for(house, change)  # changes nothing
    assert [type(event) for event in house.events if isinstance(event, UserEvent)] == [
        ActivityChanged,
        RoleChanged,
        ProfileChanged,
        DiversionChanged,
        AbsenceChanged,
        NightModeChanged,
        NumberShown,
        PlanChanged,
    ]
    [activity] = house.happened(ActivityChanged)
    assert (activity.until, activity.note) == (now + 60, "soup")
    [evening] = house.happened(ProfileChanged)
    assert (evening.profile, evening.until) == ("evening", now + 7200)
    await set_for(house, changes.forget("m"))
    assert [event.planned for event in house.happened(PlanChanged)] == [True, False]
    await set_for(house, lambda _: UserState())
    assert house.store.states.rows == {}, "who has set nothing has no row"


@pytest.mark.covers("PRES-2", "PRES-4")
async def test_an_activity_ends_and_a_planned_one_begins_and_ends_at_its_time(house: House) -> None:
    now = house.clock.wall()
    await set_for(house, changes.do("lunch", now, until=at("2026-03-02 13:00")))
    meeting = Planned(id="m", start=at("2026-03-02 14:00"), end=at("2026-03-02 15:30"), activity="meeting")
    await set_for(house, changes.plan(meeting, now, ZONE))
    await until(house, "2026-03-02 16:00")
    assert told(house) == [
        ("02 11:00", "lunch"), ("02 13:00", "available"), ("02 14:00", "meeting"), ("02 15:30", "available"),
    ]  # fmt: skip
    assert [event.why for event in house.happened(ActivityChanged)] == ["a test"] + ["its time came"] * 3


@pytest.mark.covers("PRES-4")
async def test_a_repeating_plan_keeps_its_local_time_when_the_clocks_are_changed(house: House) -> None:
    lunch = Planned(
        id="l", start=at("2026-03-27 12:00"), end=at("2026-03-27 12:30"), activity="lunch", repeat="daily",
        last=at("2026-03-30 12:00"),
    )  # fmt: skip
    await set_for(house, changes.plan(lunch, house.clock.wall(), ZONE))
    days = ("27", "28", "29", "30")
    for day in days:
        await until(house, f"2026-03-{day} 13:00")
    await until(house, "2026-04-02 13:00")
    assert told(house) == [
        moment for day in days for moment in ((f"{day} 12:00", "lunch"), (f"{day} 12:30", "available"))
    ]


@pytest.mark.covers("PROF-2")
async def test_when_a_profile_is_over_the_one_before_returns(house: House) -> None:
    profiles, now = house.configuration.organizations["house"].profiles, house.clock.wall()
    await set_for(house, changes.switch_to(profiles["office"], now))
    await set_for(house, changes.switch_to(profiles["evening"], now))
    await until(house, "2026-03-02 12:59")
    assert stands(house).profile is profiles["evening"]
    await until(house, "2026-03-02 13:00")
    assert stands(house).profile is profiles["office"]
    assert [event.profile for event in house.happened(ProfileChanged)] == ["office", "evening", "office"]


@pytest.mark.covers("DIV-2")
async def test_an_absence_begins_and_ends_at_its_time(house: House) -> None:
    away = Absence(reason="vacation", start=at("2026-03-02 12:00"), end=at("2026-03-04 08:00"))
    await set_for(house, changes.be_absent(away))
    assert not stands(house).diverts
    await until(house, "2026-03-02 12:00")
    assert stands(house).diverts
    await until(house, "2026-03-04 08:00")
    assert not stands(house).diverts
    assert told(house) == [("02 12:00", "vacation"), ("04 08:00", "available")]
    assert [event.away for event in house.happened(AbsenceChanged)] == [False, True, False]


@pytest.mark.covers("PRES-2", "PRES-4", "PROF-2", "DIV-2")
async def test_what_came_while_the_server_was_down_is_told_when_it_starts(house: House) -> None:
    now, profiles = house.clock.wall(), house.configuration.organizations["house"].profiles
    meeting = Planned(id="m", start=at("2026-03-02 12:00"), end=at("2026-03-02 14:00"), activity="meeting")
    past = Planned(id="p", start=at("2026-03-02 11:30"), end=at("2026-03-02 12:00"), activity="lunch")
    await set_for(house, changes.plan(meeting, now, ZONE))
    await set_for(house, changes.plan(past, now, ZONE))
    await set_for(house, changes.switch_to(profiles["evening"], now), "bo")
    await set_for(house, changes.be_absent(Absence(reason="vacation", start=now + 60, end=None)), "cora")
    await set_for(house, changes.divert("always", "203"), "dan")
    before = len(house.events)
    await house.stop()
    await asyncio.sleep(at("2026-03-02 13:30") - house.clock.wall())
    told_at_start: list[object] = []
    house.store.ledger.append = told_at_start.append  # type: ignore[method-assign,assignment]
    await house.start()
    changed = [event for event in told_at_start if isinstance(event, UserEvent)]
    assert [(type(event), event.user, event.why) for event in changed] == [
        (ActivityChanged, "anna", "its time came"),
        (ActivityChanged, "bo", "its time came"),  # not what he does, but whether calls are to come through
        (ProfileChanged, "bo", "its time came"),
        (ActivityChanged, "cora", "its time came"),
        (AbsenceChanged, "cora", "its time came"),
    ]
    assert stands(house).activity is house.configuration.organizations["house"].activities["meeting"]
    assert stands(house, "bo").profile is None
    assert stands(house, "cora").diverts
    assert [divert.target for divert in stands(house, "dan").diverts] == ["203"]
    assert len(house.events) >= before
    # And nothing is told twice.
    await house.stop()
    told_at_start.clear()
    await house.start()
    assert not any(isinstance(event, UserEvent) for event in told_at_start)
    await until(house, "2026-03-02 14:00")
    assert stands(house).activity is house.configuration.organizations["house"].activities["available"]


async def test_a_state_that_can_t_be_read_costs_its_user_only(house: House) -> None:
    await set_for(house, changes.take_role("work", house.clock.wall()))
    await set_for(house, changes.take_role("work", house.clock.wall()), "bo")
    await house.stop()
    row = house.store.states.rows[("house", "anna")]  # type: ignore[index]
    house.store.states.rows[row.key] = type(row)(
        organization="house", username="anna", state='{"is":"Hologram"}', seen=row.seen
    )
    await house.start()
    assert stands(house).role is None
    assert stands(house, "bo").role == "work"


async def test_a_reload_that_renames_things_is_told(house: House, tmp_path: Path) -> None:
    await set_for(house, changes.do("lunch", house.clock.wall()))
    renamed = ORGANIZATION + PEOPLE.replace("name: lunch", "name: dinner")
    house.server.install(configure(tmp_path, organization=renamed))
    assert [event.activity for event in house.happened(ActivityChanged)] == ["lunch", "available"]
    house.server.install(configure(tmp_path, organization=ORGANIZATION.replace("anna", "eva") + PEOPLE))
    house.server.install(configure(tmp_path, organization=ORGANIZATION + PEOPLE))
    assert house.happened(ActivityChanged)[-1].activity == "lunch", "what she had set was kept"


@pytest.mark.covers("CODE-16")
async def test_extended_hours_are_kept_until_they_are_over(house: House) -> None:
    late = house.server.late_hours
    everybody = ExtendedHours(scope="", until=at("2026-03-02 18:00"), by="anna")
    await late.extend("house", everybody)
    await late.extend("house", ExtendedHours(scope="sales", until=at("2026-03-02 12:00"), by="bo"))
    assert [(event.scope, event.by) for event in house.happened(HoursExtended)] == [("", "anna"), ("sales", "bo")]
    assert len(late.of("house")) == 2
    assert late.of("elsewhere") == ()
    await until(house, "2026-03-02 12:00")
    await house.stop()
    await house.start()
    assert house.server.late_hours.of("house") == (everybody,)
    await asyncio.sleep(1)
    assert [row.scope for row in house.store.extensions.rows.values()] == [""]


# What phones show and say ---------------------------------------------------------------------------------------------

LUNCH = """<?xml version="1.0"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
  xmlns:r="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:201@house.example">
 <tuple id="t"><status><basic>open</basic></status></tuple>
 <dm:person id="p"><r:activities><r:lunch/><r:playing/></r:activities></dm:person>
</presence>"""


@pytest.mark.covers("PRES-5", "PRES-1")
async def test_who_watches_sees_what_is_set_and_when_it_ends(house: House) -> None:
    anna, bo = gadget(house, "anna"), gadget(house, "bo")
    await anna.registers(3600)
    watching = await bo.subscribes("201", "presence")
    await watching.shows()
    assert "rpid:activities" not in watching.bodies[-1], "who has set nothing shows nothing"
    async with anna.calls("*23*1*1300*"):
        await anna.fails(480)
    await watching.notified(lambda notify: b"<rpid:lunch/>" in notify.body, "lunch")
    assert "<note>lunch (-13:00)</note>" in watching.bodies[-1]
    assert "<basic>open</basic>" in watching.bodies[-1]
    await set_for(house, changes.do("sauna", house.clock.wall(), note="back at two"))
    await watching.notified(lambda notify: b"<rpid:busy/>" in notify.body, "busy")
    assert "<rpid:other>Sauna</rpid:other>" in watching.bodies[-1]
    assert "<note>Sauna: back at two</note>" in watching.bodies[-1]
    await set_for(house, changes.do_nothing)
    await watching.notified(lambda notify: b"rpid:activities" not in notify.body, "nothing")


@pytest.mark.covers("PRES-2")
async def test_what_a_phone_publishes_is_set_until_it_says_so_no_longer(house: House) -> None:
    anna, bo = gadget(house, "anna"), gadget(house, "bo")
    await anna.registers(3600)
    watching = await bo.subscribes("201", "presence")
    published = await anna.publishes(LUNCH, to="201", expires=600)
    assert published.status == 200
    await watching.notified(lambda notify: b"<rpid:lunch/>" in notify.body, "lunch")
    assert watching.bodies[-1].count("<rpid:lunch/>") == 1
    assert "<rpid:playing/>" in watching.bodies[-1], (
        "what the organization has no name for is shown as it was published"
    )
    found = stands(house)
    assert found.activity is not None
    assert (found.activity.name, found.available) == ("lunch", False)
    [event] = house.happened(ActivityChanged)
    assert event.why == "a phone's PUBLISH"
    await anna.pause(700)
    await watching.notified(lambda notify: b"lunch" not in notify.body, "the end of it")
    assert house.server.people.state("house", "anna") == NOTHING_SET


async def test_what_is_set_meanwhile_outlives_the_publication(house: House) -> None:
    anna = gadget(house, "anna")
    await anna.publishes(LUNCH, to="201", expires=600)
    await anna.pause(1)
    await set_for(house, changes.do("meeting", house.clock.wall()))
    await anna.pause(700)
    assert house.server.people.state("house", "anna").activity is not None
    assert stands(house).activity is house.configuration.organizations["house"].activities["meeting"]
