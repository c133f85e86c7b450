"""The text double of a dialogue does what its script says."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pbxd.dialogues.dialogue import Dialogue, Stopped
from pbxd.org.sounds import Spoken
from pbxd.speech.sayings import Beep, Digits, Message
from tests.support.dialogue import HangsUp, Hears, Presses, Speaks, TextDialogue

WELCOME = Spoken({"en": "Welcome.", "da": "Velkommen."})


async def asked(dialogue: Dialogue) -> str:
    """Whoever speaks knows of the Protocol alone."""
    return await dialogue.ask(WELCOME, Message("number", {"digits": Digits("202")}), most=3, terminator="#")


async def test_the_party_hears_in_its_language_and_presses() -> None:
    dialogue = TextDialogue([Hears("Velkommen."), Presses("12#")], language="da")
    assert await asked(dialogue) == "12"
    assert (dialogue.heard, dialogue.pressed) == (["Velkommen."], ["12"])


async def test_what_is_pressed_ahead_skips_the_question() -> None:
    dialogue = TextDialogue([Presses("1234")])
    assert await asked(dialogue) == "123"
    assert await dialogue.say(WELCOME, until="4") == "4"
    assert dialogue.heard == []


async def test_a_key_that_is_not_asked_for_comes_alone() -> None:
    dialogue = TextDialogue([Presses("1*2")])
    assert await dialogue.ask(keys="123", most=3) == "*"
    assert await dialogue.ask(keys="123", most=3) == "2"


@pytest.mark.parametrize(
    ("script", "seconds", "stopped"),
    [
        ([Speaks(4.0), Presses("#")], 4.0, Stopped.KEY),
        ([Speaks(20.0)], 10.0, Stopped.LENGTH),
        ([Speaks(2.0)], 5.0, Stopped.SILENCE),
    ],
)
async def test_recordings(tmp_path: Path, script: list[Speaks | Presses], seconds: float, stopped: Stopped) -> None:
    dialogue = TextDialogue(script)
    heard = await dialogue.record(tmp_path / "message.wav", longest=10.0, quiet=3.0)
    assert (heard.seconds, heard.stopped) == (seconds, stopped)


async def test_hanging_up_is_cancellation(tmp_path: Path) -> None:
    dialogue = TextDialogue([Hears("(beep)"), Speaks(2.0), HangsUp()])
    await dialogue.say(Beep())
    with pytest.raises(asyncio.CancelledError):
        await dialogue.record(tmp_path / "message.wav", longest=10.0)
    assert (tmp_path / "message.wav").stat().st_size == 44 + 2 * 16_000 * 2
