"""What somebody hears who is to leave a message, and what he can do (VM-1 to VM-3, VM-9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pbxd.dialogues.dialogue import Dialogue, Heard, Stopped
from pbxd.mailboxes import Box, NewMessage
from pbxd.org.sounds import Prompt
from pbxd.speech.sayings import Beep, Message, Moment, Recorded, Saying, Value

LONGEST: Final = 300.0
"""Seconds of a message."""
LEAST_ROOM: Final = 5.0
"""Seconds of sound that must go into a mailbox; one with less room is full."""
QUIET: Final = 8.0
"""Seconds of silence that end a message."""
REVIEWS: Final = 10
"""How often somebody may listen to his message again, or say nothing to what he is asked."""

ASKING: Final = "leave-message"
"""What asks for a message, unless it is the whole greeting."""
ASSISTANCE, SKIP, TONE = "1", "2", "#"
"""Keys before the tone: an assistant, the next thing, and straight to the tone."""


class Left(StrEnum):
    """What came of it."""

    ASSISTANCE = "assistance"
    SKIPPED = "skipped"
    DONE = "done"
    """There is nothing more to hear, whether there is a message or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who leaves a message."""

    number: str
    """Canonical; empty where it is unknown or hidden."""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What callers of one mailbox hear, at one moment."""

    name: str
    """Of its owner."""
    announce: Prompt | None = None
    """What comes before everything else."""
    own: str = ""
    """Path of what the owner has recorded."""
    configured: Prompt | None = None
    """What is said where the owner has recorded nothing; ``None``: his name."""
    activity: Mapping[str, str] = field(default_factory=dict)
    """What the owner does, in each language; empty: that is not told."""
    until: Moment | None = None
    """When he is back."""
    assistance: bool = False
    """Whether key 1 is offered."""
    skip: bool = False
    """Whether key 2 is offered."""
    takes_messages: bool = True


async def leave_message(dialogue: Dialogue, box: Box, greeting: Greeting, caller: Caller) -> Left:
    """Greet the caller and take a message.

    A caller who hangs up has left what he has said; one who says nothing has left nothing.
    """
    keys = (ASSISTANCE if greeting.assistance else "") + (SKIP if greeting.skip else "")
    records = greeting.takes_messages and box.room >= LEAST_ROOM
    said = [*_offers(greeting), *_greeting(greeting, dialogue.language)]
    if records and greeting.configured != ASKING:
        said.append(Message(ASKING))
    if greeting.takes_messages and not records:
        said.append(Message("mailbox-full"))
    match await dialogue.say(*said, until=keys + (TONE if records else "")):
        case "1":
            return Left.ASSISTANCE
        case "2":
            return Left.SKIPPED
    if records:
        await _take(dialogue, box, caller)
    await dialogue.say(Message("goodbye"))
    return Left.DONE


def _offers(greeting: Greeting) -> list[Saying]:
    found: list[Saying] = []
    if greeting.assistance:
        found.append(Message("press-for-assistance"))
    if greeting.skip:
        found.append(Message("press-to-skip"))
    return found


def _greeting(greeting: Greeting, language: str) -> list[Saying]:
    found: list[Saying] = []
    if greeting.announce is not None:
        found.append(greeting.announce)
    if greeting.own:
        found.append(Recorded(greeting.own))
    else:
        found.append(greeting.configured or Message("greeting-default", {"name": greeting.name}))
    label = greeting.activity.get(language) or next(iter(greeting.activity.values()), "")
    values: dict[str, Value] = {"activity": label} if label else {}
    if greeting.until is not None:
        values["until"] = greeting.until
    if values:
        found.append(Message("-".join(("absent", *values)), values))
    return found


async def _take(dialogue: Dialogue, box: Box, caller: Caller) -> None:
    """Record until the caller is content with it. Each attempt is a message of its own until it is discarded."""
    for _ in range(REVIEWS):
        try:
            async with box.new_message(caller=caller.number, caller_name=caller.name) as message:
                await dialogue.say(Beep())
                heard = await dialogue.record(message.path, longest=min(LONGEST, box.room), quiet=QUIET)
                if await _is_final(dialogue, message, heard):
                    await _keep(dialogue, message, heard)
                    return
                message.discard()
        except OSError:
            await dialogue.say(Message("message-failed"))
            return


async def _is_final(dialogue: Dialogue, message: NewMessage, heard: Heard) -> bool:
    """Whether the message is to be kept as it is; asks only somebody who is there to answer."""
    if heard.stopped is Stopped.LENGTH:
        await dialogue.say(Message("message-longest"))
    elif heard.stopped is not Stopped.KEY:
        return True
    key = ""
    for _ in range(REVIEWS):
        match key or await dialogue.ask(Message("message-review"), keys="12#"):
            case "1":
                key = await dialogue.say(Recorded(str(message.path)), until="12#")
            case "2":
                return False
            case "" | "#":
                return True
            case _:
                key = await dialogue.say(Message("key-unknown"), until="12#")
    return True


async def _keep(dialogue: Dialogue, message: NewMessage, heard: Heard) -> None:
    kept = await message.keep()
    nothing = "message-failed" if heard.stopped is Stopped.FAILED else "message-too-short"
    await dialogue.say(Message("message-saved" if kept is not None else nothing))
