"""Keys, tones and silence are found where they are, and nowhere else."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from pbxd.media.sound.hearing import KeyDetector, SilenceDetector, ToneDetector
from pbxd.media.sound.pcm import FRAME, RATE, SILENCE, level
from pbxd.media.sound.tones import PAIRS, key, tone
from pbxd.media.telephone_event import KEYS


def frames(samples: bytes) -> Iterator[bytes]:
    for start in range(0, len(samples) - FRAME + 1, FRAME):
        yield samples[start : start + FRAME]


def keys_in(samples: bytes) -> str:
    detector = KeyDetector()
    return "".join(pressed for frame in frames(samples + SILENCE * 5) for pressed, _ in detector.feed(frame))


def pause(milliseconds: int) -> bytes:
    return bytes(RATE * milliseconds // 1000 * 2)


def noise(seconds: float, dbfs: float, seed: int = 1) -> bytes:
    power = 32_768 / 2**0.5 * 10 ** (dbfs / 20)
    drawn = np.random.default_rng(seed).standard_normal(int(RATE * seconds)) * power
    return bytes(drawn.clip(-32_768, 32_767).astype(np.int16).tobytes())


def fainter(samples: bytes, dbfs: float) -> bytes:
    return bytes((np.frombuffer(samples, np.int16) * 10 ** (dbfs / 20)).astype(np.int16).tobytes())


def both(one: bytes, other: bytes) -> bytes:
    length = min(len(one), len(other)) // 2 * 2
    mixed = np.frombuffer(one[:length], np.int16).astype(int) + np.frombuffer(other[:length], np.int16)
    return bytes(mixed.clip(-32_768, 32_767).astype(np.int16).tobytes())


@pytest.mark.parametrize("shift", [0, 3, 7, 13])
@pytest.mark.parametrize("dbfs", [0, -20])
def test_every_key_once_at_60_ms_on_and_40_off(shift: int, dbfs: int) -> None:
    said = pause(shift) + b"".join(key(each, 60) + pause(40) for each in KEYS + "1122##")
    assert keys_in(fainter(said, dbfs)) == KEYS + "1122##"


def test_a_key_is_told_with_its_length_and_never_twice() -> None:
    detector = KeyDetector()
    found = [each for frame in frames(key("5", 500) + pause(60)) for each in detector.feed(frame)]
    assert [pressed for pressed, _ in found] == ["5"]
    assert found[0][1] == pytest.approx(500, abs=15)


def test_keys_are_heard_through_noise_and_with_tones_of_different_strength() -> None:
    said = b"".join(key(each, 80) + pause(60) for each in KEYS)
    assert keys_in(both(said, noise(3, -28))) == KEYS
    twisted = b"".join(
        both(tone((PAIRS[each][0],), 80, -16), tone((PAIRS[each][1],), 80, -10)) + pause(60) for each in KEYS
    )
    assert keys_in(twisted) == KEYS


@pytest.mark.parametrize("sign", [-1, 1])
def test_tones_beside_those_of_a_key_are_none(sign: int) -> None:
    """ITU-T Q.24: what is off by 1.5 % is a key, what is off by 3.5 % is none."""
    near, far = 1 + sign * 0.015, 1 + sign * 0.035
    for pressed, (row, column) in PAIRS.items():
        assert keys_in(tone((row * near, column * near), 100, -10)) == pressed
        assert keys_in(tone((row * far, column * far), 100, -10)) == ""


def voice(seconds: float, seed: int) -> bytes:
    """What vowels are made of: many harmonics of a gliding pitch under moving formants."""
    drawn = random.Random(seed)
    times = np.arange(int(RATE * seconds)) / RATE
    pitch = drawn.uniform(90, 240) * (1 + 0.15 * np.sin(2 * np.pi * drawn.uniform(0.4, 2) * times))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    formants = [drawn.uniform(*span) for span in ((300, 900), (900, 2200), (2200, 3200))]
    wave = np.zeros_like(times)
    for harmonic in range(1, 30):
        at = harmonic * float(pitch.mean())
        weight = sum(1 / (1 + ((at - formant) / 120) ** 2) for formant in formants)
        wave += weight * np.sin(harmonic * phase)
    envelope = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * times)
    return bytes((wave / np.abs(wave).max() * envelope * 20_000).astype(np.int16).tobytes())


def test_voices_and_noise_press_no_keys() -> None:
    assert "".join(keys_in(voice(3, seed)) for seed in range(10)) == ""
    assert keys_in(noise(5, -10)) == ""
    assert keys_in(tone((425,), 2000)) == ""


def test_a_tone_is_told_once_each_time() -> None:
    detector = ToneDetector(1100, 400)
    said = tone((1100,), 300) + pause(200) + tone((1100,), 1000) + pause(200) + tone((1180,), 600)
    told = [number for number, frame in enumerate(frames(said)) if detector.feed(frame)]
    assert len(told) == 1
    assert told[0] * 0.02 == pytest.approx(0.5 + 0.4, abs=0.04)


def test_silence_is_what_is_quieter_than_a_voice_over_its_own_noise() -> None:
    detector = SilenceDetector()
    for frame in frames(noise(2, -45)):
        detector.feed(frame)
    assert not detector.spoke or detector.quiet_for > 1
    for frame in frames(both(voice(1, 3), noise(1, -45))):
        detector.feed(frame)
    assert detector.spoke
    assert detector.quiet_for < 0.4
    for frame in frames(noise(3, -45)):
        detector.feed(frame)
    assert detector.quiet_for == pytest.approx(3, abs=0.5)


def test_levels_are_those_of_sines() -> None:
    assert level(tone((1000,), 1000, -12)) == pytest.approx(-12, abs=0.1)
    assert level(SILENCE) == -96
