"""Packet loss: every call that RFC 3261's timers must bring through lives, and none leaves anything behind."""

from __future__ import annotations

import pytest

from tests.support.house import SERVER, House
from tests.support.loss import Hop, LossPattern
from tests.support.network import Rule

pytestmark = pytest.mark.covers("REL-4")

CALLS = 12
TRUNK = Hop("192.0.2.99", SERVER.host)
BO = Hop(SERVER.host, "192.0.2.11")


@pytest.mark.parametrize(("rate", "at_least"), [(0.05, 12), (0.20, 11), (0.40, 9)])
@pytest.mark.parametrize("seed", range(3))
async def test_calls_over_a_lossy_network(house: House, rate: float, at_least: int, seed: int) -> None:
    await house.phones("bo")
    patterns = [LossPattern(seed * CALLS + i, rate) for i in range(CALLS)]
    for pattern in patterns:
        house.network.drop(pattern)
    must = 0
    for pattern in patterns:
        pattern.switched_on = True
        must += await one_call(house, pattern)
        pattern.switched_on = False
    assert must >= at_least, "the prediction is so careful that the test shows nothing"


@pytest.mark.parametrize("seed", range(5))
async def test_calls_over_a_network_that_delays_doubles_and_reorders(house: House, seed: int) -> None:
    """Nothing is lost, so that every call must live, and no copy of an INVITE rings again."""
    (bo,) = await house.phones("bo")
    trunk = house.trunk()
    house.network.reseed(seed)
    house.network.rule(Rule(delay=0.03, jitter=0.1, duplication=0.2, reordering=0.2, late=0.7))
    for _ in range(10):
        async with trunk.calls("+4588887702"):
            await bo.answers()
            await trunk.is_answered()
            await bo.pause(3)
            assert len(bo.calls_got) == 1
        await bo.is_hung_up()
        await bo.pause(2)
        bo.calls_got.clear()
    house.network.rule(Rule())
    await house.settles(80)


async def one_call(house: House, pattern: LossPattern) -> bool:
    """A call that lasts a minute; returns whether it had to be set up."""
    trunk, bo = house.trunk(), house.phone("bo")
    must_connect = pattern.connects(TRUNK, BO, patience=30)
    call = trunk.dials("+4588887702")
    got = len(bo.calls_got)
    for _ in range(60):  # Bo answers as soon as it rings
        await bo.pause(0.5)
        if len(bo.calls_got) > got and bo.calls_got[-1].state == "ringing":
            bo.calls_got[-1].respond(200)
    await bo.pause(60)
    if must_connect:
        states = call.state, bo.calls_got[-1].state
        if states != ("talking", "talking"):
            raise house.watch.fail(f"every timer allows this call, but it is {states}")
    if call.state == "talking":
        bye = call.hang_up()
        await bo.pause(33)
        if pattern.completes(TRUNK, "BYE"):
            assert bye.final is not None, house.ladder()
        if must_connect and pattern.arrival(TRUNK, "BYE", iter(range(7))) is not None and arrives(pattern):
            assert bo.calls_got[-1].state == "over", house.ladder()
    pattern.switched_on = False
    await house.settles(80)
    for phone in (trunk, bo):
        for each in (*phone.calls_made, *phone.calls_got):
            each.stop()
            each.end("us")
        phone.calls_got.clear()
    return must_connect


def arrives(pattern: LossPattern) -> bool:
    """Whether pbxd's BYE reaches Bo at all."""
    return pattern.arrival(BO, "BYE", iter(range(11))) is not None
