"""One mailbox, as those who talk about it see it."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from pbxd.events import MailboxLocked, MailboxSettingChanged
from pbxd.mailboxes import lockout, pins
from pbxd.mailboxes.greeting import NewGreeting

if TYPE_CHECKING:
    from pbxd.mailboxes.mailroom import Counts, Mailroom, Setting
    from pbxd.mailboxes.recording import NewMessage
    from pbxd.store.mailbox_rows import MailboxKey, MailboxRow, MessageState, VoiceMessageRow

BYTES_PER_SECOND = 32_000
"""Of a recording: 16 bits at 16 kHz."""


class Answer(StrEnum):
    """What comes of a PIN."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    """Right or wrong: there were too many wrong ones."""
    NONE = "none"
    """The mailbox has no PIN, and so none is right."""


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox. ``configured_pin`` is what the configuration says, empty where it says nothing."""

    mailroom: Mailroom
    key: MailboxKey
    configured_pin: str = ""

    def __repr__(self) -> str:
        return f"Box({self.key})"

    @property
    def row(self) -> MailboxRow:
        """What the owner has set."""
        return self.mailroom.row(self.key)

    @property
    def counts(self) -> Counts:
        return self.mailroom.counts(self.key)

    @property
    def room(self) -> float:
        """Seconds of sound that still go into it."""
        return self.mailroom.room(self.key) / BYTES_PER_SECOND

    # Messages ------------------------------------------------------------------------------------------------------

    def messages(self) -> list[VoiceMessageRow]:
        """Those that are not deleted: first what nobody has heard, then the others, the oldest of each first."""
        found = self.mailroom.messages(self.key)
        return sorted(found, key=lambda row: row.state != "new")

    def now(self, row: VoiceMessageRow) -> VoiceMessageRow | None:
        """A message as it is by now; ``None``: somebody else has deleted it for good."""
        return self.mailroom.message(self.key, row.id)

    def sound(self, path: str) -> str:
        """Where a file is on this machine."""
        return str(self.mailroom.spool.absolute(path))

    def new_message(self, *, caller: str, caller_name: str) -> NewMessage:
        """A block in which a message is recorded."""
        return self.mailroom.new_message(self.key, caller=caller, caller_name=caller_name)

    async def mark(self, row: VoiceMessageRow, state: MessageState) -> VoiceMessageRow:
        """The message in another state, once that is on disk. Raises :class:`StoreError`."""
        after = replace(row, state=state, changed=self.mailroom.office.wall())
        await self.mailroom.change([after], f"a message is {state}")
        return after

    @contextmanager
    def visited(self) -> Iterator[set[str]]:
        """A visit: messages whose ids are in the set, and that are deleted still, are gone for good when it ends."""
        touched: set[str] = set()
        try:
            yield touched
        finally:
            rows = (self.mailroom.message(self.key, one) for one in touched)
            self.mailroom.purge([row for row in rows if row is not None and row.state == "deleted"])

    # PINs ----------------------------------------------------------------------------------------------------------

    async def try_pin(self, pin: str, caller: str) -> Answer:
        """Whether somebody gets in. Each wrong PIN counts, also where the database does not take it."""
        office, row = self.mailroom.office, self.row
        if not row.pin and not self.configured_pin:
            return Answer.NONE
        if lockout.is_locked(row, office.wall()):
            return Answer.LOCKED
        right = await self.mailroom.in_thread(_fits, pin, row, self.configured_pin)
        row, now = self.row, office.wall()
        if lockout.is_locked(row, now):  # by others, who tried at the same time
            return Answer.LOCKED
        after = lockout.after_right(row) if right else lockout.after_wrong(row, now)
        if after != row:
            self.mailroom.settle_at_once(after)
        if right:
            return Answer.RIGHT
        if not lockout.is_locked(after, now):
            return Answer.WRONG
        seconds = after.locked_until - now
        office.bus.emit(
            MailboxLocked(at=now, **self.key._asdict(), seconds=seconds, failures=after.failures, caller=caller)
        )
        return Answer.LOCKED

    async def set_pin(self, pin: str) -> None:
        """Give the mailbox another PIN; a later one in the configuration takes its place.

        Raises :class:`StoreError`.
        """
        kept = await self.mailroom.in_thread(pins.hashed, pin)
        replaces = await self.mailroom.in_thread(pins.hashed, self.configured_pin) if self.configured_pin else ""
        await self._set(lambda row: replace(lockout.after_right(row), pin=kept, replaces=replaces), "pin", "changed")

    # What the owner sets -------------------------------------------------------------------------------------------

    @property
    def greeting(self) -> str:
        """Where the owner's own greeting is; empty: there is none."""
        return self.sound(self.row.greeting) if self.row.greeting else ""

    def new_greeting(self) -> NewGreeting:
        """A block in which a greeting is recorded."""
        return NewGreeting(self.mailroom, self.key)

    async def greet_with(self, path: str) -> None:
        """Use this greeting from now on, or the configured one where ``path`` is empty. Raises :class:`StoreError`."""
        before = self.row.greeting
        await self._set(lambda row: replace(row, greeting=path), "greeting", "recorded" if path else "default")
        await self.mailroom.in_thread(self.mailroom.spool.remove, before)

    async def switch(self, *, off: bool) -> None:
        """Whether callers reach the mailbox at all. Raises :class:`StoreError`."""
        await self._set(lambda row: replace(row, switched_off=off), "voicemail", "off" if off else "on")

    async def only_greet(self, *, only: bool) -> None:
        """Whether callers can't leave messages. Raises :class:`StoreError`."""
        await self._set(lambda row: replace(row, greeting_only=only), "greeting-only", "on" if only else "off")

    async def _set(self, change: Setting, what: str, value: str) -> None:
        event = MailboxSettingChanged(at=self.mailroom.office.wall(), **self.key._asdict(), what=what, value=value)
        await self.mailroom.settle(self.key, change, event)

    # Sending on ----------------------------------------------------------------------------------------------------

    def forwarded(self, row: VoiceMessageRow, by: str, *, comment: bool) -> NewMessage:
        """A block at whose end a copy of another mailbox's message is in this one; see :meth:`copied`."""
        path = self.comment_path() if comment else ""
        return self.mailroom.new_message(
            self.key, caller=row.caller, caller_name=row.caller_name, forwarded_from=by, comment=path
        )

    def comment_path(self) -> str:
        """A place for what somebody says about a message."""
        return self.mailroom.spool.place(self.key, f"{self.mailroom.new_id()}-comment.wav")

    async def copied(self, row: VoiceMessageRow, copy: NewMessage) -> VoiceMessageRow | None:
        """Finish the copy; returns when it can't be lost any more. Raises :class:`OSError`."""
        await self.mailroom.in_thread(self.mailroom.spool.copy, row.path, copy.note.path)
        return await copy.keep()


def _fits(pin: str, row: MailboxRow, configured: str) -> bool:
    """Whether a PIN is the owner's, or the configured one where that has changed since he chose his."""
    same = pins.is_right(configured, row.replaces) if configured and row.replaces else configured == row.replaces
    if row.pin and same:
        return pins.is_right(pin, row.pin)
    return bool(configured) and hmac.compare_digest(pin.encode(), configured.encode())
