"""Every mailbox there is: messages in memory and on disk, told as events when they come and go (VM).

Nobody who talks to a caller waits for the database. Whoever leaves a message hands it over; a task of the server's own
finishes the file, commits the row and tells. A message whose row can't be committed now is safe all the same: its sound
and its note are on disk, and it is tried again, at the next start at the latest.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeVar, TypeVarTuple

from pbxd.events import Bus, Event, MailboxChanged
from pbxd.mailboxes.housekeeping import expired
from pbxd.mailboxes.intake import Intake, Safe
from pbxd.mailboxes.recording import NewMessage
from pbxd.mailboxes.spool import Note, Spool
from pbxd.store.interface import StoreError
from pbxd.store.mailbox_rows import MailboxKey, MailboxRow, VoiceMessageRow

if TYPE_CHECKING:
    from pbxd.mailboxes.links import Links
    from pbxd.store.interface import MailboxStore, VoiceMessageStore

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Setting: TypeAlias = Callable[[MailboxRow], MailboxRow]
"""What becomes of what a mailbox's owner has set."""

EVERY: Final = 3600.0
"""Seconds between two searches for messages that have been kept long enough."""

_log = logging.getLogger("pbxd.mailboxes")


class Counts(NamedTuple):
    """Messages in a mailbox."""

    new: int
    old: int


class Limits(NamedTuple):
    """What a mailbox may hold, and for how long."""

    bytes: int
    keep_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the mailroom works with."""

    messages: VoiceMessageStore
    boxes: MailboxStore
    bus: Bus
    wall: Callable[[], float]
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    """Runs something as a task of the server's."""
    draw: Callable[[int], int]
    """So many random bits."""
    limits: Callable[[MailboxKey], Limits | None]
    """``None``: there is no such mailbox any more; what is in it stays as it is."""
    links: Links
    """To single messages, for mails and SMS."""


class Mailroom:
    """All mailboxes of the server."""

    def __init__(self, office: Office, root: Path) -> None:
        self.spool = Spool(root)
        self.office = office
        self._messages: dict[MailboxKey, dict[str, VoiceMessageRow]] = {}
        self._boxes: dict[MailboxKey, MailboxRow] = {}
        self._intake = Intake(self)
        self._timer: asyncio.TimerHandle | None = None

    # Life ----------------------------------------------------------------------------------------------------------

    async def restore(self) -> None:
        """Load what was stored, take in what a sudden end left in the spool, and clear away what was deleted."""
        for row in await self.office.messages.load():
            self._messages.setdefault(row.box, {})[row.id] = row
        self._boxes = {row.key: row for row in await self.office.boxes.load()}
        known = {one for messages in self._messages.values() for one in messages}
        for note in await self.in_thread(self.spool.unknown, known):
            _log.warning("the message %s for %s was not finished when the server ended", note.id, note.mailbox)
            self.take(note, discarded=False, whole=True)
        greetings = {row.greeting for row in self._boxes.values()}
        await self.in_thread(self.spool.remove_strays, greetings)
        self.purge([row for each in self._messages.values() for row in each.values() if row.state == "deleted"])
        self.keep_tidy()

    async def stop(self) -> None:
        """Finish what is being finished, as far as that is quick."""
        if self._timer is not None:
            self._timer.cancel()
        await self._intake.stop()

    async def in_thread(self, what: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Something that waits for the disk or for the processor."""
        return await asyncio.get_running_loop().run_in_executor(None, what, *arguments)

    # Asking --------------------------------------------------------------------------------------------------------

    def messages(self, box: MailboxKey) -> list[VoiceMessageRow]:
        """What is in a mailbox and not deleted, the oldest first."""
        found = (row for row in self._messages.get(box, {}).values() if row.state != "deleted")
        return sorted(found, key=lambda row: (row.at, row.id))

    def message(self, box: MailboxKey, name: str) -> VoiceMessageRow | None:
        """A message by its id, as it is now."""
        return self._messages.get(box, {}).get(name)

    def find(self, name: str) -> VoiceMessageRow | None:
        """A message by its id, in whichever mailbox it is; ``None`` where it is deleted."""
        found = (messages[name] for messages in self._messages.values() if name in messages)
        return next((row for row in found if row.state != "deleted"), None)

    def boxes(self) -> list[MailboxKey]:
        """Mailboxes that anything is kept of."""
        return sorted({*self._boxes, *(box for box, messages in self._messages.items() if messages)})

    def counts(self, box: MailboxKey) -> Counts:
        messages = self.messages(box)
        new = sum(row.state == "new" for row in messages)
        return Counts(new, len(messages) - new)

    def row(self, box: MailboxKey) -> MailboxRow:
        """What the mailbox's owner has set."""
        return self._boxes.get(box) or MailboxRow(**box._asdict())

    def room(self, box: MailboxKey) -> int:
        """Bytes that still go into a mailbox."""
        limits = self.office.limits(box)
        used = sum(row.bytes for row in self._messages.get(box, {}).values())
        return max(0, limits.bytes - used) if limits is not None else 0

    # Leaving messages ----------------------------------------------------------------------------------------------

    def new_message(
        self, box: MailboxKey, *, caller: str, caller_name: str, forwarded_from: str = "", comment: str = ""
    ) -> NewMessage:
        """A message to be recorded."""
        name = self.new_id()
        note = Note(
            id=name,
            organization=box.organization,
            kind=box.kind,
            mailbox=box.mailbox,
            caller=caller,
            caller_name=caller_name,
            at=self.office.wall(),
            path=self.spool.place(box, f"{name}.wav"),
            forwarded_from=forwarded_from,
            comment=comment,
        )
        return NewMessage(self, note)

    def new_id(self) -> str:
        """Seconds since 1970 and 40 random bits, so that ids sort by time and never repeat."""
        return f"{int(self.office.wall()):x}-{self.office.draw(40):010x}"

    def take(self, note: Note, *, discarded: bool, whole: bool) -> Safe:
        """Finish a recording in a task of its own: see :meth:`Intake.take`."""
        return self._intake.take(note, discarded=discarded, whole=whole)

    def forget(self, path: str) -> None:
        """Delete a recording that nobody wants, once it is complete; in a task of its own."""
        self._intake.spawn(self._intake.forget(path))

    # Changing ------------------------------------------------------------------------------------------------------

    async def change(self, rows: Sequence[VoiceMessageRow], why: str) -> None:
        """Keep messages as they are here, and return when that is on disk and told.

        Raises :class:`StoreError` when it could not be written; nothing is changed then. Whoever stops waiting does not
        stop the change.
        """
        await asyncio.shield(self._save(rows, (), why))

    def purge(self, rows: Iterable[VoiceMessageRow]) -> None:
        """Delete messages for good: from the database, from the disk, and their last trace; in a task of its own."""
        found = [replace(row, state="deleted", changed=self.office.wall()) for row in rows]
        if found:
            self._intake.spawn(self._purge(found))

    async def _purge(self, rows: Sequence[VoiceMessageRow]) -> None:
        try:
            await self._save(rows, (), "messages were deleted")
            await self.in_thread(self.spool.remove, *(path for row in rows for path in (row.path, row.comment)))
            await self._save((), rows, "messages were deleted")
        except (StoreError, OSError) as error:
            _log.error("%d messages are not deleted yet: %s", len(rows), error)

    def _save(
        self, rows: Sequence[VoiceMessageRow], removed: Sequence[VoiceMessageRow], why: str
    ) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        keep = partial(self._saved, rows, removed, why)
        self.office.messages.save(rows, [row.id for row in removed], partial(_committed, keep, done))
        return done

    def _saved(self, rows: Sequence[VoiceMessageRow], removed: Sequence[VoiceMessageRow], why: str) -> None:
        touched = dict.fromkeys(row.box for row in (*rows, *removed))
        before = {box: self.counts(box) for box in touched}
        for row in rows:
            self._messages.setdefault(row.box, {})[row.id] = row
        for row in removed:
            self._messages.get(row.box, {}).pop(row.id, None)
        for box in touched:
            counts = self.counts(box)
            if counts != before[box]:
                event = MailboxChanged(at=self.office.wall(), **box._asdict(), **counts._asdict(), why=why)
                self.office.bus.emit(event)

    async def settle(self, box: MailboxKey, change: Setting, *events: Event) -> None:
        """Change what a mailbox's owner has set, and tell of it; raises as :meth:`change`."""
        saved = change(self.row(box))

        def keep() -> None:
            self._boxes[box] = row = change(self.row(box))
            if row != saved:  # something else was set meanwhile, and its commit may come before this one or after
                self.office.boxes.save([row], [], _ignore)
            for event in events:
                self.office.bus.emit(event)

        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.office.boxes.save([saved], [], partial(_committed, keep, done))
        await asyncio.shield(done)

    def settle_at_once(self, row: MailboxRow) -> None:
        """Have something count before it is on disk, and whether it gets there or not: wrong PINs."""
        self._boxes[row.key] = row
        self.office.boxes.save([row], [], _ignore)

    # As time goes by -----------------------------------------------------------------------------------------------

    def keep_tidy(self) -> None:
        """Delete what has been kept long enough, now and from time to time."""
        if gone := self.tidy():
            _log.info("%d messages were kept long enough and are deleted", gone)
        self._timer = asyncio.get_running_loop().call_later(EVERY, self.keep_tidy)

    def tidy(self) -> int:
        """Delete what has been kept long enough; returns how many messages that is."""
        now = self.office.wall()
        found: list[VoiceMessageRow] = []
        for box in self._messages:
            limits = self.office.limits(box)
            if limits is not None:
                found += expired(self.messages(box), limits.keep_days, now)
        self.purge(found)
        return len(found)


def _committed(keep: Callable[[], None], done: asyncio.Future[None], error: BaseException | None) -> None:
    if error is None:
        keep()
    if done.done():  # nobody waits any more: the caller hung up
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _ignore(error: BaseException | None) -> None:
    """It counts in memory, and the next change writes it."""
