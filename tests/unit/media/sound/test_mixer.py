"""Each hears all others, at their level, and nobody is hurt by the sum."""

from __future__ import annotations

import pytest

from pbxd.media.sound.mixer import LOUDEST, Mixer
from pbxd.media.sound.pcm import FRAME, SILENCE, level
from pbxd.media.sound.tones import tone
from tests.support.hearing import power_at, steepest

LENGTH = 20


def party(number: int, dbfs: float = -20) -> bytes:
    """A tone of each party's own."""
    return tone((400 + 100 * number,), 20 * LENGTH, dbfs)


def mixed(said: dict[int, bytes | None]) -> dict[int, bytes]:
    mixer: Mixer[int] = Mixer()
    heard = dict.fromkeys(said, b"")
    for start in range(0, FRAME * LENGTH, FRAME):
        frames = {number: each and each[start : start + FRAME] for number, each in said.items()}
        for number, frame in mixer.mix(frames).items():
            heard[number] += frame
    return heard


@pytest.mark.parametrize("size", [3, 10, 30])
def test_each_hears_all_others_but_not_itself(size: int) -> None:
    speaking = range(3)
    heard = mixed({number: party(number) if number in speaking else None for number in range(size)})
    for number, sound in heard.items():
        for other in speaking:
            expected = -20 if other != number else -70
            if other != number:
                assert power_at(sound, 400 + 100 * other) == pytest.approx(expected, abs=0.5)
            else:
                assert power_at(sound, 400 + 100 * other) < expected


def test_one_alone_hears_nothing() -> None:
    assert mixed({1: party(1)})[1] == SILENCE * LENGTH
    assert mixed({1: None, 2: None})[2] == SILENCE * LENGTH


def test_a_loud_sum_is_turned_down_and_not_cut_off() -> None:
    heard = mixed({**{number: party(number, -4) for number in range(4)}, 9: None})[9]
    assert max(memoryview(heard).cast("h")) <= 29_000
    settled = heard[FRAME * 5 :]
    levels = [power_at(settled, 400 + 100 * number) for number in range(4)]
    assert max(levels) - min(levels) < 1
    assert power_at(settled, 300) < -45, "no distortion"
    assert power_at(settled, 900) < -45


def test_the_noise_of_many_does_not_add_up() -> None:
    heard = mixed({**{number: party(number, -56) for number in range(20)}, 30: party(3)})
    assert level(heard[0]) == pytest.approx(-20, abs=0.5)
    assert power_at(heard[0], 600) < -50


def test_a_whisper_is_heard_by_its_hearers_only() -> None:
    mixer: Mixer[int] = Mixer()
    heard: dict[int, bytes] = dict.fromkeys(range(4), b"")
    for at in range(0, FRAME * LENGTH, FRAME):
        frames = {number: party(number)[at : at + FRAME] for number in (1, 2, 3)} | {0: None}
        for number, frame in mixer.mix(frames, {3: frozenset({1})}).items():
            heard[number] += frame
    tones = {who: [power_at(sound, 400 + 100 * number) > -40 for number in (1, 2, 3)] for who, sound in heard.items()}
    assert tones == {0: [1, 1, 0], 1: [0, 1, 1], 2: [1, 0, 0], 3: [1, 1, 0]}


def test_no_more_than_the_loudest_are_mixed() -> None:
    mixer: Mixer[int] = Mixer()
    frames = {number: party(number, -10 - number)[:FRAME] for number in range(LOUDEST + 4)}
    mixer.mix(frames)
    assert mixer.speaking == frozenset(range(LOUDEST))


def test_joining_and_leaving_makes_no_click() -> None:
    mixer: Mixer[int] = Mixer()
    one = party(1)
    heard = b""
    for number in range(LENGTH):
        frame = one[number * FRAME : (number + 1) * FRAME]
        frames: dict[int, bytes | None] = {1: frame, 2: None}
        if number % 3 == 0:
            frames[3] = SILENCE
        heard += mixer.mix(frames)[2]
    assert steepest(heard) <= steepest(one) + 2
