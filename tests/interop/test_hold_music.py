"""A phone that is not ours is put on hold, and hears music: at once, as it was written, and without a gap."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pbxd.media.sound import files
from pbxd.media.sound.pcm import RATE
from pbxd.media.sound.resample import Resampler
from pbxd.speech.music import EDITION
from tests.interop.stage import Stage
from tests.interop.test_menus import gap
from tests.interop.test_sound import two_baresips

pytestmark = [pytest.mark.interop, pytest.mark.sound]

HEARD_AT = 8000
WAITS = 3.0
"""Seconds on hold."""
Wave = np.ndarray[Any, Any]


def piece(stage: Stage) -> Wave:
    """What there is to hear first, at 8 kHz, put where the server has it from; that makes it when it is idle."""
    made = stage.directory / "server" / "var" / "prompts" / "made"
    made.mkdir(parents=True)
    path = made / f"music-calm-{EDITION}.wav"
    subprocess.run([sys.executable, "-m", "pbxd.speech.music", "calm", str(path)], check=True)
    samples = Resampler(RATE, HEARD_AT).feed(files.read(path))
    return np.frombuffer(samples, np.int16)[: int((WAITS - 0.5) * HEARD_AT)] / 32_768


def beginning(heard: Wave, music: Wave) -> tuple[int, float]:
    """At which sample it begins, and how much of what is heard from there on it is: 1 is all."""
    at = int(np.correlate(heard, music, "valid").argmax())
    found = heard[at : at + len(music)]
    return at, float(np.dot(found, music) / (np.linalg.norm(found) * np.linalg.norm(music)))


@pytest.mark.covers("CALL-2", "SND-4")
def test_who_is_put_on_hold_hears_music(stage: Stage) -> None:
    """Anna speaks all the time, so that what is not she, and not music, is a gap."""
    stage.house = replace(stage.house, settings={"music_on_hold": "calm"})
    music = piece(stage)
    with two_baresips(stage) as (anna, bo):
        anna.calls("202")
        bo.answers()
        anna.waits_for("CALL_ESTABLISHED")
        time.sleep(1.5)
        anna.holds()
        time.sleep(WAITS)
        bo.hangs_up()
        anna.waits_for("CALL_CLOSED")
        samples, rate = bo.heard()
    assert rate == HEARD_AT
    heard = np.array(samples) / 32_768
    at, likeness = beginning(heard, music)
    assert likeness > 0.95
    assert gap(heard[at : at + len(music)], music) <= 0.04
    assert abs(20 * np.log10(np.linalg.norm(heard[at : at + len(music)]) / np.linalg.norm(music))) < 1.0, "decibels"
    spoken = np.flatnonzero(np.abs(heard[:at]) > 0.1)
    assert (at - spoken[-1]) / rate <= 0.2, "seconds between Anna's last sound and the first of the music"
