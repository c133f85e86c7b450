"""The store over a database: what the server opens, runs in its task group, and closes."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from pbxd.store.bindings import DatabaseBindings
from pbxd.store.calls import DatabaseCallRecords
from pbxd.store.interface import RecordOf, StoreError
from pbxd.store.ledger import DatabaseLedger
from pbxd.store.mailboxes import DatabaseMailboxes, DatabaseVoiceMessages
from pbxd.store.messages import DatabaseMessages
from pbxd.store.outbox import DatabaseOutbox
from pbxd.store.patience import DEFAULT_PATIENCE, Patience
from pbxd.store.phones import DatabasePhones, DatabaseTickets
from pbxd.store.queues import DatabaseAgents, DatabaseCallbacks
from pbxd.store.recordings import DatabaseRecordings
from pbxd.store.retention import Retention
from pbxd.store.states import DatabaseExtensions, DatabaseUserStates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbxd.clock import Clock
    from pbxd.store.database import Database
    from pbxd.store.group import GroupCommit

_log = logging.getLogger("pbxd.store")


class _Grouped(Protocol):
    @property
    def group(self) -> GroupCommit: ...


class Store:
    """A :class:`pbxd.store.interface.Storage` in SQLite or PostgreSQL."""

    def __init__(
        self, database: Database, clock: Clock, record_of: RecordOf, *, last_seq: int, ledger_days: int | None
    ) -> None:
        self._database = database
        self.bindings = DatabaseBindings(database, clock)
        self.messages = DatabaseMessages(database)
        self.outbox = DatabaseOutbox(database)
        self.recordings = DatabaseRecordings(database)
        self.states = DatabaseUserStates(database)
        self.extensions = DatabaseExtensions(database)
        self.voice_messages = DatabaseVoiceMessages(database)
        self.mailboxes = DatabaseMailboxes(database)
        self.agents = DatabaseAgents(database)
        self.callbacks = DatabaseCallbacks(database)
        self.phones = DatabasePhones(database)
        self.tickets = DatabaseTickets(database)
        self.ledger = DatabaseLedger(database, clock, record_of, last_seq=last_seq)
        self.calls = DatabaseCallRecords(database)
        self.retention = Retention(database, clock, ledger_days) if ledger_days is not None else None
        self._acknowledged = (
            *(self.bindings, self.messages, self.outbox, self.states, self.extensions),
            *(self.voice_messages, self.mailboxes, self.recordings),
            *(self.agents, self.callbacks),
            *(self.phones, self.tickets),
        )

    @classmethod
    async def open(
        cls,
        url: str,
        clock: Clock,
        *,
        record_of: RecordOf,
        ledger_days: int | None = None,
        patience: Patience = DEFAULT_PATIENCE,
    ) -> Store:
        """Open ``url`` (``sqlite:///path`` or ``postgresql://...``) and bring its schema up to date.

        Calls that the last run of the server left in the middle are closed as ``crashed``. ``record_of`` is
        :func:`pbxd.cdr.call_record`; events and calls are kept for ``ledger_days``, or for ever. Raises
        :class:`StoreError`.
        """
        # SQLAlchemy takes 0.3 s to import, which scenarios on the memory store need not pay.
        from pbxd.store.database import Database
        from pbxd.store.migrations import upgrade

        database = await Database.open(url, clock, upgrade, patience)
        try:
            [(last_seq,)] = await database.read("SELECT coalesce(max(seq), 0) FROM events")
            store = cls(database, clock, record_of, last_seq=last_seq, ledger_days=ledger_days)
            if cut_off := await store.ledger.close_cut_off():
                _log.warning("%d calls were cut off when the server last stopped", cut_off)
        except BaseException:
            await database.close()
            raise
        return store

    async def run(self) -> None:
        """Write until :meth:`close`; to be run by the server's task group, and to be running before any save."""
        async with asyncio.TaskGroup() as group:
            for kept in self._all():
                group.create_task(kept.group.run())
            if self.retention is not None:
                self.retention.group.ask()

    def _all(self) -> Iterator[_Grouped]:
        """Everything that writes when it is time to."""
        yield from self._acknowledged
        yield self.ledger
        if self.retention is not None:
            yield self.retention

    async def close(self) -> None:
        """Write what is pending, as far as the database lets us, and let go of it; :meth:`run` returns."""
        for waiting in self._acknowledged:
            await waiting.flush()
        try:
            await self.ledger.flush()
        except StoreError as error:
            _log.error("%d events are lost: %s", self.ledger.pending, error)
        for kept in self._all():
            kept.group.close()
        await self._database.close()
