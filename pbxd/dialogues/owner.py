"""What the owner of a mailbox looks after by phone: greeting, PIN, whether messages are taken (VM-3, VM-6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pbxd.dialogues.entrance import DIGITS
from pbxd.dialogues.recording import record_well
from pbxd.mailboxes.pins import LONGEST, is_easy
from pbxd.speech.sayings import Message, Recorded
from pbxd.store.interface import StoreError

if TYPE_CHECKING:
    from pbxd.dialogues.mailbox import Visit

LONGEST_GREETING: Final = 120.0
"""Seconds."""
ROUNDS: Final = 10
"""How often a menu is said before it is left."""


async def greetings(visit: Visit) -> None:
    """Listen to the greeting, record it, or go back to the usual one."""
    dialogue, box = visit.dialogue, visit.box
    key = ""
    for _ in range(ROUNDS):
        match key or await dialogue.ask(Message("greeting-menu"), keys="123*"):
            case "1":
                said = Recorded(box.greeting) if box.greeting else Message("greeting-usual")
                key = await dialogue.say(said, until="123*")
            case "2":
                key = await _record(visit)
            case "3":
                key = await _greet_with(visit, "", "greeting-usual")
            case "" | "*":
                return
            case _:
                key = await dialogue.say(Message("key-unknown"), until="123*")


async def _record(visit: Visit) -> str:
    try:
        async with visit.box.new_greeting() as take:
            if not await record_well(visit.dialogue, take.file, longest=LONGEST_GREETING):
                return ""
            if not await take.is_good():
                return await visit.dialogue.say(Message("message-too-short"), until="123*")
            take.keep()
            return await _greet_with(visit, take.path, "greeting-saved")
    except OSError:
        return await visit.dialogue.say(Message("not-kept"), until="123*")


async def _greet_with(visit: Visit, path: str, message: str) -> str:
    try:
        await visit.box.greet_with(path)
    except StoreError:
        message = "not-kept"
    return await visit.dialogue.say(Message(message), until="123*")


async def change_pin(visit: Visit) -> None:
    """Ask for another PIN, twice."""
    dialogue = visit.dialogue
    pin = await _new_pin(visit, "pin-new")
    if not pin:
        return
    if is_easy(pin):
        await dialogue.say(Message("pin-easy"))
        return
    if await _new_pin(visit, "pin-again") != pin:
        await dialogue.say(Message("pin-different"))
        return
    try:
        await visit.box.set_pin(pin)
    except StoreError:
        await dialogue.say(Message("not-kept"))
        return
    await dialogue.say(Message("pin-saved"))


async def _new_pin(visit: Visit, message: str) -> str:
    return await visit.dialogue.ask(
        Message(message), keys=DIGITS, most=LONGEST, terminator="#", within=10.0, between=5.0, secret=True
    )


async def switch_voicemail(visit: Visit) -> None:
    """Switch voicemail off, or on again."""
    off = not visit.box.row.switched_off
    try:
        await visit.box.switch(off=off)
    except StoreError:
        await visit.dialogue.say(Message("not-kept"))
    else:
        await visit.dialogue.say(Message("voicemail-off" if off else "voicemail-on"))


async def switch_greeting_only(visit: Visit) -> None:
    """Take no messages, or take them again."""
    only = not visit.box.row.greeting_only
    try:
        await visit.box.only_greet(only=only)
    except StoreError:
        await visit.dialogue.say(Message("not-kept"))
    else:
        await visit.dialogue.say(Message("greeting-only-on" if only else "greeting-only-off"))
