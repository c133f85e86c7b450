"""What the store keeps, as plain values, and what the server asks of it, as Protocols.

Nothing here or in the memory store loads a database library, so that scenarios stay quick. Two classes of durability:
bindings, messages and what users set are *acknowledged* (committed before anybody is told so), ledger and call records
are *record* class (written behind, at most :data:`WRITE_BEHIND` seconds of them lost when the process is killed).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from pbxd.errors import PbxdError
from pbxd.events import CallEvent, Event
from pbxd.store.rows import (
    AgentKey,
    AgentRow,
    BindingKey,
    BindingRow,
    CallbackKey,
    CallbackRow,
    CallRecord,
    ExtensionKey,
    ExtensionRow,
    MessageRow,
    OutboxRow,
    PhoneKey,
    PhoneRow,
    RecordingRow,
    TicketKey,
    TicketRow,
    UserStateKey,
    UserStateRow,
)

if TYPE_CHECKING:
    from pbxd.store.mailbox_rows import MailboxKey, MailboxRow, VoiceMessageRow
    from pbxd.store.search import Search

GROUP_WINDOW = 0.02
"""Seconds that the first save of a group waits, at the most, for others to share its commit."""
WRITE_BEHIND = 0.2
"""Seconds that an event waits, at the most, until it is on its way to the database."""

Done = Callable[[BaseException | None], None]
"""Told on the event loop, once: ``None`` after the commit, or why nothing was committed."""


class StoreError(PbxdError):
    """The database can't be opened, reached or written just now; nothing of what was asked is known to be kept."""


RecordOf = Callable[[Sequence[CallEvent]], CallRecord]
"""Folds the events of one call; given by the server, because the store sees no floor above its own."""


class BindingStore(Protocol):
    """The registrar's memory."""

    async def load(self) -> list[BindingRow]:
        """All bindings that have not expired, oldest key first. Raises :class:`StoreError`."""
        ...

    def save(self, changed: Sequence[BindingRow], removed: Sequence[BindingKey], done: Done) -> None:
        """Remove, then insert or replace, in one commit shared with whatever else is saved at that moment.

        Returns at once. ``done`` is called later, never from within this call; after an error nothing of this save
        counts, and the device may simply try again.
        """
        ...


class MessageStore(Protocol):
    """Short messages that nobody has taken yet."""

    async def load(self) -> list[MessageRow]:
        """All of them, in order. Raises :class:`StoreError`."""
        ...

    def save(self, changed: Sequence[MessageRow], removed: Sequence[int], done: Done) -> None:
        """As :meth:`BindingStore.save`; ``removed`` are sequence numbers."""
        ...


class RecordingStore(Protocol):
    """Recorded calls."""

    async def unfinished(self) -> list[RecordingRow]:
        """Those without an end, oldest first. Raises :class:`StoreError`, as the others do."""
        ...

    async def expired(self, now: float) -> list[RecordingRow]:
        """Those that need not be kept any longer."""
        ...

    async def find(self, *, organization: str | None, call: str | None, limit: int) -> list[RecordingRow]:
        """Those of an organization or a call (``None``: any), the newest first."""
        ...

    def save(self, changed: Sequence[RecordingRow], removed: Sequence[str], done: Done) -> None:
        """As :meth:`BindingStore.save`; ``removed`` are ids."""
        ...


class OutboxStore(Protocol):
    """Mails and SMS that are to be sent."""

    async def load(self) -> list[OutboxRow]:
        """All of them, in order. Raises :class:`StoreError`."""
        ...

    def save(self, changed: Sequence[OutboxRow], removed: Sequence[int], done: Done) -> None:
        """As :meth:`BindingStore.save`; ``removed`` are sequence numbers."""
        ...


class UserStateStore(Protocol):
    """What users have set."""

    async def load(self) -> list[UserStateRow]:
        """All of it. Raises :class:`StoreError`."""
        ...

    def save(self, changed: Sequence[UserStateRow], removed: Sequence[UserStateKey], done: Done) -> None:
        """As :meth:`BindingStore.save`."""
        ...


class ExtensionStore(Protocol):
    """Working hours that were extended, also those that are over."""

    async def load(self) -> list[ExtensionRow]:
        """All of them. Raises :class:`StoreError`."""
        ...

    def save(self, changed: Sequence[ExtensionRow], removed: Sequence[ExtensionKey], done: Done) -> None:
        """As :meth:`BindingStore.save`."""
        ...


class VoiceMessageStore(Protocol):
    """Messages in mailboxes; their sound is in files."""

    async def load(self) -> list[VoiceMessageRow]:
        """All of them, the oldest first. Raises :class:`StoreError`."""
        ...

    def save(self, changed: Sequence[VoiceMessageRow], removed: Sequence[str], done: Done) -> None:
        """As :meth:`BindingStore.save`; ``removed`` are ids."""
        ...


class MailboxStore(Protocol):
    """What owners of mailboxes have set."""

    async def load(self) -> list[MailboxRow]:
        """All of them. Raises :class:`StoreError`."""
        ...

    def save(self, changed: Sequence[MailboxRow], removed: Sequence[MailboxKey], done: Done) -> None:
        """As :meth:`BindingStore.save`."""
        ...


class AgentStore(Protocol):
    """Where agents are logged in."""

    async def load(self) -> list[AgentRow]:
        """All of them. Raises :class:`StoreError`."""
        ...

    def save(self, changed: Sequence[AgentRow], removed: Sequence[AgentKey], done: Done) -> None:
        """As :meth:`BindingStore.save`."""
        ...


class CallbackStore(Protocol):
    """Who is to be called back."""

    async def load(self) -> list[CallbackRow]:
        """All of them. Raises :class:`StoreError`."""
        ...

    def save(self, changed: Sequence[CallbackRow], removed: Sequence[CallbackKey], done: Done) -> None:
        """As :meth:`BindingStore.save`."""
        ...


class PhoneStore(Protocol):
    """Phones as they came for their settings."""

    async def load(self) -> list[PhoneRow]:
        """All of them. Raises :class:`StoreError`."""
        ...

    def save(self, changed: Sequence[PhoneRow], removed: Sequence[PhoneKey], done: Done) -> None:
        """As :meth:`BindingStore.save`."""
        ...


class TicketStore(Protocol):
    """Tickets for phones, also those that are over."""

    async def load(self) -> list[TicketRow]:
        """All of them. Raises :class:`StoreError`."""
        ...

    def save(self, changed: Sequence[TicketRow], removed: Sequence[TicketKey], done: Done) -> None:
        """As :meth:`BindingStore.save`."""
        ...


class Ledger(Protocol):
    """Everything that happened, in order, append only."""

    @property
    def lost(self) -> int:
        """Events since the start that could not be kept."""
        ...

    @property
    def pending(self) -> int:
        """Events not yet committed."""
        ...

    def append(self, event: Event) -> None:
        """Keep ``event``, soon; returns at once and never raises for want of a database."""
        ...

    async def events(
        self, *, call: str | None = None, since: float | None = None, kind: type[Event] | None = None
    ) -> list[Event]:
        """Events in the order they were appended: of one call, from a wall-clock time on, of one class, or all.

        Raises :class:`StoreError`.
        """
        ...

    async def flush(self) -> None:
        """Return when everything appended so far is committed. Raises :class:`StoreError` if it can't be now."""
        ...


class CallRecords(Protocol):
    """What became of calls; a row is written when a call arrives and replaced when it ends."""

    async def find(self, search: Search) -> list[CallRecord]:
        """The calls that are looked for, newest first, running ones included. Raises :class:`StoreError`."""
        ...

    async def get(self, call: str) -> CallRecord | None:
        """One call's record. Raises :class:`StoreError`."""
        ...


class Storage(Protocol):
    """A store as the server sees it."""

    @property
    def bindings(self) -> BindingStore: ...

    @property
    def messages(self) -> MessageStore: ...

    @property
    def outbox(self) -> OutboxStore: ...

    @property
    def recordings(self) -> RecordingStore: ...

    @property
    def states(self) -> UserStateStore: ...

    @property
    def extensions(self) -> ExtensionStore: ...

    @property
    def voice_messages(self) -> VoiceMessageStore: ...

    @property
    def mailboxes(self) -> MailboxStore: ...

    @property
    def agents(self) -> AgentStore: ...

    @property
    def callbacks(self) -> CallbackStore: ...

    @property
    def phones(self) -> PhoneStore: ...

    @property
    def tickets(self) -> TicketStore: ...

    @property
    def ledger(self) -> Ledger: ...

    @property
    def calls(self) -> CallRecords: ...

    async def run(self) -> None:
        """Write until :meth:`close`; to be run by the server's task group, and to be running before any save."""
        ...

    async def close(self) -> None:
        """Write what is pending, as far as the database lets us, and let go of it; :meth:`run` returns."""
        ...
