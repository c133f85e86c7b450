"""A greeting while its owner records it."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pbxd.mailboxes.spool import GREETING

if TYPE_CHECKING:
    from pbxd.mailboxes.mailroom import Mailroom
    from pbxd.store.mailbox_rows import MailboxKey


class NewGreeting:
    """``async with box.new_greeting() as take``: what was recorded into ``take.file`` is gone when the block ends,
    unless it is kept.
    """

    def __init__(self, mailroom: Mailroom, box: MailboxKey) -> None:
        self._mailroom = mailroom
        self._box = box
        self._kept = False
        self.path = mailroom.spool.place(box, GREETING.format(mailroom.new_id()))
        """Relative to the spool."""

    @property
    def file(self) -> Path:
        """Where the sound belongs."""
        return self._mailroom.spool.absolute(self.path)

    async def __aenter__(self) -> Self:
        """Raises :class:`OSError` where the disk has no room for it."""
        await self._mailroom.in_thread(self._mailroom.spool.make_room, self._box)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._kept:
            self._mailroom.forget(self.path)

    async def is_good(self) -> bool:
        """Whether something was said."""
        return (await self._mailroom.in_thread(self._mailroom.spool.measure, self.path)).heard

    def keep(self) -> None:
        """Let the file be where it is."""
        self._kept = True
