"""Recording something until the speaker is content with it: greetings, prompts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from pbxd.dialogues.dialogue import Dialogue, Stopped
from pbxd.speech.sayings import Beep, Message, Recorded

QUIET: Final = 5.0
"""Seconds of silence that end a recording."""
TAKES: Final = 10
"""Recordings that may be made before the last one has to do."""
REVIEWS: Final = 10
"""How often somebody may listen to one of them."""


async def record_well(dialogue: Dialogue, into: Path, *, longest: float) -> bool:
    """Record into a file, again where the speaker wants that; whether there is one that he wants to keep.

    Raises :class:`OSError`.
    """
    for _ in range(TAKES):
        await dialogue.say(Message("record-and-hash"), Beep(), until="#")
        heard = await dialogue.record(into, longest=longest, quiet=QUIET)
        if heard.stopped is Stopped.FAILED:
            raise OSError(f"{into} could not be recorded")
        if heard.stopped is Stopped.LENGTH:
            await dialogue.say(Message("message-longest"))
        if await _is_wanted(dialogue, into):
            return True
        await asyncio.get_running_loop().run_in_executor(None, into.unlink)
    return False


async def _is_wanted(dialogue: Dialogue, recorded: Path) -> bool:
    """Whether the speaker keeps it; one who says nothing to that does."""
    key = ""
    for _ in range(REVIEWS):
        match key or await dialogue.ask(Message("greeting-review"), keys="12#"):
            case "1":
                key = await dialogue.say(Recorded(str(recorded)), until="12#")
            case "2":
                return False
            case "" | "#":
                return True
            case _:
                key = await dialogue.say(Message("key-unknown"), until="12#")
    return True
