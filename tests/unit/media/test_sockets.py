"""The pool of socket pairs: numbers, quarantine, bounds."""

from __future__ import annotations

import asyncio
import random

import pytest

from pbxd.errors import Refused
from pbxd.media.embedded.sockets import KEEP, LONGEST_QUARANTINE, QUARANTINE, PortPool
from pbxd.network import Address
from tests.support.clock import VirtualClock
from tests.support.network import MemoryNetwork
from tests.unit.media.party import HOST


class Owner:
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def rtp_received(self, data: bytes, source: Address) -> None:
        self.heard.append(data)

    def rtcp_received(self, data: bytes, source: Address) -> None:
        self.heard.append(data)


def pool_of(network: MemoryNetwork, clock: VirtualClock, ports: range) -> PortPool:
    return PortPool(network, clock, HOST, ports, random.Random(3))


async def test_rtp_is_even_and_rtcp_the_odd_port_above(network: MemoryNetwork, clock: VirtualClock) -> None:
    pool = pool_of(network, clock, range(10_001, 10_008))
    pairs = [pool.take(Owner()) for _ in range(3)]
    numbers = sorted((pair.rtp.local.port, pair.rtcp.local.port) for pair in pairs)
    assert numbers == [(10_002, 10_003), (10_004, 10_005), (10_006, 10_007)]
    with pytest.raises(Refused) as refused:
        pool.take(Owner())
    assert refused.value.status == 503


async def test_a_number_that_another_program_has_is_passed_over(network: MemoryNetwork, clock: VirtualClock) -> None:
    network.datagram(Address(HOST, 10_003), Owner().rtp_received)
    pool = pool_of(network, clock, range(10_002, 10_006))
    assert pool.take(Owner()).rtp.local.port == 10_004
    with pytest.raises(Refused):
        pool.take(Owner())
    assert Address(HOST, 10_002) not in network.bound()


async def test_a_released_pair_rests_before_it_is_used_again(network: MemoryNetwork, clock: VirtualClock) -> None:
    pool = pool_of(network, clock, range(10_002, 10_004))
    pair = pool.take(Owner())
    pool.give_back(pair)
    await asyncio.sleep(QUARANTINE - 0.1)
    with pytest.raises(Refused):
        pool.take(Owner())
    await asyncio.sleep(0.1)
    assert pool.take(Owner()) is pair, "without being bound anew"


async def test_stray_packets_prolong_the_rest_and_reach_nobody(network: MemoryNetwork, clock: VirtualClock) -> None:
    pool = pool_of(network, clock, range(10_002, 10_004))
    former = Owner()
    pair = pool.take(former)
    pool.give_back(pair)
    phone = network.datagram(Address("192.0.2.20", 4000), Owner().rtp_received)
    for _ in range(int(QUARANTINE)):
        await asyncio.sleep(1)
        phone.send(b"stray", pair.rtp.local)
    await asyncio.sleep(1)
    with pytest.raises(Refused):
        pool.take(Owner())
    await asyncio.sleep(QUARANTINE)
    assert pool.take(Owner()) is pair
    assert former.heard == []


async def test_strays_cannot_keep_a_pair_for_ever(network: MemoryNetwork, clock: VirtualClock) -> None:
    pool = pool_of(network, clock, range(10_002, 10_004))
    pair = pool.take(Owner())
    pool.give_back(pair)
    phone = network.datagram(Address("192.0.2.20", 4000), Owner().rtp_received)
    taken_after = None
    for second in range(1, 60):
        await asyncio.sleep(1)
        phone.send(b"stray", pair.rtp.local)
        try:
            pool.take(Owner())
        except Refused:
            continue
        taken_after = second
        break
    assert taken_after is not None
    assert LONGEST_QUARANTINE <= taken_after <= LONGEST_QUARANTINE + QUARANTINE


async def test_after_a_rush_only_some_stay_bound(network: MemoryNetwork, clock: VirtualClock) -> None:
    pool = pool_of(network, clock, range(10_000, 12_000))
    rush = [pool.take(Owner()) for _ in range(3 * KEEP)]
    for pair in rush:
        pool.give_back(pair)
    assert (pool.used, pool.resting) == (0, 3 * KEEP)
    await asyncio.sleep(QUARANTINE)
    pool.give_back(pool.take(Owner()))
    assert pool.resting == KEEP + 1  # and the one that is not rested yet
    pool.close()
    assert network.bound() == []


async def test_at_a_steady_pace_no_pair_is_bound_anew(network: MemoryNetwork, clock: VirtualClock) -> None:
    """Fifty pairs a second: more of them rest than are kept for nothing, and all of them are needed again."""
    pool = pool_of(network, clock, range(10_000, 12_000))
    seen = set[Address]()
    for second in range(10):
        pairs = [pool.take(Owner()) for _ in range(50)]
        if second > QUARANTINE:
            assert {pair.rtp.local for pair in pairs} <= seen
        seen |= {pair.rtp.local for pair in pairs}
        for pair in pairs:
            pool.give_back(pair)
        await asyncio.sleep(1)
    pool.close()
