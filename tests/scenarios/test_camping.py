"""Camp-on: whom a blind transfer sends to a colleague's own queue, and what he hears there (CALL-3, CALL-6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbxd.events import CallDequeued, CallQueued, CallTransferred, RouteDecided, Said
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

pytestmark = pytest.mark.covers("CALL-3", "CALL-6")

CAMPING = "settings: {call_waiting: false, blind_transfer: {to_personal_queue: true}%s}\n"


@pytest.fixture
def camping(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> House:
    return House(configure(tmp_path, organization=ORGANIZATION + CAMPING % ""), network, clock)


async def test_whom_a_desk_phone_sends_on_waits_until_the_colleague_is_free(camping: House) -> None:
    async with camping as house:
        anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
        dan.dials("202")
        await bo.answers()
        await dan.is_answered()
        anna.dials("203")
        await cora.answers()
        await anna.is_answered()
        await cora.transfers("202")
        await cora.hears_of_transfer(200)
        await cora.is_hung_up()
        [queued] = house.happened(CallQueued)
        assert (queued.queue, queued.kind) == ("bo", "personal")
        assert len(house.happened(CallTransferred)) == 1
        trail = house.happened(RouteDecided)[-1].trail
        assert any("blind_transfer.to_personal_queue is on" in line for line in trail)
        await bo.pause(5)
        assert len(bo.calls_got) == 1
        await dan.hangs_up()
        await bo.is_hung_up()
        await bo.rings(from_="201")
        await bo.answers()
        await bo.hears(anna)
        await anna.hears(bo)
        await anna.hangs_up()
        await bo.is_hung_up()
        assert [event.result for event in house.happened(CallDequeued)] == ["answered"]
        await house.settles()


async def test_who_is_free_rings_at_once_and_the_transferrer_waits_for_nothing(camping: House) -> None:
    async with camping as house:
        anna, bo, cora = await house.phones("anna", "bo", "cora")
        anna.dials("203")
        await cora.answers()
        await anna.is_answered()
        await cora.transfers("202")
        await cora.hears_of_transfer(200)
        await cora.is_hung_up()
        await bo.answers()
        await anna.hears(bo)
        await bo.hangs_up()
        await anna.is_hung_up()
        await house.settles()


async def test_a_soft_phone_transfers_as_ever(camping: House) -> None:
    async with camping as house:
        bo, cora = await house.phones("bo", "cora")
        [soft] = await house.phones("anna-soft")
        cora.dials("201")
        await soft.answers()
        await cora.is_answered()
        await soft.transfers("202")
        await bo.answers()
        await soft.hears_of_transfer(200)
        await cora.hears(bo)
        await cora.hangs_up()
        await bo.is_hung_up()
        assert house.happened(CallQueued) == []
        await house.settles()


async def test_a_full_queue_gives_the_call_back(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> None:
    organization = ORGANIZATION + CAMPING % ", personal_queue: {capacity: 1}"
    async with House(configure(tmp_path, organization=organization), network, clock) as house:
        anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
        dan.dials("202")
        await bo.answers()
        await dan.is_answered()
        first = house.trunk()
        first.dials("+4588887703")
        await cora.answers()
        await cora.transfers("202")
        await cora.is_hung_up()
        anna.dials("203")
        await cora.answers()
        await anna.is_answered()
        await cora.transfers("202")
        await cora.hears_of_transfer(486)
        await anna.hears(cora)
        await anna.hangs_up()
        await cora.is_hung_up()
        await first.hangs_up()
        await dan.hangs_up()
        await bo.is_hung_up()
        await house.settles()


async def test_what_who_waits_for_a_colleague_hears_is_the_users_to_say(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    sounds = "sounds: [{name: hello, languages: {en: {say: Hello.}}}, {name: soon, languages: {en: {say: Soon.}}}]\n"
    handling = "call_handling: {landline: {busy: personal-queue}}"
    said_there = "personal_queue: {welcome: hello, status: soon, status_every: 20s}"
    own = f"settings: {{call_waiting: false, {handling}, {said_there}}}\n"
    async with House(configure(tmp_path, organization=ORGANIZATION + sounds + own), network, clock) as house:
        anna, bo, dan = await house.phones("anna", "bo", "dan")
        anna.dials("202")
        await bo.answers()
        await anna.is_answered()
        dan.dials("202")
        await dan.is_answered()
        await dan.pause(45)
        said = [event.text for event in house.happened(Said) if event.party == "dan-desk"]
        assert said == ["hello", "soon", "soon"]
        await dan.hangs_up()
        await anna.hangs_up()
        await bo.is_hung_up()
        await house.settles()
