"""What callers are told, over real sockets: a phone that is not ours hears the words, whole and without a gap."""

from __future__ import annotations

import time
from array import array
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pbxd.media.sound import files
from pbxd.speech.engines.engine import SpeechConfig
from pbxd.speech.narrator import Narrator
from tests.interop.baresip import BARESIP, Baresip
from tests.interop.stage import Stage
from tests.interop.test_hold_music import beginning, piece
from tests.interop.tones import ANNAS
from tests.support.hearing import likeness
from tests.unit.speech.test_voices import speaks

pytestmark = [pytest.mark.interop, pytest.mark.sound]

WORDS = "You have reached the house. Nobody is at home today, but we will be back tomorrow."
MENU = {"name": "door", "number": "290", "prompt": {"say": WORDS}, "options": {"1": "202"}}


@pytest.mark.covers("SND-3")
@speaks
@pytest.mark.parametrize("codec", ["pcma/8000/1", "g722/16000/1"])
def test_a_phone_hears_the_words(stage: Stage, codec: str, tmp_path: Path) -> None:
    if BARESIP is None:
        pytest.skip("baresip (Debian package baresip-core) is not installed")
    stage.house = replace(stage.house, organization={"ivrs": [MENU]})
    said = spoken(tmp_path)
    samples, rate = heard(stage, "290", len(said) / 2 / 16_000 + 1, codec)
    # As much of it as there is of anything: a piece that was lost or late would not fit to the rest.
    assert likeness(_at_sixteen(samples, rate), said) > 0.9


@pytest.mark.covers("QUE-7")
@speaks
def test_who_waits_in_a_queue_hears_the_welcome_and_then_music(stage: Stage, tmp_path: Path) -> None:
    if BARESIP is None:
        pytest.skip("baresip (Debian package baresip-core) is not installed")
    sounds = [{"name": "hello", "languages": {"en": {"say": WORDS}}}]
    queue = {
        "name": "support",
        "number": "250",
        "agents": [{"user": "bo"}],
        "prompts": {"welcome": "hello", "music": "calm"},
    }
    stage.house = replace(stage.house, organization={"sounds": sounds, "queues": [queue]})
    said, music = spoken(tmp_path), piece(stage)
    seconds = len(said) / 2 / 16_000
    samples, rate = heard(stage, "250", seconds + 4, "pcma/8000/1")
    ended = int(seconds * rate)
    assert likeness(_at_sixteen(samples[:ended], rate), said) > 0.9
    _, share = beginning(np.array(samples[ended:]) / 32_768, music)
    assert share > 0.9


def spoken(directory: Path) -> bytes:
    """The words, as the server has them said; at 16 kHz."""
    narrator = Narrator(SpeechConfig(engine="espeak"))
    narrator.make(directory / "said.wav", WORDS, "en")
    narrator.stop()
    return files.read(directory / "said.wav")


def heard(stage: Stage, number: str, seconds: float, codec: str) -> tuple[array[int], int]:
    """What Anna's phone hears who calls a number, and its rate."""
    anna = Baresip(
        "anna-desk",
        ANNAS,
        host=stage.place(),
        registrar=stage.server.address,
        directory=stage.directory / "anna-desk",
        codec=codec,
    )
    try:
        anna.registers()
        anna.calls(number)
        anna.waits_for("CALL_ESTABLISHED")
        time.sleep(seconds)
        anna.hangs_up()
        return anna.heard()
    finally:
        anna.stop()


def _at_sixteen(samples: array[int], rate: int) -> bytes:
    """At 16 kHz, by the simplest means."""
    return array("h", [samples[at * rate // 16_000] for at in range(len(samples) * 16_000 // rate)]).tobytes()
