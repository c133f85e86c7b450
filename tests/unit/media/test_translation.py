"""Parties without a common format: what the one says is decoded and made anew, and keys are told in another form."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest

from pbxd.media.embedded import EmbeddedEngine
from pbxd.media.engine import Format, KeyPressed, MediaEvent, Translated
from pbxd.media.sound.hearing import KeyDetector
from pbxd.media.sound.pcm import FRAME, RATE, level
from pbxd.media.sound.tones import key, tone
from pbxd.media.telephone_event import KEYS, parse
from tests.support.hearing import frequency
from tests.support.network import MemoryNetwork
from tests.unit.media.listener import G722, gapless, sound, speaks
from tests.unit.media.party import EVENTS, OPUS, PCMA, PCMU, Party, packet
from tests.unit.media.test_keys import key_packets

SOUNDS = (PCMU, PCMA, G722, OPUS)
NOISE = Format(payload_type=13, encoding="CN", clock_rate=8000)


class Told(list[MediaEvent]):
    """What an engine says."""

    def keys(self) -> str:
        return "".join(each.key for each in self if isinstance(each, KeyPressed))

    def translated(self) -> list[tuple[str, str]]:
        return [(each.heard, each.made) for each in self if isinstance(each, Translated)]


@pytest.fixture
def told(engine: EmbeddedEngine) -> Told:
    told = Told()
    engine.subscribe(told.append)
    return told


async def two(
    engine: EmbeddedEngine, network: MemoryNetwork, ones: tuple[Format, ...], others: tuple[Format, ...]
) -> tuple[Party, Party]:
    one, other = Party(network, "198.51.100.1"), Party(network, "198.51.100.2")
    await one.joins(engine, *ones)
    await other.joins(engine, *others)
    engine.hear(one.end.port, other.end.port)
    engine.hear(other.end.port, one.end.port)
    return one, other


def keys_in(samples: bytes) -> str:
    detector = KeyDetector()
    whole = samples + bytes(5 * FRAME)
    frames = (whole[start : start + FRAME] for start in range(0, len(whole) - FRAME + 1, FRAME))
    return "".join(pressed for frame in frames for pressed, _ in detector.feed(frame))


@pytest.mark.parametrize(
    ("ones", "others"), list(itertools.permutations(SOUNDS, 2)), ids=lambda each: each.encoding if each else ""
)
async def test_a_tone_keeps_its_frequency_and_its_loudness(
    engine: EmbeddedEngine, network: MemoryNetwork, told: Told, ones: Format, others: Format
) -> None:
    one, other = await two(engine, network, (ones,), (others,))
    await speaks(one, tone((1000,), 1500, -18), ones)
    await asyncio.sleep(0.5)
    assert gapless(other.packets, 960 if others is OPUS else 160)
    assert len(other.packets) >= 73
    assert {each.payload_type for each in other.packets} == {others.payload_type}
    heard = sound(other.packets, others)[15 * FRAME : 65 * FRAME]
    assert frequency(heard) == pytest.approx(1000, abs=1)
    assert level(heard) == pytest.approx(-18, abs=1)
    assert told.translated() == [(ones.encoding, others.encoding)]


async def test_what_the_hearer_has_is_relayed_although_the_party_may_send_more(
    engine: EmbeddedEngine, network: MemoryNetwork, told: Told
) -> None:
    one, other = await two(engine, network, (PCMA, OPUS), (PCMA,))
    for number in range(20):
        one.sends(packet(number, b"as it is", payload_type=8))
        await asyncio.sleep(0.02)
    assert [each.payload for each in other.packets] == [b"as it is"] * 20
    assert told.translated() == []


async def test_the_way_follows_what_the_party_sends(engine: EmbeddedEngine, network: MemoryNetwork, told: Told) -> None:
    one, other = await two(engine, network, (PCMA, OPUS), (PCMA,))
    await speaks(one, tone((600,), 400, -18), PCMA)
    await speaks(one, tone((900,), 600, -18), OPUS, first=20)
    await speaks(one, tone((600,), 400, -18), PCMA, first=50)
    assert told.translated() == [("opus", "PCMA")]
    sequences = [each.sequence for each in other.packets]
    assert {after - before & 0xFFFF for before, after in itertools.pairwise(sequences)} == {1}
    assert len({each.ssrc for each in other.packets}) == 1
    assert frequency(sound(other.packets[28:44], PCMA)) == pytest.approx(900, abs=2)
    assert frequency(sound(other.packets[-15:], PCMA)) == pytest.approx(600, abs=2)


async def test_lost_packets_are_concealed(engine: EmbeddedEngine, network: MemoryNetwork) -> None:
    one, other = await two(engine, network, (PCMA,), (G722,))
    await speaks(one, tone((500,), 1500, -18), PCMA, lost=frozenset({20, 35, 50}))
    await asyncio.sleep(0.4)
    assert gapless(other.packets)
    heard = sound(other.packets, G722)
    pieces = [heard[start : start + FRAME] for start in range(8 * FRAME, 68 * FRAME, FRAME)]
    assert min(level(piece) for piece in pieces) > -28, "no hole"


async def test_hold_and_a_new_format_while_translating(
    engine: EmbeddedEngine, network: MemoryNetwork, told: Told
) -> None:
    one, other = await two(engine, network, (OPUS,), (PCMA,))
    await speaks(one, tone((500,), 400, -18), OPUS)
    other.agrees(engine, PCMA, hears=False)
    before = len(other.packets)
    await speaks(one, tone((500,), 400, -18), OPUS, first=20)
    assert len(other.packets) - before <= 1
    other.agrees(engine, PCMU)
    await speaks(one, tone((500,), 400, -18), OPUS, first=40)
    assert told.translated() == [("opus", "PCMA"), ("opus", "PCMU")]
    one.agrees(engine, PCMU)
    later = len(other.packets)
    one.sends(packet(60, b"relayed"))
    await asyncio.sleep(0.05)
    assert [each.payload for each in other.packets[later:]][-1] == b"relayed"


async def test_a_party_that_leaves_while_it_is_translated(engine: EmbeddedEngine, network: MemoryNetwork) -> None:
    one, other = await two(engine, network, (OPUS,), (PCMA,))
    both = asyncio.gather(speaks(one, tone((500,), 300, -18), OPUS), speaks(other, tone((500,), 300, -18), PCMA))
    await both
    engine.close(one.end.port)
    await speaks(other, tone((500,), 200, -18), PCMA, first=15)
    engine.close(other.end.port)
    assert engine.ports_open == 0


# Keys ----------------------------------------------------------------------------------------------------------------


async def test_events_are_told_while_sound_is_translated(
    engine: EmbeddedEngine, network: MemoryNetwork, told: Told
) -> None:
    one, other = await two(engine, network, (PCMU, EVENTS), (PCMA, EVENTS))
    await speaks(one, tone((500,), 200, -18), PCMU)
    for data in key_packets("5", 10, 1600) + key_packets("6", 16, 3200):
        one.sends(data)
        await asyncio.sleep(0.02)
    assert told.keys() == "56"
    assert not any(parse(each.payload) for each in other.packets if each.payload_type == 101)


@pytest.mark.covers("CALL-9")
@pytest.mark.parametrize("seed", [22, 32, 37])
async def test_keys_in_the_sound_are_told_and_cut_out(
    engine: EmbeddedEngine, network: MemoryNetwork, told: Told, seed: int
) -> None:
    """0-9*#ABCD at 60 ms on and 40 ms off, one packet of a hundred lost: also of keys, in the middle of their three."""
    one, other = await two(engine, network, (PCMA,), (PCMA, EVENTS))
    engine.hear(other.end.port, one.end.port, extract_keys=True)
    drawn = random.Random(seed)
    said = bytes(10 * FRAME) + b"".join(key(each, 60) + bytes(2 * FRAME) for each in KEYS * 4)
    lost = frozenset(number for number in range(len(said) // FRAME) if drawn.random() < 0.01)
    await speaks(one, said, PCMA, lost=lost)
    await asyncio.sleep(0.5)
    assert told.keys() == KEYS * 4
    assert keys_in(sound(other.packets, PCMA)) == "", "the hearer finds none in what is left"


async def test_a_voice_passes_where_keys_are_looked_for(engine: EmbeddedEngine, network: MemoryNetwork) -> None:
    one, other = await two(engine, network, (PCMA,), (PCMA, EVENTS))
    engine.hear(other.end.port, one.end.port, extract_keys=True)
    await speaks(one, tone((500,), 1000, -18), PCMA)
    await asyncio.sleep(0.3)
    heard = sound(other.packets, PCMA)[10 * FRAME : 45 * FRAME]
    assert frequency(heard) == pytest.approx(500, abs=1)
    assert level(heard) == pytest.approx(-18, abs=1)


@pytest.mark.covers("CALL-9")
@pytest.mark.parametrize("format_", SOUNDS, ids=lambda each: each.encoding)
async def test_keys_are_made_heard_to_who_takes_no_events(
    engine: EmbeddedEngine, network: MemoryNetwork, format_: Format
) -> None:
    one, other = await two(engine, network, (format_,), (format_,))
    await speaks(one, tone((500,), 500, -18), format_)
    for pressed in KEYS:
        engine.press(other.end.port, pressed, 60)
    await speaks(one, tone((500,), 3500, -18), format_, first=25)
    assert keys_in(sound(other.packets, format_)) == KEYS
    sequences = [each.sequence for each in other.packets]
    assert {after - before & 0xFFFF for before, after in itertools.pairwise(sequences)} == {1}
    assert frequency(sound(other.packets[-20:], format_)) == pytest.approx(500, abs=3), "and then the other is back"


async def test_a_key_that_is_none_is_not_made_heard(engine: EmbeddedEngine, network: MemoryNetwork) -> None:
    one, other = await two(engine, network, (PCMA,), (PCMA,))
    engine.press(other.end.port, "X", 100)
    await asyncio.sleep(0.2)
    assert other.packets == []
    for number in range(5):
        one.sends(packet(number, b"as it is", payload_type=8))
    await asyncio.sleep(0.1)
    assert len(other.packets) == 5


# Comfort noise -------------------------------------------------------------------------------------------------------


async def test_comfort_noise_is_made_at_the_level_that_was_told(engine: EmbeddedEngine, network: MemoryNetwork) -> None:
    """RFC 3389: while the party sends nothing, the hearer has soft noise and no dead line."""
    one, other = await two(engine, network, (PCMU, NOISE), (PCMA,))
    await speaks(one, tone((500,), 300, -18), PCMU)
    one.sends(packet(15, bytes([50]), payload_type=13, timestamp=15 * 160))
    await asyncio.sleep(1)
    assert gapless(other.packets)
    heard = sound(other.packets, PCMA)[-30 * FRAME :]
    assert level(heard) == pytest.approx(-47, abs=1)
    await speaks(one, tone((500,), 300, -18), PCMU, first=65)
    await asyncio.sleep(0.2)
    assert level(sound(other.packets[-12:-4], PCMA)) == pytest.approx(-18, abs=2)


async def test_a_party_that_just_pauses_is_a_pause_for_the_hearer(
    engine: EmbeddedEngine, network: MemoryNetwork
) -> None:
    one, other = await two(engine, network, (PCMU,), (PCMA,))
    await speaks(one, tone((500,), 300, -18), PCMU)
    await asyncio.sleep(1)
    first = len(other.packets)
    assert first < 30
    await speaks(one, tone((500,), 300, -18), PCMU, first=65)
    await asyncio.sleep(0.2)
    assert other.packets[first].timestamp - other.packets[first - 1].timestamp & 0xFFFF_FFFF > RATE // 4
