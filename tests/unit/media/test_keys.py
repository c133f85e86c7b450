"""Keys as named events: recognised where the hearer has no format for them, and sent."""

from __future__ import annotations

import asyncio

import pytest

from pbxd.media.embedded import EmbeddedEngine
from pbxd.media.embedded.keyboard import MOST_WAITING
from pbxd.media.engine import Format, KeyPressed, MediaEvent
from pbxd.media.telephone_event import KEYS, Event, build, parse
from tests.support.network import MemoryNetwork
from tests.unit.media.party import EVENTS, OPUS, PCMU, Packet, Party, packet

WIDE_EVENTS = Format(payload_type=102, encoding="telephone-event", clock_rate=48000)


@pytest.mark.parametrize("key", KEYS)
def test_a_payload_says_its_key(key: str) -> None:
    event = Event(key, True, 1280)
    assert parse(build(event)) == event
    assert len(build(event)) == 4


@pytest.mark.parametrize("payload", [b"", b"\x05\x8a\x05", b"\x10\x8a\x05\x00", b"\xff\xff\xff\xff"])
def test_what_is_no_key(payload: bytes) -> None:
    assert parse(payload) is None


def test_a_duration_is_bounded() -> None:
    assert parse(build(Event("5", False, 1 << 20))) == Event("5", False, 0xFFFF)


class Told(list[KeyPressed]):
    """The keys that an engine reported."""

    def __call__(self, event: MediaEvent) -> None:
        if isinstance(event, KeyPressed):
            self.append(event)


async def pair(engine: EmbeddedEngine, network: MemoryNetwork, hears: tuple[Format, ...]) -> tuple[Party, Party, Told]:
    """One who presses keys, one who hears him in these formats, and what the engine says."""
    told = Told()
    engine.subscribe(told)
    one, other = Party(network, "192.0.2.20"), Party(network, "192.0.2.30")
    await one.joins(engine, PCMU, EVENTS)
    await other.joins(engine, *hears)
    engine.hear(one.end.port, other.end.port)
    engine.hear(other.end.port, one.end.port)
    return one, other, told


def key_packets(key: str, sequence: int, timestamp: int, *, ssrc: int = 77) -> list[bytes]:
    """A key of 80 ms, whose end comes three times."""
    durations = [160, 320, 480, 640, 640, 640]
    payloads = [build(Event(key, at >= 3, duration)) for at, duration in enumerate(durations)]
    return [
        packet(sequence + at, payload, payload_type=101, timestamp=timestamp, ssrc=ssrc)
        for at, payload in enumerate(payloads)
    ]


async def settle() -> None:
    await asyncio.sleep(0.05)


async def test_a_key_that_the_hearer_can_not_hear_is_reported_once(
    engine: EmbeddedEngine, network: MemoryNetwork
) -> None:
    one, other, told = await pair(engine, network, (PCMU,))
    one.sends(packet(1))
    for data in key_packets("5", 2, 320) + key_packets("5", 8, 2000):
        one.sends(data)
    one.sends(packet(14))
    await settle()
    assert [(event.port, event.key, event.milliseconds) for event in told] == [(one.end.port, "5", 80)] * 2
    assert [heard.payload_type for heard in other.packets] == [0, 0]
    first, second = (heard.sequence for heard in other.packets)
    assert second == first + 1 & 0xFFFF, "the keys left no gap"


async def test_one_end_of_three_is_enough(engine: EmbeddedEngine, network: MemoryNetwork) -> None:
    one, _, told = await pair(engine, network, (PCMU,))
    one.sends(key_packets("#", 2, 320)[-1])
    await settle()
    assert [event.key for event in told] == ["#"]


async def test_a_key_that_is_heard_is_not_reported(engine: EmbeddedEngine, network: MemoryNetwork) -> None:
    one, other, told = await pair(engine, network, (PCMU, EVENTS))
    for data in key_packets("5", 2, 320):
        one.sends(data)
    await settle()
    assert told == []
    assert len(other.packets) == 6


def events_of(party: Party, payload_type: int = 101) -> list[tuple[Packet, Event]]:
    found = [(each, parse(each.payload)) for each in party.packets if each.payload_type == payload_type]
    return [(each, event) for each, event in found if event is not None]


async def test_a_key_is_sent_between_the_packets_of_sound(engine: EmbeddedEngine, network: MemoryNetwork) -> None:
    one, other, _ = await pair(engine, network, (PCMU,))
    for sequence in range(3):
        other.sends(packet(sequence))
    await asyncio.sleep(0.06)
    engine.press(one.end.port, "7", 100)
    for sequence in range(3, 20):
        other.sends(packet(sequence))
        await asyncio.sleep(0.02)
    events = events_of(one)
    assert {event.key for _, event in events} == {"7"}
    assert [event.duration for _, event in events] == [160, 320, 480, 640, 800, 800, 800]
    assert [event.end for _, event in events] == [False] * 4 + [True] * 3
    assert [each.marker for each, _ in events] == [True] + [False] * 6
    assert len({each.timestamp for each, _ in events}) == 1
    assert len({each.ssrc for each in one.packets}) == 1
    numbers = [each.sequence for each in one.packets]
    assert numbers == [numbers[0] + at & 0xFFFF for at in range(len(numbers))]
    assert len(numbers) == 20 + 7
    sound = [each for each in one.packets if each.payload_type == 0]
    start = sound[0].timestamp
    assert [each.timestamp - start for each in sound] == [160 * at for at in range(20)]


async def test_keys_wait_for_each_other(engine: EmbeddedEngine, network: MemoryNetwork) -> None:
    one, _, _ = await pair(engine, network, (PCMU,))
    for key in "12":
        engine.press(one.end.port, key, 40)
    await asyncio.sleep(1)
    events = events_of(one)
    assert "".join(event.key for _, event in events) == "1" * 4 + "2" * 4
    first, second = (next(each for each, event in events if event.key == key) for key in "12")
    assert second.timestamp - first.timestamp == 160 * 7  # 4 packets and a pause of 3


@pytest.mark.parametrize("milliseconds", [-5, 0, 1])
async def test_a_key_is_never_too_short(engine: EmbeddedEngine, network: MemoryNetwork, milliseconds: int) -> None:
    one, _, _ = await pair(engine, network, (PCMU,))
    engine.press(one.end.port, "1", milliseconds)
    await asyncio.sleep(0.5)
    assert events_of(one)[-1][1].duration == 320


async def test_a_party_without_events_and_without_sound_that_we_can_make_is_sent_none(
    engine: EmbeddedEngine, network: MemoryNetwork
) -> None:
    _, other, _ = await pair(engine, network, (Format(payload_type=18, encoding="G729", clock_rate=8000),))
    for key in ("5", "x", ""):
        engine.press(other.end.port, key, 100)
    await asyncio.sleep(0.5)
    assert other.packets == []


async def test_events_have_the_clock_rate_of_the_sound(engine: EmbeddedEngine, network: MemoryNetwork) -> None:
    one, other, _ = await pair(engine, network, (OPUS,))
    one.agrees(engine, OPUS, EVENTS, WIDE_EVENTS)
    other.sends(packet(1, payload_type=111, timestamp=960))
    await settle()
    engine.press(one.end.port, "1", 40)
    await asyncio.sleep(0.5)
    assert [event.duration for _, event in events_of(one, 102)] == [960, 1920, 1920, 1920]


async def test_a_flood_of_keys_is_bounded_and_ends_with_the_port(
    engine: EmbeddedEngine, network: MemoryNetwork
) -> None:
    one, _, _ = await pair(engine, network, (PCMU,))
    for _ in range(1000):
        engine.press(one.end.port, "9", 40)
    await asyncio.sleep(MOST_WAITING)
    assert len({each.timestamp for each, _ in events_of(one)}) == MOST_WAITING
    engine.press(one.end.port, "9", 5000)
    await settle()
    already = len(one.packets)
    engine.close(one.end.port)
    await asyncio.sleep(1)
    assert len(one.packets) == already
