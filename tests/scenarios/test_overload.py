"""A server that is late: what is new goes elsewhere, what is under way and what is urgent does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.sip.message import Request
from pbxd.sip.overload import AT_ONCE, BURST_PATIENCE
from pbxd.sip.shedding import CALM
from pbxd.standing import alive
from tests.support.house import House
from tests.support.loop import VirtualClockLoop
from tests.support.phone import Phone

pytestmark = pytest.mark.covers("REL-1")


class BusyDoor:
    """The server's own door, and a loop that is late with what came after the first few of the next turn."""

    def __init__(self, house: House, seconds: float) -> None:
        self._door = house.server.defence
        self._endpoint = house.server.endpoint
        self._seconds = seconds

    def hears(self, flow: Flow, now: float) -> bool:
        seconds, self._seconds = self._seconds, 0.0
        if seconds:
            for _ in range(AT_ONCE):
                self._endpoint.message(b"noise", flow)
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualClockLoop)
            loop.call_soon(loop.works, seconds)
        return self._door.hears(flow, now)

    def urgent(self, dialled: str) -> bool:
        return self._door.urgent(dialled)

    def enter(self, request: Request, flow: Flow, now: float) -> bool:
        return self._door.enter(request, flow, now)

    def leave(self, flow: Flow) -> None:
        self._door.leave(flow)


def is_late(house: House, seconds: float = 0.5) -> None:
    """What comes next waits for that long, since the event loop is busy with something else."""
    house.server.endpoint.guard(BusyDoor(house, seconds))


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
    before = alive(house.server)["defence"]["server_transactions"]
    cora.dials("202")
    answer = await cora.fails(503)
    assert answer.headers.get("Retry-After") == "5"
    for method in ("REGISTER", "SUBSCRIBE", "MESSAGE"):
        is_late(house)
        await cora.sends(method, expect=503)
    assert alive(house.server)["defence"]["server_transactions"] == before
    assert alive(house.server)["overload"]["turned_away"] == 4


async def test_what_is_under_way_goes_on(house: House, talking: tuple[Phone, Phone, Phone]) -> None:
    anna, bo, _ = talking
    is_late(house)
    await anna.hears(bo)
    is_late(house)
    await bo.hangs_up()
    await anna.is_hung_up()
    assert alive(house.server)["overload"]["turned_away"] == 0


async def test_options_are_answered(house: House, talking: tuple[Phone, Phone, Phone]) -> None:
    is_late(house)
    await talking[2].sends("OPTIONS", expect=200)


async def test_an_emergency_call_passes(house: House, talking: tuple[Phone, Phone, Phone]) -> None:
    cora, trunk = talking[2], house.trunk()
    is_late(house)
    cora.dials("112")
    call = await trunk.rings(within=10)
    assert alive(house.server)["overload"]["turned_away"] == 0
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
    assert alive(house.server)["overload"]["turned_away"] == 0
    await cora.cancels(call)


async def test_who_has_waited_for_less_is_served(house: House, talking: tuple[Phone, Phone, Phone]) -> None:
    is_late(house, 0.9 * BURST_PATIENCE)
    await talking[2].registers()
    assert alive(house.server)["overload"] == {"waiting": 0, "turned_away": 0}


async def test_a_moment_in_which_the_machine_does_something_else_costs_no_call(
    house: House, talking: tuple[Phone, Phone, Phone]
) -> None:
    cora, trunk = talking[2], house.trunk()
    is_late(house, 0.3)
    cora.dials("+4533112233")
    (await trunk.rings()).respond(200)
    await cora.is_answered()
    await cora.hangs_up()
    assert alive(house.server)["overload"]["turned_away"] == 0


async def test_a_repetition_that_crosses_the_refusal_makes_no_call(
    house: House, talking: tuple[Phone, Phone, Phone]
) -> None:
    cora, trunk = talking[2], house.trunk()
    cora.habits.preemptive = True
    is_late(house)
    call = cora.dials("+4533112233")
    await cora.fails(503)
    for _ in range(2):
        cora.wire.send(call.attempt.data, Address(cora.server.host, cora.server.port))
    await trunk.does_not_ring()
    assert alive(house.server)["overload"]["turned_away"] == 1


async def test_beginning_and_end_are_told(
    house: House, talking: tuple[Phone, Phone, Phone], caplog: pytest.LogCaptureFixture
) -> None:
    _, _, cora = talking
    for _ in range(2):
        is_late(house)
        await cora.sends("REGISTER", expect=503)
    await cora.pause(CALM + 1)
    assert [record.getMessage() for record in caplog.records if record.name == "pbxd.sip"] == [
        "overloaded: new requests are turned away",
        "no longer overloaded: 2 requests were turned away",
    ]
    await cora.registers()
