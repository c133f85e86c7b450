"""The embedded engine: who hears what, under which numbers, from where, and what is left when all hang up."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from pbxd.address import External
from pbxd.errors import Refused
from pbxd.media import rtp
from pbxd.media.embedded import EmbeddedEngine, Interface
from pbxd.media.embedded.drops import Drop
from pbxd.media.embedded.port import SETTLED
from pbxd.media.engine import Latched, MediaEvent, MediaFailed, PortId
from pbxd.network import Address
from tests.support.clock import VirtualClock
from tests.support.network import MemoryNetwork
from tests.unit.media.party import EVENTS, HOST, OPUS, PCMU, Party, engine_on, packet, renumbered, talking

PACKET = 0.02


@pytest.fixture
def anna(network: MemoryNetwork) -> Party:
    return Party(network, "198.51.100.1")


@pytest.fixture
def bo(network: MemoryNetwork) -> Party:
    return Party(network, "198.51.100.2")


async def says(party: Party, sequences: range, *, ssrc: int = 77, payload_type: int = 0) -> None:
    """Send a packet every 20 ms, its number as payload."""
    for sequence in sequences:
        party.sends(packet(sequence, str(sequence).encode(), ssrc=ssrc, payload_type=payload_type))
        await asyncio.sleep(PACKET)
    await asyncio.sleep(PACKET)


def heard(party: Party) -> list[str]:
    return [each.payload.decode() for each in party.packets]


async def test_both_hear_each_other_in_one_stream_from_our_address(
    engine: EmbeddedEngine, anna: Party, bo: Party
) -> None:
    await talking(engine, anna, bo)
    await says(anna, range(65_533, 65_539))
    await says(bo, range(10, 13))
    assert heard(bo) == ["65533", "65534", "65535", "65536", "65537", "65538"]
    assert heard(anna) == ["10", "11", "12"]
    assert {each.source for each in bo.packets} == {bo.end.rtp}
    assert len({each.ssrc for each in bo.packets}) == 1
    assert bo.packets[0].ssrc not in (77, anna.packets[0].ssrc)
    assert [each.marker for each in bo.packets] == [True] + 5 * [False]
    for before, after in itertools.pairwise(bo.packets):
        assert after.sequence == before.sequence + 1 & 0xFFFF
        assert after.timestamp == before.timestamp + 160 & 0xFFFF_FFFF


async def test_payload_numbers_are_each_partys_own(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await anna.joins(engine, sends_as=(OPUS, EVENTS), receives_as=(renumbered(OPUS, 96), renumbered(EVENTS, 97)))
    await bo.joins(engine, sends_as=(renumbered(OPUS, 120), EVENTS), receives_as=(renumbered(OPUS, 121), EVENTS))
    engine.hear(anna.end.port, bo.end.port)
    engine.hear(bo.end.port, anna.end.port)
    await says(anna, range(2), payload_type=111)
    await says(anna, range(2, 4), payload_type=101)
    await says(bo, range(2), payload_type=120)
    assert [each.payload_type for each in bo.packets] == [121, 121, 101, 101]
    assert [each.payload_type for each in anna.packets] == [96, 96]


@pytest.mark.covers("CALL-9")
async def test_an_event_keeps_its_time_stamp(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo, PCMU, EVENTS)
    await says(anna, range(1, 3))
    for sequence in range(3, 6):
        anna.sends(packet(sequence, b"digit", payload_type=101, timestamp=480, marker=sequence == 3))
    await asyncio.sleep(0.1)
    await says(anna, range(6, 7))
    shift = bo.packets[0].timestamp - 160
    assert [each.timestamp - shift & 0xFFFF_FFFF for each in bo.packets] == [160, 320, 480, 480, 480, 960]
    assert [each.marker for each in bo.packets] == [True, False, True, False, False, False]


async def test_what_the_hearer_did_not_negotiate_is_no_loss_to_it(
    engine: EmbeddedEngine, anna: Party, bo: Party
) -> None:
    await anna.joins(engine, PCMU, EVENTS)
    await bo.joins(engine, PCMU)
    engine.hear(bo.end.port, anna.end.port)
    await says(anna, range(2))
    await says(anna, range(2, 5), payload_type=101)
    await says(anna, range(5, 7))
    assert heard(bo) == ["0", "1", "5", "6"]
    assert [each.sequence - bo.packets[0].sequence & 0xFFFF for each in bo.packets] == [0, 1, 2, 3]
    assert engine.drops == {Drop.UNHEARABLE: 3}


async def test_loss_and_order_stay_visible_and_doubles_do_not(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    for sequence in (10, 11, 11, 14, 13, 10, 15):
        anna.sends(packet(sequence, str(sequence).encode()))
    await asyncio.sleep(PACKET)
    assert heard(bo) == ["10", "11", "14", "13", "15"]
    assert [each.sequence - bo.packets[0].sequence & 0xFFFF for each in bo.packets] == [0, 1, 4, 3, 5]
    figures = await engine.figures(anna.end.port)
    assert figures is not None
    assert (figures.packets_received, figures.packets_lost, figures.packets_dropped) == (5, 1, 2)


async def test_a_change_of_source_continues_the_stream(
    engine: EmbeddedEngine, network: MemoryNetwork, anna: Party, bo: Party
) -> None:
    cora = Party(network, "198.51.100.3")
    await talking(engine, anna, bo)
    await cora.joins(engine)
    await says(bo, range(3))
    engine.hear(anna.end.port, cora.end.port)
    await asyncio.sleep(1)
    await says(cora, range(500, 503), ssrc=5)
    await says(bo, range(3, 5))
    assert heard(anna) == ["0", "1", "2", "500", "501", "502"]
    assert len({each.ssrc for each in anna.packets}) == 1
    assert [each.sequence - anna.packets[0].sequence & 0xFFFF for each in anna.packets] == [0, 1, 2, 3, 4, 5]
    assert [each.marker for each in anna.packets] == [True, False, False, True, False, False]
    passed = anna.packets[3].timestamp - anna.packets[2].timestamp & 0xFFFF_FFFF
    assert passed == pytest.approx(8000 * 1.04, abs=1)


async def test_a_change_of_ssrc_continues_the_stream(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    await says(anna, range(3))
    await says(anna, range(40_000, 40_003), ssrc=78)
    await says(anna, range(40_003, 40_004), ssrc=79)
    for former in (77, 78):
        anna.sends(packet(3, b"late", ssrc=former))
    assert heard(bo) == ["0", "1", "2", "40000", "40001", "40002", "40003"]
    assert len({each.ssrc for each in bo.packets}) == 1
    assert [each.sequence - bo.packets[0].sequence & 0xFFFF for each in bo.packets] == [0, 1, 2, 3, 4, 5, 6]
    await asyncio.sleep(SETTLED)
    await says(anna, range(4, 5))
    assert heard(bo)[-1] == "4", "after silence it may be heard again"
    assert "late" not in heard(bo)


async def test_sound_goes_where_the_party_is_heard(
    engine: EmbeddedEngine, network: MemoryNetwork, anna: Party, bo: Party
) -> None:
    events: list[MediaEvent] = []
    engine.subscribe(events.append)
    await talking(engine, anna, bo)
    behind_nat = Party(network, "203.0.113.9", 31_000)
    behind_nat.end = anna.end
    await says(bo, range(1))
    await says(behind_nat, range(1))
    await says(bo, range(1, 2))
    assert (heard(anna), heard(behind_nat)) == (["0"], ["1"])
    assert events == [
        Latched(port=bo.end.port, remote=bo.address),
        Latched(port=anna.end.port, remote=behind_nat.address),
    ]


async def test_a_stranger_is_neither_heard_nor_answered(
    engine: EmbeddedEngine, network: MemoryNetwork, anna: Party, bo: Party
) -> None:
    stranger = Party(network, "203.0.113.66")
    await talking(engine, anna, bo)
    stranger.end = anna.end
    await says(anna, range(1))
    await says(stranger, range(100, 110), ssrc=666)
    await says(bo, range(1))
    assert (heard(bo), heard(anna), heard(stranger)) == (["0"], ["0"], [])
    assert engine.drops == {Drop.STRANGER: 10}


@pytest.mark.parametrize(
    ("held", "hears", "heard_by_other"),
    [({"hears": False}, 0, 1), ({"speaks": False}, 1, 0), ({"rtp": None}, 0, 1)],
)
async def test_directions_are_respected(
    engine: EmbeddedEngine, anna: Party, bo: Party, held: dict[str, object], hears: int, heard_by_other: int
) -> None:
    await talking(engine, anna, bo)
    anna.agrees(engine, **held)
    await says(anna, range(1))
    await says(bo, range(1))
    assert (len(anna.packets), len(bo.packets)) == (hears, heard_by_other)


async def test_resuming_leaves_no_gap(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    await says(bo, range(2))
    anna.agrees(engine, hears=False)
    await says(bo, range(2, 52))
    anna.agrees(engine)
    await says(bo, range(52, 54))
    assert heard(anna) == ["0", "1", "52", "53"]
    assert [each.sequence - anna.packets[0].sequence & 0xFFFF for each in anna.packets] == [0, 1, 2, 3]
    assert anna.packets[2].marker


async def test_saying_the_same_again_changes_nothing(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    await says(bo, range(2))
    anna.agrees(engine)
    engine.hear(anna.end.port, bo.end.port)
    await says(bo, range(2, 4))
    assert [each.marker for each in anna.packets] == [True, False, False, False]


async def test_one_speaker_may_have_several_hearers(
    engine: EmbeddedEngine, network: MemoryNetwork, anna: Party, bo: Party
) -> None:
    cora = Party(network, "198.51.100.3")
    await talking(engine, anna, bo)
    await cora.joins(engine)
    engine.hear(cora.end.port, anna.end.port)
    await says(anna, range(3))
    assert heard(bo) == heard(cora) == ["0", "1", "2"]
    assert bo.packets[0].ssrc != cora.packets[0].ssrc


@pytest.mark.covers("SEC-3")
async def test_hostile_datagrams_are_dropped_and_counted(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    for hostile, why in {
        b"": Drop.MALFORMED,
        b"\x80": Drop.MALFORMED,
        b"\x40" + bytes(30): Drop.MALFORMED,
        b"\x8f\x00" + bytes(20): Drop.MALFORMED,
        b"\x90\x00" + bytes(12) + b"\xff\xff": Drop.MALFORMED,
        b"\xa0\x00" + bytes(10) + b"\xff": Drop.MALFORMED,
        b"\x00\x01" + bytes(18): Drop.PROTOCOL,
        b"\x16\xfe\xfd" + bytes(60): Drop.PROTOCOL,
        b"\x80\xc8" + bytes(30): Drop.PROTOCOL,
        packet(1, payload_type=55): Drop.FORMAT,
        b"\x80\x37" + bytes(60_000): Drop.FORMAT,
    }.items():
        engine.drops.clear()
        anna.sends(hostile)
        await asyncio.sleep(PACKET)
        assert engine.drops == {why: 1}, hostile[:16]
    assert bo.packets == []
    figures = await engine.figures(anna.end.port)
    assert figures is not None
    assert (figures.packets_dropped, figures.remote) == (11, None)


async def test_extensions_are_left_off(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    anna.sends(rtp.HEADER.pack(0x91, 0, 1, 160, 77) + bytes(4) + b"\xbe\xde\x00\x01" + bytes(4) + b"sound")
    await asyncio.sleep(PACKET)
    assert heard(bo) == ["sound"]


async def test_what_cannot_be_sent_to_is_reported(engine: EmbeddedEngine, anna: Party) -> None:
    events: list[MediaEvent] = []
    engine.subscribe(events.append)
    await anna.joins(engine)
    addresses = [("phone.example", 4000), ("224.0.0.1", 4000), ("255.255.255.255", 4000), ("0.0.0.0", 4000), ("::", 4)]
    for address in (*addresses, ("ff02::1", 4000), ("192.0.2.1", 0)):
        anna.agrees(engine, rtp=Address(*address))
    assert [type(event) for event in events] == 7 * [MediaFailed]
    assert {event.port for event in events} == {anna.end.port}


async def test_ports_are_freed_and_commands_for_them_ignored(
    engine: EmbeddedEngine, network: MemoryNetwork, anna: Party, bo: Party
) -> None:
    await talking(engine, anna, bo)
    await says(anna, range(2))
    port = anna.end.port
    engine.close(port)
    assert (engine.ports_open, engine.sockets_in_use) == (1, 2)
    engine.close(port)
    anna.agrees(engine)
    engine.hear(port, bo.end.port)
    engine.hear(bo.end.port, port)
    engine.hear(PortId(4711), None)
    assert await engine.figures(port) is None
    await says(bo, range(3))
    assert heard(anna) == []
    engine.close(bo.end.port)
    assert (engine.ports_open, engine.sockets_in_use) == (0, 0)


@pytest.mark.covers("REL-5")
async def test_a_thousand_calls_leave_nothing_behind(network: MemoryNetwork, clock: VirtualClock) -> None:
    engine = engine_on(network, clock, range(20_000, 20_200))
    seen = set()
    for _ in range(1000):
        one, other = await engine.open(), await engine.open()
        seen |= {one.port, other.port}
        engine.hear(one.port, other.port)
        engine.hear(other.port, one.port)
        engine.close(one.port)
        engine.close(other.port)
        await asyncio.sleep(0.1)
    assert len(seen) == 2000, "ids are never used twice"
    assert engine.ports_open == 0
    await engine.stop()
    assert network.bound() == []


async def test_no_port_is_503(network: MemoryNetwork, clock: VirtualClock) -> None:
    engine = engine_on(network, clock, range(20_000, 20_004))
    await engine.open()
    await engine.open()
    with pytest.raises(Refused) as refused:
        await engine.open()
    assert refused.value.status == 503
    assert engine.ports_open == 2
    await engine.stop()


@pytest.mark.parametrize(
    ("toward", "told"),
    [
        (None, "203.0.113.1"),
        (Address("198.51.100.1", 4000), "203.0.113.1"),
        (Address("127.0.0.2", 4000), "127.0.0.1"),
        (Address("2001:db8::5", 4000), "2001:db8::1"),
    ],
)
async def test_the_interface_is_chosen_by_the_party(
    network: MemoryNetwork, clock: VirtualClock, toward: Address | None, told: str
) -> None:
    interfaces = [
        Interface(address=HOST, external=(External(network="0.0.0.0/0", address="203.0.113.1"),)),
        Interface(address="127.0.0.1"),
        Interface(address="2001:db8::1"),
    ]
    engine = EmbeddedEngine(network, clock=clock, interfaces=interfaces, ports=range(20_000, 20_100))
    end = await engine.open(toward=toward)
    assert (end.rtp.host, end.rtcp.host) == (told, told)
    await engine.stop()


async def test_on_all_addresses_the_party_is_told_the_one_that_reaches_it(
    network: MemoryNetwork, clock: VirtualClock
) -> None:
    engine = EmbeddedEngine(
        network, clock=clock, interfaces=[Interface(address="0.0.0.0")], ports=range(20_000, 20_100)
    )
    end = await engine.open(toward=Address("198.51.100.1", 4000))
    assert end.rtp.host == network.wildcard
    with pytest.raises(Refused):
        await engine.open(toward=Address("2001:db8::5", 4000))
    await engine.stop()
