"""Feature codes dialled on phones: what they change, and what the phone shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbxd.events import ActivityChanged, CallEnded, PlanChanged, RouteDecided, Said
from pbxd.org.presence import Standing
from pbxd.org.rules import ToVoicemail
from pbxd.org.state import ExtendedHours, UserState
from pbxd.store import StoreError
from tests.support.clock import VirtualClock
from tests.support.feature_codes import dials
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

ZONE = ZoneInfo("Europe/Copenhagen")
PEOPLE = """\
activities:
  - {name: available, code: "0", available: true}
  - {name: lunch, code: "1", available: false, labels: {en: Lunch, da: Frokost, sv: Lunch}}
  - {name: meeting, code: "2", available: false, labels: {en: Meeting, da: Møde, sv: Möte}}
  - {name: vacation, code: "4", available: false}
roles:
  - {name: work, code: "1", labels: {en: Work}}
shortcuts:
  - {name: Smoke, activity: lunch, duration: 10m, divert_to: "203"}
profiles:
  - {name: office, code: "1"}
  - {name: evening, code: "2", status: unavailable, duration: 2h}
groups:
  - {name: bosses, permissions: {extend_working_hours: true, bypass_diversion: [staff]}}
  - {name: staff}
"""
SPEAKING = (
    ORGANIZATION.replace("languages: [en, da]", "languages: [en, da, sv]")
    .replace("username: bo\n", "username: bo\n    language: da\n")
    .replace("username: anna\n", "username: anna\n    groups: [staff]\n")
    .replace("username: cora\n", "username: cora\n    language: sv\n    groups: [bosses]\n")
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """The house on 2 March 2026, a minute before noon in Copenhagen."""
    clock.set_wall(at("2026-03-02 11:59"))
    async with House(configure(tmp_path, organization=SPEAKING + PEOPLE), network, clock) as house:
        yield house


def state(house: House, user: str = "anna") -> UserState:
    return house.server.people.state("house", user)


def stands(house: House, user: str = "anna") -> Standing:
    organization = house.server.configuration.organizations["house"]
    return house.server.people.standing(organization, organization.users[user])


@pytest.mark.covers("CODE-9", "PRES-2")
async def test_an_activity_is_set_and_the_phone_shows_it_in_its_user_s_language(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    assert await dials(anna, "*23*1*") == "Activity Lunch"
    assert await dials(bo, "*23*2*1300*") == "Aktivitet Møde til 13:00"
    assert await dials(cora, "*23*2*1300*") == "Aktivitet Möte till 13:00"
    assert await dials(anna, "*23*4*") == "Activity vacation", "without a label the name is shown"
    assert stands(house, "bo").until == at("2026-03-02 13:00")
    assert [(event.user, event.why) for event in house.happened(ActivityChanged)] == [
        ("anna", "a code dialled on anna-desk"),
        ("bo", "a code dialled on bo-desk"),
        ("cora", "a code dialled on cora-desk"),
        ("anna", "a code dialled on anna-desk"),
    ]
    await house.settles()


@pytest.mark.covers("CODE-7", "CODE-9", "SND-3")
@pytest.mark.parametrize(
    ("code", "status", "says"),
    [
        ("*23*2*1300*", 480, "feature-activity-until activity=Møde end=2026-03-02 13:00"),
        ("*21*203*", 480, "feature-divert number=203"),
        ("*26*2*0203*1400*1530*", 480, "feature-plan-activity"),
        ("*20*1*", 480, "feature-profile profile=office"),
        ("*24*1*", 480, "feature-role role=work"),
        ("*28*1*0303*0800*", 480, "feature-absence"),
        ("*29*1*", 480, "feature-shortcut shortcut=Smoke"),
        ("#30#*", 480, "feature-hide-number"),
        ("#21#*", 480, "feature-divert-off"),
        ("*22*", 480, "feature-night-override"),
        ("*23*9*", 404, "feature-nothing"),
        ("*27*1800*", 403, "not-allowed"),
        ("*85*", 404, "not-possible"),
    ],
)
async def test_what_a_code_did_is_said_before_the_response(house: House, code: str, status: int, says: str) -> None:
    [bo] = await house.phones("bo")
    bo.dials(code)
    progress = await bo.hears_ringing()
    assert (progress.status, bool(progress.body)) == (183, True)
    await bo.fails(status)
    [said] = house.happened(Said)
    assert said.language == "da"
    assert said.text.startswith(says)
    assert house.voices.said
    await house.settles()


async def test_who_hangs_up_while_it_is_said_has_done_it(house: House) -> None:
    [anna] = await house.phones("anna")
    anna.dials("*23*1*")
    await anna.hears_ringing()
    await anna.cancels()
    [ended] = house.happened(CallEnded)
    assert (ended.result, ended.status) == ("feature", 480)
    assert house.happened(ActivityChanged)
    await house.settles()


async def test_a_phone_without_an_offer_is_answered_to_hear_it(house: House) -> None:
    [anna] = await house.phones("anna")
    anna.dials("*23*1*", offer=False)
    await anna.is_answered()
    bye = await anna.is_hung_up()
    assert bye.headers.get("Reason") == 'SIP;cause=200;text="Activity Lunch"'
    [ended] = house.happened(CallEnded)
    assert ended.result == "feature"
    await house.settles()


@pytest.mark.covers("CODE-9")
async def test_a_code_makes_no_call_but_a_line_in_the_record(house: House) -> None:
    [anna] = await house.phones("anna")
    await dials(anna, "*23*1*")
    [ended] = house.happened(CallEnded)
    assert (ended.result, ended.status, ended.reason) == ("feature", 480, "Activity Lunch")
    [decided] = house.happened(RouteDecided)
    assert decided.treatment == "feature activity 1"
    assert decided.trail[-1] == "code: feature activity 1"
    await house.settles()


@pytest.mark.covers("CODE-9", "PRES-4")
async def test_an_activity_is_planned(house: House) -> None:
    [anna] = await house.phones("anna")
    assert await dials(anna, "*26*2*0203*1400*1530*") == "Planned: Meeting 14:00 to 15:30"
    assert await dials(anna, "*26*2*2412*2200*0600*") == "Planned: Meeting 24/12 22:00 to 25/12 06:00"
    assert [(event.activity, event.start, event.end) for event in house.happened(PlanChanged)] == [
        ("meeting", at("2026-03-02 14:00"), at("2026-03-02 15:30")),
        ("meeting", at("2026-12-24 22:00"), at("2026-12-25 06:00")),
    ]


@pytest.mark.covers("CODE-10", "CODE-12", "CODE-16", "PRES-3", "PROF-2")
async def test_roles_profiles_and_shortcuts(house: House) -> None:
    [anna] = await house.phones("anna")
    assert await dials(anna, "*24*1*") == "Role Work"
    assert await dials(anna, "*20*1*") == "Profile office"
    assert await dials(anna, "*20*2*") == "Profile evening until 13:59"
    assert await dials(anna, "*29*1*") == "Activity Smoke until 12:09"
    found = stands(house)
    assert found.role == "work"
    assert found.profile is not None
    assert found.profile.name == "evening"
    assert [divert.target for divert in found.diverts] == ["203"]


@pytest.mark.covers("CODE-7", "CODE-16", "DIV-1")
async def test_diversions_of_every_kind_and_back(house: House) -> None:
    [anna] = await house.phones("anna")
    assert await dials(anna, "*21*203*") == "All calls to 203"
    assert await dials(anna, "*61*204*") == "Calls when busy to 204"
    assert await dials(anna, "*62*88887704*") == "Unanswered calls to 88887704"
    assert await dials(anna, "*63*+4526000001*") == "Calls when unreachable to +4526000001"
    found = stands(house)
    assert [divert.target for divert in found.diverts] == ["203"]
    assert (found.on_busy, found.on_no_answer, found.on_unreachable) == ("204", "88887704", "+4526000001")
    for code in ("#21#*", "%2361%23*", "#62#*", "#63#*"):
        assert await dials(anna, code) == "Diversion off"
    assert state(house) == UserState()


@pytest.mark.covers("CODE-4", "DIV-4")
async def test_who_may_reaches_a_phone_in_spite_of_its_diversion(house: House) -> None:
    anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
    assert await dials(anna, "*21*204*") == "All calls to 204"
    for number, phone in (("201", dan), ("*60*201*", anna)):
        async with cora.calls(number):
            await phone.answers()
            await cora.hears(phone)
    async with bo.calls("*60*201*"):
        await bo.fails(403)
    assert (len(anna.got("INVITE")), len(dan.got("INVITE"))) == (1, 1)
    trail = [line for decided in house.happened(RouteDecided) for line in decided.trail]
    assert "code: a call to 201 in spite of any diversion" in trail
    await house.settles()


@pytest.mark.covers("CODE-8", "TIME-2")
async def test_night_mode_is_overridden_and_taken_back(house: House) -> None:
    [bo] = await house.phones("bo")
    assert await dials(bo, "*22*") == "Nattilstand tilsidesat"
    assert stands(house, "bo").night_override
    assert await dials(bo, "#22#*") == "Nattilstand efter planen"
    assert not stands(house, "bo").night_override


@pytest.mark.covers("CODE-16", "TIME-2")
async def test_hours_are_extended_by_those_who_may(house: House) -> None:
    bo, cora = await house.phones("bo", "cora")
    assert await dials(bo, "*27*1900*", 403) == "Ikke tilladt"
    assert await dials(cora, "*27*1900*") == "Öppet till 19:00"
    assert house.server.late_hours.of("house") == (ExtendedHours(scope="", until=at("2026-03-02 19:00"), by="cora"),)


@pytest.mark.covers("CODE-16", "DIV-2")
async def test_an_absence_and_back(house: House) -> None:
    [anna] = await house.phones("anna")
    assert await dials(anna, "*28*4*0903*0800*") == "Absent: vacation until 9/3 08:00"
    found = stands(house)
    assert found.activity is not None
    assert (found.activity.name, found.until) == ("vacation", at("2026-03-09 08:00"))
    assert [divert.target for divert in found.diverts] == [ToVoicemail()]
    assert await dials(anna, "#28#*") == "Absence ended"
    assert state(house) == UserState()


@pytest.mark.covers("CODE-6", "CLI-1")
async def test_the_number_shown_is_one_s_own_the_switchboard_s_or_none(house: House) -> None:
    [anna] = await house.phones("anna")
    assert await dials(anna, "*30*201*") == "Number shown: +4588887701"
    assert await dials(anna, "*30*88887700*") == "Number shown: +4588887700"
    assert state(house).shown_number == "+4588887700"
    assert await dials(anna, "*30*202*", 403) == "Not allowed"
    assert await dials(anna, "#30#*") == "Number hidden"
    assert state(house).shown_number == "hidden"
    assert await dials(anna, "*30#*") == "Number as usual"
    assert state(house).shown_number is None


@pytest.mark.parametrize(
    ("code", "status", "shown"),
    [
        ("*23*9*", 404, "No activity 9"),
        ("*24*9*", 404, "No role 9"),
        ("*20*9*", 404, "No profile 9"),
        ("*29*9*", 404, "No shortcut 9"),
        ("*28*9*2412*0800*", 404, "No activity 9"),
        ("*23*1*2560*", 404, "No such time"),
        ("*26*1*3002*0800*0900*", 404, "No such time"),
        ("*28*1*3113*0800*", 404, "No such time"),
        ("*21*299999999999*", 404, "No number 299999999999"),
        ("*21*201*", 403, "Not allowed"),
        ("*21*112*", 403, "Not allowed"),
    ],
)
async def test_what_can_t_be_done_is_said(house: House, code: str, status: int, shown: str) -> None:
    [anna] = await house.phones("anna")
    assert await dials(anna, code, status) == shown
    assert state(house) == UserState()


async def test_what_could_not_be_saved_is_said(house: House) -> None:
    [bo] = await house.phones("bo")
    house.store.states.failure = StoreError("the disk is full")
    async with bo.calls("*23*1*"):
        response = await bo.fails(480)
    assert response.reason == "Ikke gemt, prøv igen"
    assert (response.headers.get("Reason") or "").startswith("SIP;cause=500;")
    assert state(house, "bo") == UserState()


@pytest.mark.covers("CODE-9")
async def test_digit_by_digit_nothing_happens_before_the_last(house: House) -> None:
    [anna] = await house.phones("anna")
    code = "*21*203*"
    for length in range(1, len(code)):
        assert await dials(anna, code[:length], 484) == "Address Incomplete"
    assert state(house) == UserState()
    assert await dials(anna, code) == "All calls to 203"
    assert {ended.result for ended in house.happened(CallEnded)} == {"feature"}


async def test_a_caller_who_gives_up_while_it_is_written_has_changed_it(house: House) -> None:
    [anna] = await house.phones("anna")
    house.store.states.delay = 1.0
    async with anna.calls("*23*1*"):
        await anna.pause(0.5)
        await anna.cancels()
        await anna.fails(487)
    await anna.pause(1)
    assert state(house).activity is not None
    await house.settles()


async def test_a_carrier_has_no_codes(house: House) -> None:
    trunk = house.trunk()
    async with trunk.calls("*23*1*"):
        await trunk.fails(404)
    assert house.happened(ActivityChanged) == []


async def test_a_code_is_no_place_to_transfer_a_call_to(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await bo.transfers("*21*203*")
        await bo.hears_of_transfer(404)
        await bo.hangs_up()
    assert state(house, "bo") == UserState()


@pytest.mark.covers("CODE-6", "CLI-5")
async def test_a_call_may_hide_its_caller_once(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("#31#202*"):
        call = await bo.rings()
        assert call.invite is not None
        assert "anonymous" in str(call.invite.from_).lower()
        await bo.answers()
        await anna.is_answered()
    async with anna.calls("202"):
        await bo.rings(from_="201")
        await anna.cancels()
    decided = house.happened(RouteDecided)[0]
    assert "code: a call to 202 that hides the caller's number" in decided.trail
    await house.settles()


@pytest.mark.covers("CODE-10")
async def test_a_call_in_a_role_is_made_by_its_rules(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    barred = """\
rules:
  outgoing:
    required:
      - when a call is made and the role is work, reject as barred
"""
    async with House(configure(tmp_path, organization=SPEAKING + PEOPLE + barred), network, clock) as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("*25*1*202*"):
            await anna.fails(403)
        async with anna.calls("202"):
            await bo.rings(from_="201")
            await anna.cancels()
        async with anna.calls("*25*9*202*"):
            await anna.fails(404)
