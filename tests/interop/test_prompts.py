"""What callers are told, over real sockets: a phone that is not ours hears the words, whole and without a gap."""

from __future__ import annotations

import time
from array import array
from dataclasses import replace
from pathlib import Path

import pytest

from pbxd.media.sound import files
from pbxd.speech.engines.engine import SpeechConfig
from pbxd.speech.narrator import Narrator
from tests.interop.baresip import BARESIP, Baresip
from tests.interop.stage import Stage
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
    narrator = Narrator(SpeechConfig(engine="espeak"))
    narrator.make(tmp_path / "said.wav", WORDS, "en")
    narrator.stop()
    said = files.read(tmp_path / "said.wav")
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
        anna.calls("290")
        anna.waits_for("CALL_ESTABLISHED")
        time.sleep(len(said) / 2 / 16_000 + 1)
        anna.hangs_up()
        samples, rate = anna.heard()
    finally:
        anna.stop()
    # As much of it as there is of anything: a piece that was lost or late would not fit to the rest.
    assert likeness(_at_sixteen(samples, rate), said) > 0.9


def _at_sixteen(samples: array[int], rate: int) -> bytes:
    """At 16 kHz, by the simplest means."""
    return array("h", [samples[at * rate // 16_000] for at in range(len(samples) * 16_000 // rate)]).tobytes()
