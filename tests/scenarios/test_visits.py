"""Intruding on a colleague's call; a supervisor's listening, whispering and barging in (CALL-5, CODE-2, CODE-15)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbxd.events import CallEnded, CallVisited, RouteDecided, VisitEnded
from tests.scenarios.test_rooms import who_hears_whom
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

GROUPS = """\
profiles:
  - {name: office, code: "1"}
  - {name: private, code: "2", listen: false}
groups:
  - {name: chiefs, permissions: {intrude: [staff], listen: [staff]}}
  - {name: staff}
"""
GROUPED = ORGANIZATION.replace("username: cora\n", "username: cora\n    groups: [chiefs]\n").replace(
    "username: anna\n", "username: anna\n    groups: [staff]\n"
)


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """The house, where Cora may come into Anna's calls."""
    async with House(configure(tmp_path, organization=GROUPED + GROUPS), network, clock) as house:
        yield house


async def talking(house: House) -> tuple[Phone, Phone, Phone]:
    """Anna has called Bo, and Cora sits by her phone."""
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    anna.dials("202")
    await bo.answers()
    await anna.is_answered()
    return anna, bo, cora


async def comes_in(cora: Phone, code: str) -> None:
    cora.dials(code)
    await cora.is_answered()
    await cora.pause(1)


@pytest.mark.covers("CALL-5", "CODE-2")
async def test_an_intruder_talks_to_one_while_the_other_waits(house: House) -> None:
    anna, bo, cora = await talking(house)
    heard = len(bo.call.sound.heard)
    await comes_in(cora, "*65*201*")
    assert len(bo.call.sound.heard) > heard  # he is told why, and hears music
    assert await who_hears_whom(anna, bo, cora) == {"anna": "c", "bo": "", "cora": "a"}
    await cora.hangs_up()
    await anna.hears(bo)
    await bo.hears(anna)
    assert [(visit.party, visit.by, visit.role) for visit in house.happened(CallVisited)] == [
        ("anna-desk", "cora-desk", "intrude")
    ]
    assert len(house.happened(VisitEnded)) == 1
    decided = [line for one in house.happened(RouteDecided) for line in one.trail]
    assert "code: group chiefs may intrude on group staff, where anna is a member" in decided
    await anna.hangs_up()
    await bo.is_hung_up()
    await house.settles()


@pytest.mark.covers("CALL-5")
async def test_who_waits_hangs_up_and_the_others_go_on(house: House) -> None:
    anna, bo, cora = await talking(house)
    await comes_in(cora, "*65*201*")
    await bo.hangs_up()
    await cora.hears(anna)
    await anna.hears(cora)
    await anna.hangs_up()
    await cora.is_hung_up()
    await house.settles()


@pytest.mark.covers("CALL-5")
async def test_who_is_intruded_on_hangs_up(house: House) -> None:
    anna, bo, cora = await talking(house)
    await comes_in(cora, "*65*201*")
    await anna.hangs_up()
    await bo.is_hung_up()
    await cora.is_hung_up()
    assert {ended.reason for ended in house.happened(CallEnded)} == {"the caller hung up", "the visited call is over"}
    await house.settles()


@pytest.mark.parametrize("leaver", ["anna", "bo", "cora"])
async def test_somebody_hangs_up_while_the_intruder_comes(house: House, leaver: str) -> None:
    anna, bo, cora = await talking(house)
    cora.dials("*65*201*")
    await cora.pause(0.0001)
    {"anna": anna, "bo": bo, "cora": cora}[leaver].call.hang_up() if leaver != "cora" else cora.call.cancel()
    await cora.pause(2)
    for phone in (anna, bo, cora):
        if phone.call.state == "talking":
            await phone.hangs_up()
    await house.settles()


@pytest.mark.covers("CODE-15")
@pytest.mark.parametrize(
    ("code", "heard"),
    [
        ("*66*201*", {"anna": "b", "bo": "a", "cora": "ab"}),
        ("*67*201*", {"anna": "bc", "bo": "a", "cora": "ab"}),
        ("*68*201*", {"anna": "bc", "bo": "ac", "cora": "ab"}),
    ],
    ids=["listen", "whisper", "barge"],
)
async def test_a_supervisor_comes_in(house: House, code: str, heard: dict[str, str]) -> None:
    anna, bo, cora = await talking(house)
    await comes_in(cora, code)
    assert await who_hears_whom(anna, bo, cora) == heard
    await cora.hangs_up()
    await anna.hears(bo)
    await bo.hangs_up()
    await anna.is_hung_up()
    await house.settles()


async def test_a_supervisor_is_out_when_the_call_is_over(house: House) -> None:
    anna, bo, cora = await talking(house)
    await comes_in(cora, "*66*201*")
    await bo.hangs_up()
    await anna.is_hung_up()
    await cora.is_hung_up()
    await house.settles()


@pytest.mark.covers("PROF-1")
async def test_nobody_listens_to_whose_profile_forbids_it(house: House) -> None:
    (soft,) = await house.phones("anna-soft")
    async with soft.calls("*20*2*"):
        await soft.fails(480)
    anna, bo, cora = await talking(house)
    for code in ("*66*201*", "*67*201*", "*68*201*"):
        cora.dials(code)
        assert (await cora.fails(403)).reason == "Not allowed"
    trail = [line for decided in house.happened(RouteDecided) for line in decided.trail]
    assert "code: nobody may listen to anna: his profile private" in trail
    await comes_in(cora, "*65*201*")  # to intrude is another right
    await cora.hangs_up()
    async with soft.calls("*20*1*"):
        await soft.fails(480)
    await comes_in(cora, "*66*201*")
    await cora.hangs_up()
    await anna.hangs_up()
    await bo.is_hung_up()
    await house.settles()


@pytest.mark.parametrize(
    ("who", "code", "status", "reason"),
    [
        ("dan", "*65*201*", 403, "Not allowed"),
        ("cora", "*65*202*", 403, "Not allowed"),
        ("cora", "*66*201*", 404, "No call to come into"),
        ("cora", "*67*299*", 404, "No such extension"),
    ],
)
async def test_who_may_not_come_in(house: House, who: str, code: str, status: int, reason: str) -> None:
    phone = (await house.phones(who))[0]
    phone.dials(code)
    assert (await phone.fails(status)).reason == reason
    await house.settles()


async def test_one_visitor_at_a_time(house: House) -> None:
    anna, bo, cora = await talking(house)
    await comes_in(cora, "*66*201*")
    second = cora.call
    await cora.holds()
    cora.dials("*66*201*")
    await cora.fails(486)
    await cora.hangs_up(second)
    await anna.hangs_up()
    await bo.is_hung_up()
    await house.settles()


@pytest.mark.covers("CALL-5", "CALL-8")
async def test_who_is_intruded_on_has_his_call_recorded(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    """Those who talk are told so; who waits goes on hearing music, and all is as it was when the intruder goes."""
    recorded = GROUPED.replace("    groups: [staff]\n", "    groups: [staff]\n    permissions: {record_calls: true}\n")
    async with House(configure(tmp_path, organization=recorded + GROUPS), network, clock) as house:
        (soft,) = await house.phones("anna-soft")
        anna, bo, cora = await talking(house)
        await comes_in(cora, "*65*201*")
        for code, announced in (("*69*", "This call is being recorded."), ("#69#*", "The recording is paused.")):
            soft.dials(code)
            await soft.fails(480)
            assert announced in house.voices.said
            await anna.pause(1)
            heard = len(bo.call.sound.heard)
            assert await who_hears_whom(anna, bo, cora) == {"anna": "c", "bo": "", "cora": "a"}
            assert len(bo.call.sound.heard) - heard >= 30
        await cora.hangs_up()
        await anna.hears(bo)
        await bo.hears(anna)
        await anna.hangs_up()
        await bo.is_hung_up()
