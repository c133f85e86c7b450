"""What becomes of a recording once whoever recorded it has let go of it: tasks of the server's own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pbxd.events import MessageLeft
from pbxd.mailboxes.spool import Note
from pbxd.store.interface import StoreError
from pbxd.store.mailbox_rows import VoiceMessageRow

if TYPE_CHECKING:
    from pbxd.mailboxes.mailroom import Mailroom

Safe: TypeAlias = "asyncio.Future[VoiceMessageRow | None]"
"""Done when a message can't be lost any more; ``None``: it is not kept."""

SETTLES: Final = 0.6
"""Seconds in which a file that is being recorded grows; one that does not is complete."""
TRY_AGAIN: Final = (0.2, 1.0, 5.0)
"""Seconds to the next try where the database does not take a message; the last for every further one."""
STOPS_WITHIN: Final = 2.0
"""Seconds that what is being finished gets when the server stops; the next start finishes the rest."""

_log = logging.getLogger("pbxd.mailboxes")


class Intake:
    """Tasks that finish recordings."""

    def __init__(self, mailroom: Mailroom) -> None:
        self._mailroom = mailroom
        self._office, self._spool, self._in_thread = mailroom.office, mailroom.spool, mailroom.in_thread
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = asyncio.Event()

    def take(self, note: Note, *, discarded: bool, whole: bool) -> Safe:
        """Finish a recording that is complete (``whole``) or about to be.

        The future is done when the message can't be lost any more.
        """
        safe: Safe = asyncio.get_running_loop().create_future()
        self.spawn(self._handle(note, safe, discarded=discarded, whole=whole))
        return safe

    async def stop(self) -> None:
        """Wait for what is being finished, as far as that is quick."""
        self._stopping.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOPS_WITHIN):
                await self._idle.wait()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that a stopping server waits for."""
        self._running += 1
        self._idle.clear()
        self._office.spawn(self._counted(work))

    async def _counted(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()

    async def forget(self, path: str) -> None:
        """Delete a file once it is complete."""
        await self._complete(path)
        try:
            await self._in_thread(self._spool.remove, path)
        except OSError as error:
            _log.error("%s can't be deleted: %s", path, error)

    async def _handle(self, note: Note, safe: Safe, *, discarded: bool, whole: bool) -> None:
        """The task of one recording: whatever comes of it, whoever waits hears so."""
        try:
            if not whole:
                await self._complete(note.path)
            row = None if discarded else await self._finish(note)
            if row is None:
                await self._in_thread(self._spool.remove, note.path, note.comment)
        except OSError as error:  # what is on disk stays there, and is found by the next start
            _log.error("the recording %s for %s can't be finished: %s", note.id, note.mailbox, error)
            if not safe.done():
                safe.set_exception(error)
                safe.exception()  # it has been told
            return
        if row is None:
            _tell(safe, None)
        else:
            await self._deliver(row, safe)

    async def _complete(self, path: str) -> None:
        """Return when a file grows no longer: its caller is gone, and what was on the way to the disk arrives."""
        before, now = -1, self._spool.size(path)
        while before != now:
            await asyncio.sleep(SETTLES)
            before, now = now, self._spool.size(path)

    async def _finish(self, note: Note) -> VoiceMessageRow | None:
        """What goes into the mailbox; ``None`` where nothing was said."""
        measure = await self._in_thread(self._spool.measure, note.path)
        if not measure.heard:
            return None
        await self._in_thread(self._spool.settle, note.path)
        return VoiceMessageRow(
            id=note.id,
            **note.box._asdict(),
            caller=note.caller,
            caller_name=note.caller_name,
            at=note.at,
            seconds=measure.seconds,
            bytes=measure.bytes + (self._spool.size(note.comment) if note.comment else 0),
            path=note.path,
            changed=self._office.wall(),
            forwarded_from=note.forwarded_from,
            comment=note.comment,
        )

    async def _deliver(self, row: VoiceMessageRow, safe: Safe) -> None:
        """Commit the message, now or later, and tell of it."""
        for pause in chain(TRY_AGAIN, repeat(TRY_AGAIN[-1])):
            try:
                await self._mailroom.change([row], "a message was left")
            except StoreError as error:
                _log.error("the message %s for %s is on disk and not in the database: %s", row.id, row.mailbox, error)
            else:
                self._office.bus.emit(_left(row, self._spool.absolute(row.path)))
                _tell(safe, row)
                return
            _tell(safe, row)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
                    return


def _left(row: VoiceMessageRow, path: Path) -> MessageLeft:
    return MessageLeft(
        at=row.at,
        **row.box._asdict(),
        id=row.id,
        caller=row.caller,
        caller_name=row.caller_name,
        seconds=row.seconds,
        path=str(path),
    )


def _tell(safe: Safe, row: VoiceMessageRow | None) -> None:
    if not safe.done():
        safe.set_result(row)
