"""A menu over real sockets: an independent phone hears the prompt as it was made, and presses keys in three forms."""

from __future__ import annotations

import asyncio
from array import array
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pbxd.media.sound import files
from pbxd.media.sound.pcm import RATE
from pbxd.media.sound.resample import Resampler
from tests.interop.stage import Stage
from tests.interop.tones import ANNAS, BOS, listen

if TYPE_CHECKING:
    from tests.interop.agent import Form

pytestmark = [pytest.mark.interop, pytest.mark.sound]
pytest.importorskip("espeakng_loader", reason="the extra pbxd[tts] is not installed")

MENU = {
    "ivrs": [
        {
            "name": "main",
            "number": "260",
            "prompt": {"say": "Welcome. For Bo, please press one."},
            "options": {"1": "202"},
            "timeout": {"seconds": 9},
        }
    ],
}
FRAME = 160
"""Samples of 20 ms."""
AUDIBLE = 10 ** (-40 / 20)


@pytest.fixture
def spoken(stage: Stage) -> Stage:
    """A stage whose house has a menu."""
    stage.house = replace(stage.house, organization=MENU)
    return stage


def made(stage: Stage) -> np.ndarray[Any, Any]:
    """The prompt as the server has it, at 8 kHz."""
    (path,) = Path(stage.server.config).parent.glob("var/prompts/made/*.wav")
    samples = Resampler(RATE, 8000).feed(files.read(path))
    return np.frombuffer(samples, np.int16) / 32_768


def assert_said(heard: array[int], prompt: np.ndarray[Any, Any]) -> None:
    """What was heard is the prompt: in full, as loud, without a gap, not clipped, and nothing else."""
    wave = np.array(heard) / 32_768
    assert abs(len(wave) - len(prompt)) < 0.1 * 8000, "as long"
    # Upside down is as good: nobody hears it, and aiortp's A-law is.
    lag = int(np.abs(np.correlate(wave, prompt, "full")).argmax()) - len(prompt) + 1
    aligned = np.pad(wave, (max(0, -lag), len(prompt)))[max(0, lag) :][: len(prompt)]
    likeness = np.dot(aligned, prompt) / (np.linalg.norm(aligned) * np.linalg.norm(prompt))
    assert abs(likeness) > 0.98
    assert abs(20 * np.log10(np.linalg.norm(aligned) / np.linalg.norm(prompt))) < 1.0, "decibels"
    assert np.abs(wave).max() < 0.98, "clipped"
    assert gap(aligned, prompt) <= 0.04


def gap(heard: np.ndarray[Any, Any], prompt: np.ndarray[Any, Any]) -> float:
    """Seconds of the longest piece that is missing where the prompt can be heard."""
    frames = len(prompt) // FRAME
    loud, came = (np.sqrt((one[: frames * FRAME].reshape(frames, FRAME) ** 2).mean(axis=1)) for one in (prompt, heard))
    longest = run = 0
    for missing in (loud > AUDIBLE) & (came < loud / 4):
        run = run + 1 if missing else 0
        longest = max(longest, run)
    return longest * 0.02


@pytest.mark.covers("IVR-1", "SND-3")
@pytest.mark.parametrize("form", ["event", "info", "sound"])
async def test_the_prompt_is_heard_and_a_key_leads_to_bo(spoken: Stage, form: Form) -> None:
    from tests.interop.agent import Agent  # skips where its libraries are not installed

    async with AsyncExitStack() as stack:
        agents = []
        for device, voice in (("anna-desk", ANNAS), ("bo-desk", BOS)):
            agent = Agent(device, voice, host=spoken.place(), registrar=spoken.server.address)
            stack.push_async_callback(agent.stop)
            await agent.registers()
            agents.append(agent)
        anna, bo = agents
        await anna.calls("260", events=form == "event")
        await asyncio.sleep(3.5)
        heard, _ = anna.heard()
        assert_said(heard[:], made(spoken))
        await anna.presses("1", form)
        await bo.answers()
        del heard[:]
        await asyncio.gather(bo.speaks(2.0), anna.speaks(2.0))
        assert listen(*anna.heard(), BOS).worst <= 0.06
        await anna.hangs_up()
        await bo.is_hung_up()
    (pressed,) = spoken.server.events("keys-pressed")
    assert pressed["keys"] == "1"
