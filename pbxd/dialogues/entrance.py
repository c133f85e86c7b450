"""Who wants to open a mailbox: which one, and the PIN (VM-6, VM-7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pbxd.dialogues.dialogue import Dialogue
from pbxd.mailboxes import Answer, Box
from pbxd.mailboxes.pins import LONGEST
from pbxd.speech.sayings import Message

TRIES: Final = 3
"""PINs that may be given in one call."""
DIGITS: Final = "0123456789"
LONGEST_NUMBER: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What stands between a caller and a mailbox."""

    box: Box | None
    """``None``: he is asked whose."""
    trusted: bool
    """Whether he gets in without a PIN: he is on a phone of the owner's."""
    find: Callable[[str], Box | None]
    """The mailbox that a number belongs to."""
    caller: str
    """His number, for the log."""


async def enter(dialogue: Dialogue, door: Door) -> Box | None:
    """The mailbox that the caller may open; ``None`` where he may not, and has been told so.

    Nobody learns whether a number has a mailbox: any PIN is wrong for one that has none.
    """
    if door.trusted and door.box is not None:
        return door.box
    for _ in range(TRIES):
        box = door.box or door.find(await _digits(dialogue, "mailbox-number", LONGEST_NUMBER))
        pin = await _digits(dialogue, "mailbox-pin", LONGEST, secret=True)
        answer = await box.try_pin(pin, door.caller) if box is not None and pin else Answer.WRONG
        if answer is Answer.RIGHT:
            return box
        if answer is Answer.LOCKED:
            await dialogue.say(Message("pin-locked"))
            return None
        if answer is Answer.NONE and door.box is not None:
            await dialogue.say(Message("mailbox-closed"))
            return None
        await dialogue.say(Message("pin-wrong"))
    await dialogue.say(Message("goodbye"))
    return None


async def _digits(dialogue: Dialogue, message: str, most: int, *, secret: bool = False) -> str:
    """What is dialled; nothing where a key that is no digit was pressed."""
    said = await dialogue.ask(
        Message(message), keys=DIGITS, most=most, terminator="#", within=10.0, between=5.0, secret=secret
    )
    return said if said.isdecimal() else ""
