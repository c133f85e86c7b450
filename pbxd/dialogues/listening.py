"""Messages of a mailbox, one after the other, and what can be done with each (VM-6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pbxd.dialogues.forwarding import forward
from pbxd.mailboxes import MessageState, VoiceMessageRow
from pbxd.speech.sayings import Message, Recorded, Saying
from pbxd.store.interface import StoreError

if TYPE_CHECKING:
    from pbxd.dialogues.mailbox import Visit

KEYS: Final = "12345678*"
AGAIN, SAVE, DELETE, CALL_BACK, SEND_ON, NEXT, PREVIOUS, WHO, LEAVE = KEYS
ON_WITH_IT: Final = ""
"""No key: the message is heard from its beginning."""
SILENCES: Final = 2
"""How often the menu is said to somebody who presses nothing."""


class Listening:
    """One walk through a mailbox. ``touched`` collects messages that were deleted in this visit."""

    def __init__(self, visit: Visit, touched: set[str]) -> None:
        self._visit = visit
        self._say = visit.dialogue.say
        self._box = visit.box
        self._touched = touched
        self._at = 0

    async def run(self) -> str:
        """Returns the number to be called back, or an empty string when the listener wants the main menu."""
        rows = self._rows()
        key = ON_WITH_IT
        while self._at < len(rows):
            row = self._box.now(rows[self._at])
            if row is None:
                key = await self._say(Message("message-gone"), until=KEYS)
                self._at += 1
                continue
            key = key or await self._whole(row)
            if key == LEAVE:
                return ""
            if key == CALL_BACK and row.caller and self._visit.rights.call_back:
                await self._say(Message("callback-begins"))
                return row.caller
            key = await self._do(key, row)
        await self._say(Message("messages-end"))
        return ""

    def _rows(self) -> list[VoiceMessageRow]:
        """What is in the mailbox, and at the end what was deleted in this visit, which can be undone."""
        found = self._box.messages()
        gone = (self._box.mailroom.message(self._box.key, one) for one in sorted(self._touched))
        return [*found, *(row for row in gone if row is not None and row.state == "deleted")]

    async def _do(self, key: str, row: VoiceMessageRow) -> str:
        """What a key is for; returns the next one."""
        match key:
            case "1":
                return await self._sound(row)
            case "2":
                return await self._save(row)
            case "3":
                return await self._delete(row)
            case "4":
                return await self._menu(Message("callback-unknown"))
            case "5":
                await forward(self._visit, row)
                return await self._menu()
            case "6":
                self._at += 1
                return ON_WITH_IT
            case "7":
                self._at = max(0, self._at - 1)
                return ON_WITH_IT
            case "8":
                return await self._say(*self._envelope(row), until=KEYS) or await self._menu()
        return await self._menu(Message("key-unknown"))

    # One message -----------------------------------------------------------------------------------------------------

    async def _whole(self, row: VoiceMessageRow) -> str:
        return await self._say(*self._envelope(row), until=KEYS) or await self._sound(row)

    def _envelope(self, row: VoiceMessageRow) -> list[Saying]:
        when, caller = self._visit.moment(row.at), self._visit.named(row)
        if caller is None:
            found: list[Saying] = [Message("message-envelope-unknown", {"when": when})]
        else:
            found = [Message("message-envelope", {"caller": caller, "when": when})]
        if row.forwarded_from:
            found.append(Message("message-forwarded", {"name": row.forwarded_from}))
        if row.comment:
            found.append(Recorded(self._box.sound(row.comment)))
        return found

    async def _sound(self, row: VoiceMessageRow) -> str:
        """The message; it counts as heard when it was, or when its listener has had enough of it."""
        key = await self._say(Recorded(self._box.sound(row.path)), until=KEYS)
        if row.state == "new" and key not in (SAVE, DELETE):
            await self._mark(row, "heard")
        return key or await self._menu()

    async def _menu(self, *first: Saying) -> str:
        for _ in range(SILENCES):
            key = await self._visit.dialogue.ask(*first, Message("message-menu"), keys=KEYS)
            if key:
                return key
            first = ()
        return LEAVE

    async def _save(self, row: VoiceMessageRow) -> str:
        if not await self._mark(row, "saved"):
            return await self._menu(Message("not-kept"))
        self._at += 1
        return await self._say(Message("message-kept"), until=KEYS)

    async def _delete(self, row: VoiceMessageRow) -> str:
        """Delete a message, or take that back."""
        undo = row.state == "deleted"
        self._touched.add(row.id)
        if not await self._mark(row, "heard" if undo else "deleted"):
            return await self._menu(Message("not-kept"))
        if undo:
            return await self._menu(Message("message-undeleted"))
        key = await self._say(Message("message-deleted"), until=KEYS)
        if key != DELETE:
            self._at += 1
        return key

    async def _mark(self, row: VoiceMessageRow, state: MessageState) -> bool:
        try:
            await self._box.mark(row, state)
        except StoreError:
            return False
        return True
