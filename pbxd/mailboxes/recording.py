"""A message while it is being left: a block that ends without waiting, whoever ends it and how."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pbxd.mailboxes.spool import Note

if TYPE_CHECKING:
    from pbxd.mailboxes.mailroom import Mailroom
    from pbxd.store.mailbox_rows import VoiceMessageRow


class NewMessage:
    """``async with box.new_message(...) as message:`` then record into ``message.path``.

    When the block ends, the mailroom takes what was recorded, unless it was discarded. So a caller who hangs up leaves
    what he has said.
    """

    def __init__(self, mailroom: Mailroom, note: Note) -> None:
        self.note = note
        self.discarded = False
        self._mailroom = mailroom
        self._taken: asyncio.Future[VoiceMessageRow | None] | None = None

    @property
    def path(self) -> Path:
        """Where the sound belongs; there is no file yet."""
        return self._mailroom.spool.absolute(self.note.path)

    async def __aenter__(self) -> Self:
        """Raises :class:`OSError` where the disk does not take the note; nothing is left behind then."""
        await self._mailroom.in_thread(self._mailroom.spool.begin, self.note)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._taken is None:
            self._take(whole=False)

    def discard(self) -> None:
        """Have what was recorded forgotten when the block ends."""
        self.discarded = True

    async def keep(self) -> VoiceMessageRow | None:
        """Hand the message over and return when it can't be lost any more; its recording has ended.

        ``None`` says that it was too short, or silent, and is not kept. Whoever stops waiting does not stop it.
        """
        return await asyncio.shield(self._take(whole=True))

    def _take(self, *, whole: bool) -> asyncio.Future[VoiceMessageRow | None]:
        if self._taken is None:
            self._taken = self._mailroom.take(self.note, discarded=self.discarded, whole=whole)
        return self._taken
