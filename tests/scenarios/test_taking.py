"""Codes that bring a call to the phone that dials them, and send on what it holds (CALL-4, CODE-3, CODE-5, CODE-13)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbxd.events import CallEnded, CallParked, CallTransferred, RouteDecided
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

GROUPS = """\
groups:
  - {name: front, permissions: {pickup: [back], retrieve_parked: [front]}}
  - {name: back}
settings: {park: {recall_after: 30s}}
"""
GROUPED = (
    ORGANIZATION.replace("username: anna\n", "username: anna\n    groups: [front]\n")
    .replace("username: bo\n", "username: bo\n    groups: [front, back]\n")
    .replace("username: cora\n", "username: cora\n    groups: [back]\n")
)


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """The house, where Anna may pick up calls of Bo and Cora, and share a group with Bo."""
    async with House(configure(tmp_path, organization=GROUPED + GROUPS), network, clock) as house:
        yield house


async def talk(caller: Phone, number: str, callee: Phone) -> None:
    caller.dials(number)
    await callee.answers()
    await caller.is_answered()


def trail(house: House) -> str:
    return "\n".join(line for decided in house.happened(RouteDecided) for line in decided.trail)


@pytest.mark.covers("CALL-4", "CODE-3")
@pytest.mark.parametrize("code", ["*9*202*", "*8*"])
async def test_a_ringing_call_is_picked_up(house: House, code: str) -> None:
    anna, bo, dan = await house.phones("anna", "bo", "dan")
    dan.dials("202")
    await bo.rings()
    anna.dials(code)
    await anna.is_answered()
    await dan.is_answered()
    await bo.stops_ringing(reason="completed elsewhere")
    await anna.hears(dan)
    await dan.hears(anna)
    assert "code: bo-desk rings for bo" in trail(house)
    assert "code: group front may pick up calls of group back, where bo is a member" in trail(house)
    await anna.hangs_up()
    await dan.is_hung_up()
    await house.settles()


async def test_the_call_that_rang_first_is_picked_up_first(house: House) -> None:
    anna, bo, dan = await house.phones("anna", "bo", "dan")
    outsider = house.trunk()
    outsider.dials("+4588887702")
    await bo.rings()
    await bo.pause(1)
    dan.dials("202")
    await dan.hears_ringing()
    anna.dials("*8*")
    await outsider.is_answered()
    await anna.hears(outsider)
    await anna.hangs_up()
    await dan.cancels()
    await house.settles()


@pytest.mark.parametrize(
    ("who", "code", "status", "reason"),
    [
        ("cora", "*9*201*", 403, "Not allowed"),
        ("anna", "*9*203*", 404, "No call to pick up"),
        ("anna", "*9*299*", 404, "No such extension"),
        ("dan", "*8*", 404, "No call to pick up"),
        ("anna", "*7*", 404, "No call to move"),
        ("anna", "*86*", 404, "No parked call"),
        ("cora", "*86*201*", 403, "Not allowed"),
        ("anna", "*85*", 404, "Nobody is on hold"),
        ("anna", "*70*202*", 404, "Nobody is on hold"),
    ],
)
async def test_what_can_t_be_taken_is_said(house: House, who: str, code: str, status: int, reason: str) -> None:
    phone = (await house.phones(who))[0]
    phone.dials(code)
    assert (await phone.fails(status)).reason == reason
    await house.settles()


async def test_a_pickup_that_crosses_the_answer(house: House) -> None:
    anna, bo, dan = await house.phones("anna", "bo", "dan")
    dan.dials("202")
    ringing = await bo.rings()
    ringing.respond(200)
    anna.dials("*9*202*")
    await dan.is_answered()
    await dan.pause(1)
    assert [ringing.state, anna.call.state].count("talking") == 1
    await dan.hangs_up()
    await house.settles()


@pytest.mark.covers("CODE-5")
async def test_a_call_is_moved_to_the_phone_that_dials(house: House) -> None:
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    await talk(anna, "202", bo)
    soft.dials("*7*")
    await soft.is_answered()
    await anna.is_hung_up()
    await soft.hears(bo)
    await bo.hears(soft)
    await soft.hangs_up()
    await bo.is_hung_up()
    await house.settles()


@pytest.mark.covers("CALL-4", "CODE-13")
@pytest.mark.parametrize(("who", "code"), [("anna", "*86*"), ("bo", "*86*201*")])
async def test_a_call_is_parked_by_transfer_and_retrieved(house: House, who: str, code: str) -> None:
    anna, bo, dan = await house.phones("anna", "bo", "dan")
    await talk(dan, "201", anna)
    await anna.transfers("*85*")
    await anna.hears_of_transfer(200)
    await anna.is_hung_up()
    (parked,) = house.happened(CallParked)
    assert (parked.party, parked.user) == ("dan-desk", "anna")
    taker = {"anna": anna, "bo": bo}[who]
    taker.dials(code)
    await taker.is_answered()
    await taker.hears(dan)
    await dan.hears(taker)
    await dan.hangs_up()
    await taker.is_hung_up()
    await house.settles()


@pytest.mark.covers("CODE-13")
async def test_a_call_is_parked_by_a_phone_that_can_t_transfer(house: House) -> None:
    anna, bo, dan = await house.phones("anna", "bo", "dan")
    await talk(dan, "201", anna)
    held = anna.call
    await anna.holds()
    anna.dials("*85*")
    assert (await anna.fails(480)).reason == "Parked"
    await anna.is_hung_up(held)
    bo.dials("*86*201*")
    await bo.is_answered()
    await bo.hears(dan)
    await bo.hangs_up()
    await dan.is_hung_up()
    await house.settles()


async def test_who_is_parked_hangs_up(house: House) -> None:
    anna, dan = await house.phones("anna", "dan")
    await talk(dan, "201", anna)
    await anna.transfers("*85*")
    await anna.is_hung_up()
    await dan.hangs_up()
    anna.dials("*86*")
    await anna.fails(404)
    await house.settles()


@pytest.mark.covers("CODE-13")
async def test_a_parked_call_comes_back(house: House) -> None:
    anna, dan = await house.phones("anna", "dan")
    await talk(dan, "201", anna)
    await anna.transfers("*85*")
    await anna.is_hung_up()
    await anna.pause(29)
    await anna.rings(from_="204", within=2)
    await anna.answers()
    await anna.hears(dan)
    await anna.hangs_up()
    await dan.is_hung_up()
    assert house.happened(CallEnded)[-1].result == "answered"
    await house.settles()


async def test_one_of_two_who_retrieve_has_the_call(house: House) -> None:
    anna, bo, dan = await house.phones("anna", "bo", "dan")
    await talk(dan, "201", anna)
    await anna.transfers("*85*")
    await anna.is_hung_up()
    anna.dials("*86*")
    bo.dials("*86*201*")
    await dan.pause(1)
    assert [anna.call.state, bo.call.state].count("talking") == 1
    await dan.hangs_up()
    await house.settles()


@pytest.mark.covers("CALL-3")
async def test_a_transfer_by_code(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(bo, "201", anna)
    held = anna.call
    await anna.holds()
    anna.dials("*70*203*")
    assert (await anna.fails(480)).reason == "Transferred to 203"
    await anna.is_hung_up(held)
    await cora.rings(from_="202")
    await cora.answers()
    await cora.hears(bo)
    await cora.hangs_up()
    await bo.is_hung_up()
    (transferred,) = house.happened(CallTransferred)
    assert (transferred.party, transferred.to, transferred.attended) == ("anna-desk", "203", False)
    await house.settles()


async def test_a_transfer_by_code_that_fails_comes_back(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(bo, "201", anna)
    await anna.holds()
    anna.dials("*70*203*")
    await anna.fails(480)
    await cora.declines(486)
    await anna.rings(from_="202")
    await anna.answers()
    await anna.hears(bo)
    await bo.hangs_up()
    await house.settles()
