"""What is lost is made up so that it is not noticed; and silence is not dead."""

from __future__ import annotations

import pytest

from pbxd.media.sound.conceal import ComfortNoise, Concealer
from pbxd.media.sound.pcm import FRAME, SAMPLES, SILENCE, level
from pbxd.media.sound.tones import tone
from tests.support.hearing import frequency, steepest


@pytest.mark.parametrize("pitch", [110, 203, 300, 397])
def test_one_lost_frame_goes_on_as_it_was(pitch: int) -> None:
    said = tone((pitch,), 300, -10)
    concealer = Concealer()
    heard = b""
    for number in range(15):
        frame = said[number * FRAME : (number + 1) * FRAME]
        heard += concealer.make(SAMPLES) if number == 7 else concealer.came(frame)
    assert frequency(heard) == pytest.approx(pitch, abs=4)
    assert steepest(heard) < 2 * steepest(said), "no click where it was lost, and none where it came back"
    assert level(heard[7 * FRAME : 8 * FRAME]) > -14


def test_a_long_loss_fades_away() -> None:
    concealer = Concealer()
    concealer.came(tone((200,), 200, -10))
    levels = [level(concealer.make(SAMPLES)) for _ in range(5)]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == -96


def test_comfort_noise_is_as_loud_as_the_background() -> None:
    noise = ComfortNoise()
    for _ in range(10):
        noise.heard(tone((200,), 20, -60))
    assert level(noise.make(16_000)) == pytest.approx(noise.level, abs=0.5)
    noise.heard(tone((200,), 20, -10))
    assert noise.level < -50, "a voice is no background"
    noise.heard(SILENCE)
    assert noise.make(SAMPLES) == SILENCE
