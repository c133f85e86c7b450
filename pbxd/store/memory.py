"""The store without a database or a thread: for scenarios, where nothing may happen outside the virtual clock.

It promises what the database's does, except surviving. A test can make commits late or failing.
"""

from __future__ import annotations

import asyncio
from operator import attrgetter
from typing import TYPE_CHECKING, Generic, TypeVar

from pbxd.events import CallEvent, CallId, Event
from pbxd.store.calls import RunningCalls
from pbxd.store.mailbox_rows import MailboxKey, MailboxRow, VoiceMessageRow
from pbxd.store.rows import (
    AgentKey,
    AgentRow,
    BindingKey,
    BindingRow,
    CallbackKey,
    CallbackRow,
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
from pbxd.store.search import found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pbxd.clock import Clock
    from pbxd.store.interface import Done, RecordOf
    from pbxd.store.rows import CallRecord
    from pbxd.store.search import Search

K = TypeVar("K")
R = TypeVar("R")


class _Rows(Generic[K, R]):
    """Rows in a dictionary, saved as the database would."""

    def __init__(self, key: Callable[[R], K]) -> None:
        self._key = key
        self.rows: dict[K, R] = {}
        self.delay = 0.0
        """Seconds from a save to its commit."""
        self.failure: BaseException | None = None
        """When set, commits fail with this and keep nothing."""

    def save(self, changed: Sequence[R], removed: Sequence[K], done: Done) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(self.delay, self._commit, tuple(changed), tuple(removed), done)

    def _commit(self, changed: Sequence[R], removed: Sequence[K], done: Done) -> None:
        if self.failure is None:
            for key in removed:
                self.rows.pop(key, None)
            self.rows.update((self._key(row), row) for row in changed)
        done(self.failure)


class MemoryBindings(_Rows[BindingKey, BindingRow]):
    """:class:`pbxd.store.interface.BindingStore` in a dictionary."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(attrgetter("key"))
        self._clock = clock

    async def load(self) -> list[BindingRow]:
        now = self._clock.wall()
        self.rows = {key: row for key, row in sorted(self.rows.items()) if row.expires > now}
        return list(self.rows.values())


class MemoryMessages(_Rows[int, MessageRow]):
    """:class:`pbxd.store.interface.MessageStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__(attrgetter("seq"))

    async def load(self) -> list[MessageRow]:
        return [row for _, row in sorted(self.rows.items())]


class MemoryOutbox(_Rows[int, OutboxRow]):
    """:class:`pbxd.store.interface.OutboxStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__(attrgetter("seq"))

    async def load(self) -> list[OutboxRow]:
        return [row for _, row in sorted(self.rows.items())]


class MemoryUserStates(_Rows[UserStateKey, UserStateRow]):
    """:class:`pbxd.store.interface.UserStateStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__(attrgetter("key"))

    async def load(self) -> list[UserStateRow]:
        return [row for _, row in sorted(self.rows.items())]


class MemoryExtensions(_Rows[ExtensionKey, ExtensionRow]):
    """:class:`pbxd.store.interface.ExtensionStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__(attrgetter("key"))

    async def load(self) -> list[ExtensionRow]:
        return [row for _, row in sorted(self.rows.items())]


class MemoryVoiceMessages(_Rows[str, VoiceMessageRow]):
    """:class:`pbxd.store.interface.VoiceMessageStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__(attrgetter("id"))

    async def load(self) -> list[VoiceMessageRow]:
        return sorted(self.rows.values(), key=attrgetter("at", "id"))


class MemoryMailboxes(_Rows[MailboxKey, MailboxRow]):
    """:class:`pbxd.store.interface.MailboxStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__(attrgetter("key"))

    async def load(self) -> list[MailboxRow]:
        return [row for _, row in sorted(self.rows.items())]


class MemoryAgents(_Rows[AgentKey, AgentRow]):
    """:class:`pbxd.store.interface.AgentStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__(attrgetter("key"))

    async def load(self) -> list[AgentRow]:
        return [row for _, row in sorted(self.rows.items())]


class MemoryCallbacks(_Rows[CallbackKey, CallbackRow]):
    """:class:`pbxd.store.interface.CallbackStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__(attrgetter("key"))

    async def load(self) -> list[CallbackRow]:
        return sorted(self.rows.values(), key=attrgetter("since", "call"))


class MemoryPhones(_Rows[PhoneKey, PhoneRow]):
    """:class:`pbxd.store.interface.PhoneStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__(attrgetter("key"))

    async def load(self) -> list[PhoneRow]:
        return [row for _, row in sorted(self.rows.items())]


class MemoryTickets(_Rows[TicketKey, TicketRow]):
    """:class:`pbxd.store.interface.TicketStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__(attrgetter("key"))

    async def load(self) -> list[TicketRow]:
        return [row for _, row in sorted(self.rows.items())]


class MemoryCallRecords:
    """:class:`pbxd.store.interface.CallRecords` in a dictionary."""

    def __init__(self) -> None:
        self.records: dict[str, CallRecord] = {}

    async def find(self, search: Search) -> list[CallRecord]:
        wanted = (record for record in self.records.values() if found(record, search))
        return sorted(wanted, key=lambda record: (record.started, record.call), reverse=True)[: search.limit]

    async def get(self, call: str) -> CallRecord | None:
        return self.records.get(call)


class MemoryLedger:
    """:class:`pbxd.store.interface.Ledger` in a list."""

    def __init__(self, calls: MemoryCallRecords, record_of: RecordOf) -> None:
        self.written: list[Event] = []
        self.lost = 0
        self.pending = 0
        self._calls = calls
        self._running = RunningCalls(record_of)

    def append(self, event: Event) -> None:
        self.written.append(event)
        if isinstance(event, CallEvent) and (record := self._running.add(event)) is not None:
            self._calls.records[record.call] = record

    async def events(
        self, *, call: str | None = None, since: float | None = None, kind: type[Event] | None = None
    ) -> list[Event]:
        return [
            event
            for event in self.written
            if (call is None or _call_of(event) == call)
            and (since is None or event.at >= since)
            and (kind is None or type(event) is kind)
        ]

    async def flush(self) -> None:
        """Nothing is ever pending."""


def _call_of(event: Event) -> CallId | None:
    return event.call if isinstance(event, CallEvent) else None


class MemoryRecordings(_Rows[str, RecordingRow]):
    """:class:`pbxd.store.interface.RecordingStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__(attrgetter("id"))

    async def unfinished(self) -> list[RecordingRow]:
        return sorted((row for row in self.rows.values() if row.ended is None), key=lambda row: (row.begun, row.id))

    async def expired(self, now: float) -> list[RecordingRow]:
        found = (row for row in self.rows.values() if row.expires <= now)
        return sorted(found, key=lambda row: (row.expires, row.id))

    async def find(self, *, organization: str | None, call: str | None, limit: int) -> list[RecordingRow]:
        wanted = (organization, call)
        found = [
            row
            for row in self.rows.values()
            if all(one in (None, other) for one, other in zip(wanted, (row.organization, row.call), strict=True))
        ]
        return sorted(found, key=lambda row: (-row.begun, row.id))[:limit]


class MemoryStore:
    """A :class:`pbxd.store.interface.Storage` that is gone with the process."""

    def __init__(self, clock: Clock, *, record_of: RecordOf) -> None:
        self.bindings = MemoryBindings(clock)
        self.messages = MemoryMessages()
        self.outbox = MemoryOutbox()
        self.recordings = MemoryRecordings()
        self.states = MemoryUserStates()
        self.extensions = MemoryExtensions()
        self.voice_messages = MemoryVoiceMessages()
        self.mailboxes = MemoryMailboxes()
        self.agents = MemoryAgents()
        self.callbacks = MemoryCallbacks()
        self.phones = MemoryPhones()
        self.tickets = MemoryTickets()
        self.calls = MemoryCallRecords()
        self.ledger = MemoryLedger(self.calls, record_of)
        self._closed = asyncio.Event()

    async def run(self) -> None:
        await self._closed.wait()

    async def close(self) -> None:
        self._closed.set()
