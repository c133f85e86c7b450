"""Sound that stops in the middle of a call is noticed, and a call that nobody hears any more ends (CALL-10)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbxd.events import CallEnded, LegEnded, LegSilent
from tests.support.clock import VirtualClock
from tests.support.house import SETTINGS, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

pytestmark = pytest.mark.covers("CALL-10")

TIMEOUT = 20
NOTICED = TIMEOUT + 15
"""Seconds until silence was surely seen: it counts from when it is looked for, at a report."""


@pytest_asyncio.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    settings = SETTINGS.replace("timeout: 0", f"timeout: {TIMEOUT}")
    async with House(configure(tmp_path, settings=settings), network, clock) as house:
        yield house


async def talk(anna: Phone, bo: Phone) -> None:
    anna.dials("202")
    await bo.answers()
    await anna.is_answered()


def speaks(phone: Phone, seconds: int) -> None:
    phone.call.sound.speak(50 * seconds)


async def test_a_call_that_nobody_is_heard_in_ends(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    await talk(anna, bo)
    speaks(anna, 5)
    speaks(bo, 5)
    bye = await anna.is_hung_up(within=5 + NOTICED)
    assert bye.headers.get("Reason") == 'SIP;cause=408;text="no sound from either side"'
    await bo.is_hung_up()
    assert {silent.party for silent in house.happened(LegSilent)} == {"anna-desk", "bo-desk"}
    (ended,) = house.happened(CallEnded)
    assert (ended.result, ended.status, ended.reason) == ("answered", 408, "no sound from either side")
    assert [request for phone in (anna, bo) for request in phone.call.requests if request.method == "UPDATE"]
    await house.settles()


@pytest.mark.parametrize("vanishing", ["anna", "bo"])
async def test_a_phone_that_vanishes_is_asked_and_gone(house: House, vanishing: str) -> None:
    anna, bo = await house.phones("anna", "bo")
    await talk(anna, bo)
    gone, left = (anna, bo) if vanishing == "anna" else (bo, anna)
    speaks(left, 100)
    gone.unplug()
    await left.is_hung_up(within=NOTICED + 35)
    (silent,) = house.happened(LegSilent)
    assert silent.party == f"{vanishing}-desk"
    assert silent.seconds >= TIMEOUT
    first = house.happened(LegEnded)[0]
    assert (first.party, first.status) == (f"{vanishing}-desk", 408)
    await house.settles()


async def test_one_who_has_nothing_to_send_goes_on(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    await talk(anna, bo)
    speaks(anna, 200)
    await bo.pause(150)
    asked = [request for request in bo.call.requests if request.method == "UPDATE"]
    assert len(asked) >= 4, "asked whether he is there, each time that it lasts as long again"
    assert len(house.happened(LegSilent)) == 1
    speaks(bo, 60)
    await bo.pause(50)
    assert len([request for request in bo.call.requests if request.method == "UPDATE"]) <= len(asked) + 1
    await anna.hangs_up()
    await house.settles()


async def test_nobody_is_missed_on_hold(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    await talk(anna, bo)
    await anna.holds()
    await anna.pause(10 * TIMEOUT)
    await anna.resumes()
    assert house.happened(LegSilent) == []
    speaks(anna, 40)
    speaks(bo, 40)
    await anna.hears(bo)
    await anna.pause(35)
    assert house.happened(LegSilent) == [], "the time begins anew with the change"
    await anna.hangs_up()
    await house.settles()


async def test_nobody_is_missed_while_it_rings(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.dials("202")
    await bo.rings()
    await anna.pause(25)
    assert house.happened(LegSilent) == []
    await bo.answers()
    await anna.is_answered()
    speaks(anna, 50)
    speaks(bo, 50)
    await anna.pause(45)
    assert house.happened(LegSilent) == []
    await anna.hangs_up()
    await house.settles()
