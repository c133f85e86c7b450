"""Connections: how many, how long, how slow, and which of them is used for a request of ours."""

from __future__ import annotations

import asyncio

import pytest

from pbxd.network import Address
from pbxd.sip.transport.limits import MAX_BACKLOG, StreamLimits
from tests.support.network import MemoryNetwork, Rule
from tests.unit.sip.transport.side import OPTIONS, PHONE, US, Bytes, Side

pytestmark = pytest.mark.covers("SEC-3")


async def listening(network: MemoryNetwork, limits: StreamLimits | None = None) -> Side:
    side = Side(network, limits=limits)
    await side.transport.listen(US)
    return side


async def test_no_more_connections_than_the_limit(network: MemoryNetwork) -> None:
    side = await listening(network, StreamLimits(connections=3, per_address=2))
    peers = [await Bytes.to(network, host) for host in (PHONE, PHONE, PHONE, "192.0.2.21", "192.0.2.22")]
    await asyncio.sleep(1)
    assert [bool(peer.lost_by) for peer in peers] == [False, False, True, False, True]
    assert (len(side.transport), side.doors.refused) == (3, 2)
    peers[0].stream.close()
    await asyncio.sleep(1)
    again = await Bytes.to(network)
    await asyncio.sleep(1)
    assert not again.lost_by


async def test_who_says_nothing_is_closed(network: MemoryNetwork) -> None:
    side = await listening(network)
    silent, speaking = await Bytes.to(network), await Bytes.to(network)
    speaking.stream.write(OPTIONS)
    await asyncio.sleep(33)
    assert silent.lost_by
    assert not speaking.lost_by
    assert side.reasons == ["no message in time"]


async def test_a_message_that_drips_is_not_waited_for(network: MemoryNetwork) -> None:
    side = await listening(network)
    slow = await Bytes.to(network)
    slow.stream.write(OPTIONS)
    for at in range(len(OPTIONS) - 1):
        slow.stream.write(OPTIONS[at : at + 1])
        await asyncio.sleep(1)
    assert len(side.messages) == 1
    assert side.reasons == ["message not finished in time"]


async def test_pings_are_no_slow_message(network: MemoryNetwork) -> None:
    side = await listening(network)
    peer = await Bytes.to(network)
    peer.stream.write(OPTIONS)
    for _ in range(40):
        peer.stream.write(b"\r\n")
        await asyncio.sleep(5)
    assert not side.losses
    assert peer.got == b"\r\n" * 20


async def test_silence_has_an_end(network: MemoryNetwork) -> None:
    side = await listening(network, StreamLimits(idle_seconds=600))
    peer = await Bytes.to(network)
    peer.stream.write(OPTIONS)
    await asyncio.sleep(595)
    assert not side.losses
    await asyncio.sleep(10)
    assert side.reasons == ["idle"]


async def test_who_does_not_read_is_dropped(network: MemoryNetwork) -> None:
    side = await listening(network)
    peer = await Bytes.to(network)
    peer.stream.write(OPTIONS)
    await asyncio.sleep(1)
    flow = side.messages[0][1]
    peer.stream.peer.stall()
    while side.transport.send(OPTIONS * 1000, flow) and not peer.stream.peer.is_lost:
        assert peer.stream.peer.backlog() <= MAX_BACKLOG + 1000 * len(OPTIONS)
    await asyncio.sleep(1)
    assert side.reasons == ["the peer does not read"]


async def test_closing_waits_for_nobody_for_long(network: MemoryNetwork) -> None:
    side = await listening(network)
    peer = await Bytes.to(network)
    peer.stream.write(OPTIONS)
    await asyncio.sleep(1)
    peer.stream.peer.stall()
    side.transport.send(OPTIONS, side.messages[0][1])
    peer.stream.write(b"garbage\r\n\r\n" + OPTIONS)
    await asyncio.sleep(1)
    peer.stream.write(OPTIONS)
    await asyncio.sleep(12)
    assert side.reasons == ["the peer does not read"]
    assert (len(side.messages), len(side.malformed)) == (1, 1)


async def test_what_waits_for_a_connection_is_bounded(network: MemoryNetwork) -> None:
    side = await listening(network)
    network.partition(network.wildcard, PHONE)
    flow = side.transport.flow_to(Address(PHONE, 5060))
    assert flow is not None
    for _ in range(MAX_BACKLOG // 60_000 + 1):
        side.transport.send(b"x" * 60_000, flow)
    assert side.reasons == ["too much to send"]


async def test_a_connection_is_opened_by_the_first_message_and_used_again(network: MemoryNetwork) -> None:
    side = await listening(network)
    peer = Bytes()
    await network.listen(Address(PHONE, 5060), peer.opened_below)
    flow = side.transport.flow_to(Address(PHONE, 5060))
    assert flow is not None
    await asyncio.sleep(1)
    assert not network.streams
    assert side.transport.send(b"one", flow)
    assert side.transport.flow_to(Address(PHONE, 5060)) == flow
    assert side.transport.send(b"two", flow)
    await asyncio.sleep(1)
    assert peer.got == b"onetwo"
    assert len(network.streams) == 2  # both ends of one


async def test_a_connection_that_nobody_wanted_is_forgotten(network: MemoryNetwork) -> None:
    side = await listening(network)
    side.transport.flow_to(Address(PHONE, 5060))
    await asyncio.sleep(3910)
    assert (len(side.transport), side.doors.refused) == (0, 0)


async def test_who_does_not_accept_is_given_up(network: MemoryNetwork) -> None:
    side = await listening(network)
    network.partition(network.wildcard, PHONE)
    flow = side.transport.flow_to(Address(PHONE, 5060))
    assert flow is not None
    side.transport.send(OPTIONS, flow)
    await asyncio.sleep(13)
    assert len(side.losses) == 1
    assert not side.transport.send(OPTIONS, flow)


async def test_a_peers_connection_is_used_toward_the_port_that_it_named(network: MemoryNetwork) -> None:
    side = await listening(network)
    peer = await Bytes.to(network)
    peer.stream.write(OPTIONS)
    await asyncio.sleep(1)
    flow = side.messages[0][1]
    side.transport.alias(flow, 5070)
    side.transport.alias(flow, 5071)  # one port each
    assert side.transport.flow_to(Address(PHONE, 5070)) == flow
    assert side.transport.flow_to(Address(PHONE, 5071)) != flow
    peer.stream.close()
    await asyncio.sleep(1)
    assert side.transport.flow_to(Address(PHONE, 5070)) != flow


async def test_an_alias_displaces_nothing(network: MemoryNetwork) -> None:
    side = await listening(network)
    ours = side.transport.flow_to(Address(PHONE, 5070))
    peer = await Bytes.to(network)
    peer.stream.write(OPTIONS)
    await asyncio.sleep(1)
    side.transport.alias(side.messages[0][1], 5070)
    assert side.transport.flow_to(Address(PHONE, 5070)) == ours


async def test_messages_in_pieces_of_any_size(network: MemoryNetwork) -> None:
    side = await listening(network)
    network.rule(Rule(segment=1))
    peer = await Bytes.to(network)
    peer.stream.write(OPTIONS * 3)
    await asyncio.sleep(1)
    assert [data for data, _ in side.messages] == [OPTIONS] * 3


async def test_garbage_closes(network: MemoryNetwork) -> None:
    side = await listening(network)
    peer = await Bytes.to(network)
    peer.stream.write(b"\x16\x03\x01 this is TLS, and we are not")
    await asyncio.sleep(1)
    assert len(side.malformed) == 1
    assert peer.lost_by == [None]


async def test_closing_ends_everything(network: MemoryNetwork) -> None:
    side = await listening(network)
    peer = await Bytes.to(network)
    side.transport.flow_to(Address(PHONE, 5060))
    side.transport.close()
    await asyncio.sleep(1)
    assert peer.lost_by == [None]
    assert len(side.transport) == 0
    assert network.bound() == []
