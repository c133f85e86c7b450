"""A server that is late: what is new goes elsewhere, what is under way and what is urgent does not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from pbxd.network import Address
from pbxd.sip.overload import QUEUED
from tests.support.house import House
from tests.support.phone import Phone

pytestmark = pytest.mark.covers("REL-1")


def is_late(house: House, seconds: float = 0.3) -> None:
    """The event loop was busy with something else, and messages waited."""
    load = house.server.endpoint.shedder.load
    for _ in range(QUEUED):
        load.heard(-1.0)
    load.beat(seconds, 0)
    load._carried = 0.9  # of what comes next nothing is spared, though calm comes back in small steps


@pytest_asyncio.fixture
async def talking(house: House) -> AsyncIterator[tuple[Phone, Phone, Phone]]:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        yield anna, bo, cora
    await house.settles(80)


async def test_new_calls_and_registrations_are_sent_away(house: House, talking: tuple[Phone, Phone, Phone]) -> None:
    _, _, cora = talking
    is_late(house)
    before = house.server.status()["defence"]["server_transactions"]
    cora.dials("202")
    answer = await cora.fails(503)
    assert answer.headers.get("Retry-After") == "5"
    for method in ("REGISTER", "SUBSCRIBE", "MESSAGE"):
        is_late(house)
        await cora.sends(method, expect=503)
    assert house.server.status()["defence"]["server_transactions"] == before
    assert house.server.status()["overload"]["turned_away"] == 4


async def test_what_is_under_way_goes_on(house: House, talking: tuple[Phone, Phone, Phone]) -> None:
    anna, bo, _ = talking
    is_late(house)
    await anna.hears(bo)
    is_late(house)
    await bo.hangs_up()
    await anna.is_hung_up()
    assert house.server.status()["overload"]["turned_away"] == 0


async def test_options_are_answered(house: House, talking: tuple[Phone, Phone, Phone]) -> None:
    is_late(house)
    await talking[2].sends("OPTIONS", expect=200)


async def test_an_emergency_call_passes(house: House, talking: tuple[Phone, Phone, Phone]) -> None:
    cora, trunk = talking[2], house.trunk()
    is_late(house)
    cora.dials("112")
    call = await trunk.rings(within=10)
    assert house.server.status()["overload"]["turned_away"] == 0
    call.respond(200)
    await cora.is_answered()
    await cora.hangs_up()


async def test_a_repeated_invite_of_a_call_that_was_taken_is_not_turned_away(
    house: House, talking: tuple[Phone, Phone, Phone]
) -> None:
    cora = talking[2]
    trunk = house.trunk()
    house.network.drop(lambda datagram: datagram.target.host == cora.host and b" 100 " in datagram.data[:12])
    cora.habits.preemptive = True
    call = cora.dials("+4533112233")
    await trunk.rings()
    is_late(house)
    cora.wire.send(call.attempt.data, Address(cora.server.host, cora.server.port))
    await cora.pause(0.1)
    assert house.server.status()["overload"]["turned_away"] == 0
    await cora.cancels(call)


async def test_calm_comes_back_by_itself(house: House, talking: tuple[Phone, Phone, Phone]) -> None:
    _, _, cora = talking
    is_late(house)
    cora.dials("202")
    await cora.fails(503)
    await cora.pause(5)
    assert house.server.status()["overload"]["share"] == 0
    await cora.registers()
    timer = house.server.endpoint.shedder._timer
    await cora.pause(1)
    assert timer is not house.server.endpoint.shedder._timer
    assert house.server.endpoint.shedder._timer is None
