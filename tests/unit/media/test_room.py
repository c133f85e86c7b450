"""What the engine plays, mixes, records and listens for, as parties hear it over RTP."""

from __future__ import annotations

import asyncio
import os
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pbxd.media.embedded import EmbeddedEngine
from pbxd.media.engine import (
    Ending,
    Format,
    KeyPressed,
    MediaEvent,
    Played,
    Quiet,
    Recorded,
    Spoke,
    ToneHeard,
)
from pbxd.media.sound.pcm import FRAME, RATE, level
from pbxd.media.sound.tones import key, tone
from pbxd.media.sound.wav import WavFile
from pbxd.media.sounds import Detection, File, Key, MixId, Pause, Programme, Recording, Tone
from pbxd.media.telephone_event import KEYS
from tests.support.hearing import frequency, power_at
from tests.support.network import MemoryNetwork
from tests.unit.media.listener import G722, gapless, sound, speaks
from tests.unit.media.party import EVENTS, OPUS, PCMA, PCMU, Party, packet, talking

BEEP = Tone(frequencies=(1000,), milliseconds=500, level=-20)


@pytest.fixture
def party(network: MemoryNetwork) -> Callable[[], Party]:
    hosts = iter(range(1, 200))
    return lambda: Party(network, f"198.51.100.{next(hosts)}")


@pytest.fixture
def told(engine: EmbeddedEngine) -> list[MediaEvent]:
    events: list[MediaEvent] = []
    engine.subscribe(events.append)
    return events


def of_kind(kind: type, events: list[MediaEvent]) -> list[MediaEvent]:
    return [each for each in events if isinstance(each, kind)]


def a_file(path: Path, samples: bytes) -> File:
    file = WavFile(path, rate=RATE, channels=1)
    file.append(samples)
    file.close()
    return File(path=str(path))


@pytest.mark.parametrize("format_", [PCMU, PCMA, G722, OPUS], ids=lambda each: each.encoding)
async def test_a_programme_is_heard_without_a_gap(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent], tmp_path: Path, format_: Format
) -> None:
    anna = party()
    await anna.joins(engine, format_)
    prompt = a_file(tmp_path / "prompt.wav", tone((600,), 2500, -18))
    engine.play(anna.end.port, Programme(ticket=7, sounds=(prompt, Pause(milliseconds=100), BEEP)))
    await asyncio.sleep(4)
    assert told == [Played(port=anna.end.port, ticket=7)]
    assert len(anna.packets) == 155
    assert gapless(anna.packets, 960 if format_ is OPUS else 160)
    assert [each.marker for each in anna.packets] == [True] + 154 * [False]
    assert {each.payload_type for each in anna.packets} == {format_.payload_type}
    heard = sound(anna.packets, format_)
    assert frequency(heard[10 * FRAME : 120 * FRAME]) == pytest.approx(600, abs=1)
    assert level(heard[10 * FRAME : 120 * FRAME]) == pytest.approx(-18, abs=0.5)
    assert frequency(heard[-20 * FRAME : -3 * FRAME]) == pytest.approx(1000, abs=1)


async def test_what_is_repeated_has_no_seam(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent], tmp_path: Path
) -> None:
    anna = party()
    await anna.joins(engine, PCMA)
    steps = np.arange(RATE // 2) / RATE  # whole periods: its end fits its beginning
    whole = (8000 * np.sin(2 * np.pi * 500 * steps)).astype(np.int16).tobytes()
    engine.play(anna.end.port, Programme(ticket=1, sounds=(a_file(tmp_path / "music.wav", bytes(whole)),), repeat=True))
    await asyncio.sleep(3)
    heard = sound(anna.packets, PCMA)[5 * FRAME :]
    assert len(anna.packets) >= 148
    assert power_at(heard, 500) == pytest.approx(-12.2, abs=0.2)
    residue = level(heard) - power_at(heard, 500)
    assert abs(residue) < 0.05, "nothing but the tone"
    assert told == []


async def test_the_latest_thing_to_be_heard_counts_in_one_stream(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent]
) -> None:
    anna, bo = party(), party()
    await talking(engine, anna, bo, PCMA)
    await speaks(bo, tone((300,), 100))
    engine.play(anna.end.port, Programme(ticket=1, sounds=(Tone(frequencies=(1000,), milliseconds=9000),)))
    await speaks(bo, tone((300,), 500), first=5)
    engine.hear(anna.end.port, bo.end.port)
    await speaks(bo, tone((300,), 500), first=30)
    assert of_kind(Played, told) == []
    assert len({each.ssrc for each in anna.packets}) == 1
    assert [each.sequence - anna.packets[0].sequence & 0xFFFF for each in anna.packets] == list(
        range(len(anna.packets))
    )
    starts = [number for number, each in enumerate(anna.packets) if each.marker]
    assert len(starts) == 3
    heard = [
        sound(anna.packets[begin:end], PCMA)[2 * FRAME :]
        for begin, end in zip(starts, (*starts[1:], None), strict=True)
    ]
    assert [round(frequency(each), -1) for each in heard] == [300, 1000, 300]


async def test_a_prompt_stands_still_on_hold_and_follows_a_new_format(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent]
) -> None:
    anna = party()
    await anna.joins(engine, PCMA)
    engine.play(anna.end.port, Programme(ticket=1, sounds=(Tone(frequencies=(800,), milliseconds=2000),)))
    await asyncio.sleep(0.5)
    anna.agrees(engine, PCMA, hears=False)
    await asyncio.sleep(5)
    before = len(anna.packets)
    assert before == pytest.approx(25, abs=1)
    anna.agrees(engine, G722)
    await asyncio.sleep(2)
    assert len(anna.packets) == 100
    assert {each.payload_type for each in anna.packets[before:]} == {9}
    assert frequency(sound(anna.packets[before:], G722)) == pytest.approx(800, abs=1)
    assert told == [Played(port=anna.end.port, ticket=1)]


async def test_what_cannot_be_played_is_told_and_harms_nothing(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent]
) -> None:
    anna = party()
    await anna.joins(engine, PCMA)
    engine.play(anna.end.port, Programme(ticket=3, sounds=(BEEP, File(path="/nonexistent/hello.wav"))))
    engine.play(anna.end.port, Programme(ticket=4, sounds=(BEEP, File(path="/nonexistent/hello.wav"))))
    await asyncio.sleep(1)
    (played,) = told
    assert isinstance(played, Played)
    assert played.ticket == 4
    assert "/nonexistent/hello.wav" in played.problem
    engine.play(anna.end.port, Programme(ticket=5, sounds=()))
    await asyncio.sleep(1)
    assert told[1:] == [Played(port=anna.end.port, ticket=5)]


async def test_hundreds_of_players_keep_their_pace(
    engine: EmbeddedEngine, network: MemoryNetwork, party: Callable[[], Party]
) -> None:
    parties = [party() for _ in range(40)]
    for each in parties:
        await each.joins(engine, PCMA)
        engine.play(each.end.port, Programme(ticket=1, sounds=(BEEP,)))
        await asyncio.sleep(0.0011)
    await asyncio.sleep(1)
    for each in parties:
        assert len(each.packets) == 25
        assert gapless(each.packets)


async def test_three_in_a_room_hear_each_other_across_formats(
    engine: EmbeddedEngine, party: Callable[[], Party]
) -> None:
    formats = (PCMU, G722, OPUS)
    parties = [party() for _ in formats]
    for each, format_ in zip(parties, formats, strict=True):
        await each.joins(engine, format_)
        engine.mix(each.end.port, MixId(1))
    async with asyncio.TaskGroup() as tasks:
        for number, (each, format_) in enumerate(zip(parties, formats, strict=True)):
            tasks.create_task(speaks(each, tone((500 + 200 * number,), 1500, -20), format_))
    for number, (each, format_) in enumerate(zip(parties, formats, strict=True)):
        assert gapless(each.packets, 960 if format_ is OPUS else 160)
        heard = sound(each.packets, format_)[20 * FRAME : 60 * FRAME]
        for other in range(3):
            power = power_at(heard, 500 + 200 * other)
            assert power < -60 if other == number else power == pytest.approx(-20, abs=1)


async def test_a_slow_a_lossy_and_a_silent_party_spoil_nothing(
    engine: EmbeddedEngine, party: Callable[[], Party]
) -> None:
    anna, bo, cora, silent = (party() for _ in range(4))
    for each in (anna, bo, cora, silent):
        await each.joins(engine, PCMA)
        engine.mix(each.end.port, MixId(1))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(speaks(bo, tone((500,), 1500, -20)))
        tasks.create_task(speaks(cora, tone((800,), 1500, -20), lost=frozenset(range(0, 75, 3))))
    heard = sound(anna.packets, PCMA)[20 * FRAME : 60 * FRAME]
    assert gapless(anna.packets)
    assert power_at(heard, 500) == pytest.approx(-20, abs=0.7)
    assert power_at(heard, 800) == pytest.approx(-20, abs=2.5)
    engine.close(cora.end.port)
    engine.hear(bo.end.port, None)
    await asyncio.sleep(0.1)
    count = len(bo.packets)
    await asyncio.sleep(0.2)
    assert len(bo.packets) == count
    assert len(silent.packets) >= 80


async def test_a_recording_holds_both_sides_of_a_relayed_call(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent], tmp_path: Path
) -> None:
    anna, bo = party(), party()
    await talking(engine, anna, bo, PCMA)
    path = tmp_path / "call.wav"
    engine.record(anna.end.port, Recording(ticket=1, path=str(path), beside=bo.end.port))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(speaks(anna, tone((500,), 3000, -20)))
        tasks.create_task(speaks(bo, tone((900,), 3000, -20)))
        await asyncio.sleep(2)
        with wave.open(str(path)) as so_far:
            assert so_far.getnframes() / RATE > 1.2, "what there is, is on disk at any moment"
    recorded = await engine.end_recording(anna.end.port)
    assert recorded is not None
    assert (recorded.port, recorded.ticket, recorded.ending) == (anna.end.port, 1, Ending.ASKED)
    assert recorded.seconds == pytest.approx(3, abs=0.05)
    with wave.open(str(path)) as read:
        assert read.getnchannels() == 2
        both = np.frombuffer(read.readframes(RATE * 9), np.int16).reshape(-1, 2)
    for channel, tone_ in ((0, 500), (1, 900)):
        said = bytes(both[RATE // 4 : RATE * 2, channel].tobytes())
        assert frequency(said) == pytest.approx(tone_, abs=1)
        assert level(said) == pytest.approx(-20, abs=0.5)
    assert len(bo.packets) == 150, "the relay goes on as it was"
    assert bo.packets[40].payload == packet(0, bo.packets[40].payload)[12:]
    assert await engine.end_recording(anna.end.port) is None
    assert of_kind(Recorded, told) == []


async def test_a_recording_ends_after_silence_or_its_length(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent], tmp_path: Path
) -> None:
    anna = party()
    await anna.joins(engine, PCMA)
    engine.record(anna.end.port, Recording(ticket=1, path=str(tmp_path / "a.wav"), quiet=2, longest=60))
    await speaks(anna, tone((500,), 1000, -20))
    await asyncio.sleep(3)
    engine.record(anna.end.port, Recording(ticket=2, path=str(tmp_path / "b.wav"), longest=0.5))
    await asyncio.sleep(1)
    engine.record(anna.end.port, Recording(ticket=3, path=str(tmp_path / "missing" / "c.wav")))
    await asyncio.sleep(1)
    recorded = of_kind(Recorded, told)
    assert [(each.ticket, each.ending) for each in recorded if isinstance(each, Recorded)] == [
        (1, Ending.SILENCE),
        (2, Ending.LENGTH),
        (3, Ending.FAILED),
    ]
    assert isinstance(recorded[0], Recorded)
    assert recorded[0].seconds == pytest.approx(3.1, abs=0.1)


async def test_closing_a_port_completes_its_recording(
    engine: EmbeddedEngine, party: Callable[[], Party], tmp_path: Path
) -> None:
    anna = party()
    await anna.joins(engine, PCMA)
    engine.record(anna.end.port, Recording(ticket=1, path=str(tmp_path / "a.wav")))
    await speaks(anna, tone((500,), 700, -20))
    engine.close(anna.end.port)
    await engine.stop()
    with wave.open(str(tmp_path / "a.wav")) as read:
        assert read.getnframes() / RATE == pytest.approx(0.7, abs=0.05)


async def test_keys_in_the_sound_are_heard_where_no_events_were_agreed(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent]
) -> None:
    anna = party()
    await anna.joins(engine, PCMA)
    engine.detect(anna.end.port, Detection(keys=True))
    said = b"".join(key(each, 60) + bytes(FRAME * 2) for each in KEYS)
    await speaks(anna, bytes(FRAME * 5) + said + bytes(FRAME * 10), lost=frozenset({31}))
    pressed = of_kind(KeyPressed, told)
    assert "".join(each.key for each in pressed if isinstance(each, KeyPressed)) == KEYS


async def test_events_are_heard_though_nobody_else_listens_and_once(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent]
) -> None:
    anna, bo = party(), party()
    await talking(engine, anna, bo, PCMA)
    anna.agrees(engine, PCMA, EVENTS)
    engine.detect(anna.end.port, Detection(keys=True))
    for sequence in range(3):
        anna.sends(packet(sequence, bytes([5, 0x8A, 3, 32]), payload_type=101, timestamp=160))
    engine.hear(bo.end.port, None)
    for sequence in range(3, 6):
        anna.sends(packet(sequence, bytes([6, 0x8A, 3, 32]), payload_type=101, timestamp=1600))
    await asyncio.sleep(0.1)
    engine.detect(anna.end.port, Detection())
    anna.sends(packet(6, bytes([7, 0x8A, 3, 32]), payload_type=101, timestamp=3200))
    await asyncio.sleep(0.1)
    assert of_kind(KeyPressed, told) == [
        KeyPressed(port=anna.end.port, key=pressed, milliseconds=100) for pressed in "56"
    ]


async def test_keys_can_be_played_as_sound(engine: EmbeddedEngine, party: Callable[[], Party]) -> None:
    anna = party()
    await anna.joins(engine, PCMA)
    engine.play(anna.end.port, Programme(ticket=1, sounds=(Key(key="9", milliseconds=100),)))
    await asyncio.sleep(0.3)
    heard = sound(anna.packets, PCMA)[FRAME:-FRAME]
    assert power_at(heard, 852) == pytest.approx(-10, abs=1)
    assert power_at(heard, 1477) == pytest.approx(-10, abs=1)


async def test_silence_voices_and_tones_are_told(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent]
) -> None:
    anna = party()
    await anna.joins(engine, PCMA)
    engine.detect(anna.end.port, Detection(quiet=1, tones=(1100,)))
    await speaks(anna, bytes(FRAME * 20) + tone((1100,), 600, -15))
    await asyncio.sleep(2.5)
    kinds = [each for each in told if isinstance(each, Quiet | Spoke | ToneHeard)]
    assert [type(each) for each in kinds] == [Spoke, ToneHeard, Quiet, Quiet]
    assert [round(each.quiet_for) for each in kinds if isinstance(each, Quiet)] == [1, 2]
    assert kinds[1] == ToneHeard(port=anna.end.port, frequency=1100)


async def test_commands_for_closed_ports_are_ignored(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent], tmp_path: Path
) -> None:
    anna = party()
    await anna.joins(engine, PCMA)
    port = anna.end.port
    engine.play(port, Programme(ticket=1, sounds=(BEEP,)))
    engine.mix(port, MixId(1))
    engine.detect(port, Detection(keys=True))
    engine.close(port)
    engine.play(port, Programme(ticket=1, sounds=(BEEP,)))
    engine.mix(port, MixId(1))
    engine.record(port, Recording(ticket=1, path=str(tmp_path / "a.wav")))
    engine.detect(port, Detection(keys=True))
    assert await engine.end_recording(port) is None
    await asyncio.sleep(1)
    assert anna.packets == []
    assert told == []
    assert not os.listdir(tmp_path)  # noqa: PTH208


class BrokenDecoder:
    """A codec with a bug."""

    def units(self, payload: bytes) -> int:
        return len(payload)

    def decode(self, payload: bytes) -> bytes:
        raise RuntimeError("broken")


async def test_a_bug_in_a_decoder_fails_its_port_only(
    engine: EmbeddedEngine, party: Callable[[], Party], told: list[MediaEvent]
) -> None:
    anna, bo = party(), party()
    await talking(engine, anna, bo, PCMA)
    engine.detect(anna.end.port, Detection(quiet=1))
    assert engine._studio is not None
    ear, _ = engine._studio._ears[anna.end.port]
    ear._decoders[PCMA] = BrokenDecoder()
    await speaks(anna, tone((500,), 400))
    assert [each.port for each in told if type(each).__name__ == "MediaFailed"] == [anna.end.port]
    assert len(bo.packets) == 20
