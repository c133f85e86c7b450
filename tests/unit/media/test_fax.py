"""Facsimile between two ports: what goes through, and what does not."""

from __future__ import annotations

import asyncio

import pytest

from pbxd.media.embedded import EmbeddedEngine
from pbxd.media.embedded.drops import Drop
from pbxd.media.embedded.fax import PER_SECOND
from pbxd.media.engine import FaxEnd
from pbxd.network import Address
from tests.support.network import MemoryNetwork
from tests.unit.media.party import Party, packet, talking


class Machine:
    """A fax machine on the network."""

    def __init__(self, network: MemoryNetwork, host: str) -> None:
        self.address = Address(host, 5000)
        self.got: list[bytes] = []
        self.socket = network.datagram(self.address, lambda data, _: self.got.append(data))


def udptl(sequence: int, size: int = 20) -> bytes:
    return (sequence & 0xFFFF).to_bytes(2, "big") + bytes(size)


@pytest.fixture
async def faxing(engine: EmbeddedEngine, network: MemoryNetwork) -> tuple[Party, Machine, Party, Machine]:
    """Two parties that talked, and fax now."""
    anna, bo = Party(network, "198.51.100.1"), Party(network, "198.51.100.2")
    await talking(engine, anna, bo)
    one, other = Machine(network, "198.51.100.3"), Machine(network, "198.51.100.4")
    engine.configure(anna.end.port, FaxEnd(udptl=one.address))
    engine.configure(bo.end.port, FaxEnd(udptl=other.address))
    return anna, one, bo, other


Faxing = tuple[Party, Machine, Party, Machine]


async def test_datagrams_go_both_ways_and_sound_comes_back(engine: EmbeddedEngine, faxing: Faxing) -> None:
    anna, one, bo, other = faxing
    for sequence in (0, 1, 1, 3, 2):
        one.socket.send(udptl(sequence), anna.end.rtp)
    other.socket.send(udptl(0), bo.end.rtp)
    await asyncio.sleep(1)
    assert other.got == [udptl(sequence) for sequence in (0, 1, 1, 3, 2)], "order and repetition are the far end's"
    assert one.got == [udptl(0)]
    anna.agrees(engine)
    bo.agrees(engine)
    anna.sends(packet(1))
    await asyncio.sleep(1)
    assert [each.payload for each in bo.packets] == [b"sound"]
    assert len(other.got) == 5


async def test_what_is_no_fax_is_not_passed_on(engine: EmbeddedEngine, faxing: Faxing) -> None:
    anna, one, _, other = faxing
    one.socket.send(udptl(0), anna.end.rtp)
    await asyncio.sleep(0.1)
    one.socket.send(packet(7), anna.end.rtp)  # the end of the sound
    one.socket.send(b"\0\1", anna.end.rtp)
    one.socket.send(udptl(2, 1500), anna.end.rtp)
    one.socket.send(udptl(1), anna.end.rtcp)
    other.socket.send(udptl(1), anna.end.rtp)
    await asyncio.sleep(1)
    assert other.got == [udptl(0)]
    assert engine.drops == {Drop.PROTOCOL: 2, Drop.MALFORMED: 2, Drop.STRANGER: 1}


async def test_a_flood_is_bounded(engine: EmbeddedEngine, faxing: Faxing) -> None:
    anna, one, _, other = faxing
    for sequence in range(PER_SECOND + 50):
        one.socket.send(udptl(sequence), anna.end.rtp)
    await asyncio.sleep(2)
    assert (len(other.got), engine.drops) == (PER_SECOND, {Drop.EXCESS: 50})
    one.socket.send(udptl(PER_SECOND), anna.end.rtp)
    await asyncio.sleep(1)
    assert len(other.got) == PER_SECOND + 1


async def test_only_one_of_them_faxes(engine: EmbeddedEngine, faxing: Faxing) -> None:
    anna, one, bo, other = faxing
    bo.agrees(engine)
    one.socket.send(udptl(0), anna.end.rtp)
    bo.sends(packet(1))
    await asyncio.sleep(1)
    assert (one.got, other.got, bo.packets) == ([], [], [])


async def test_nobody_sends_where_nothing_can_be(engine: EmbeddedEngine, faxing: Faxing) -> None:
    """c=0.0.0.0 is no address of a fax; the party is still heard."""
    anna, one, bo, other = faxing
    engine.configure(bo.end.port, FaxEnd(udptl=None))
    one.socket.send(udptl(0), anna.end.rtp)
    other.socket.send(udptl(0), bo.end.rtp)
    await asyncio.sleep(1)
    assert (one.got, other.got) == ([udptl(0)], [])
