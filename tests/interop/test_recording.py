"""Recorded calls between phones that are not ours, and what is left of them when the server is killed."""

from __future__ import annotations

import json
import time
import wave
from array import array
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.interop.operator import eventually
from tests.interop.stage import Stage
from tests.interop.test_sound import two_baresips
from tests.interop.tones import ANNAS, BOS, listen

pytestmark = [pytest.mark.interop, pytest.mark.sound]

TALK = 4.0
RECORDED = {"recording": {"on": True, "announce": False}}


def recordings(stage: Stage) -> list[dict[str, Any]]:
    """What is in the list, and complete."""
    listed: list[dict[str, Any]] = json.loads(stage.server.command("recordings", "list", "--json"))
    return [row for row in listed if row["ended"] is not None]


def channels(path: Path) -> tuple[array[int], array[int], int]:
    """The caller's samples, the callee's, and their rate; the file must be one that any program reads."""
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 2
        both = array("h", file.readframes(file.getnframes()))
        return both[0::2], both[1::2], file.getframerate()


@pytest.mark.covers("CALL-8", "REL-2")
def test_a_call_that_is_recorded_when_the_server_is_killed_is_kept_up_to_a_second_before(stage: Stage) -> None:
    stage.house = replace(stage.house, settings=RECORDED)
    with two_baresips(stage) as (anna, bo):
        anna.calls("202")
        bo.answers()
        anna.waits_for("CALL_ESTABLISHED")
        eventually(lambda: stage.server.events("recording-started"), "the recording")
        time.sleep(TALK)
        stage.server.kill()
        stage.server.start()
        [row] = eventually(lambda: recordings(stage), "the recording")
    assert (row["caller"], row["callee"]) == ("anna-desk", "bo-desk")
    assert TALK - 1.0 <= row["seconds"] <= TALK + 1.5
    copy = stage.directory / "copy.wav"
    stage.server.command("recordings", "export", row["id"], str(copy))
    left, right, rate = channels(copy)
    assert len(left) / rate == pytest.approx(row["seconds"], abs=0.01)
    for samples, voice in ((left, ANNAS), (right, BOS)):
        assert listen(samples[rate // 2 :], rate, voice).worst <= 0.06, "once both are heard"
    [record] = json.loads(stage.server.command("calls", "--json"))
    assert (record["result"], record["recordings"]) == ("crashed", 1)
