"""Sending a message on to another mailbox, with a comment or without (VM-6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pbxd.dialogues.entrance import DIGITS, LONGEST_NUMBER
from pbxd.mailboxes import Box, VoiceMessageRow
from pbxd.mailboxes.box import BYTES_PER_SECOND
from pbxd.speech.sayings import Beep, Message

if TYPE_CHECKING:
    from pbxd.dialogues.mailbox import Visit

LONGEST: Final = 120.0
"""Seconds of a comment."""
QUIET: Final = 5.0
TRIES: Final = 3
"""Numbers that may be given."""


async def forward(visit: Visit, row: VoiceMessageRow) -> None:
    """Ask where a message is to go, and put a copy of it there."""
    target = await _target(visit)
    if target is None:
        return
    comment = await visit.dialogue.ask(Message("forward-comment"), keys="1#") == "1"
    longest = target.room - row.bytes / BYTES_PER_SECOND
    if longest <= 0:
        await visit.dialogue.say(Message("mailbox-full"))
        return
    try:
        async with target.forwarded(row, visit.by, comment=comment) as copy:
            if comment:
                await visit.dialogue.say(Message("record-and-hash"), Beep(), until="#")
                path = target.mailroom.spool.absolute(copy.note.comment)
                await visit.dialogue.record(path, longest=min(LONGEST, longest), quiet=QUIET)
            kept = await target.copied(row, copy)
    except OSError:
        kept = None
    await visit.dialogue.say(Message("forward-done" if kept is not None else "not-kept"))


async def _target(visit: Visit) -> Box | None:
    for _ in range(TRIES):
        number = await visit.dialogue.ask(
            Message("forward-to"), keys=DIGITS, most=LONGEST_NUMBER, terminator="#", within=10.0, between=5.0
        )
        if not number:
            return None
        target = visit.find(number) if number.isdecimal() else None
        if target is not None:
            return target
        await visit.dialogue.say(Message("forward-unknown"))
    return None
