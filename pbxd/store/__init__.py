"""What outlives the process: bindings, short messages, what users set, the ledger of events, call records."""

from __future__ import annotations

from pbxd.store.interface import (
    BindingKey,
    BindingRow,
    BindingStore,
    CallRecord,
    CallRecords,
    EventsLost,
    ExtensionKey,
    ExtensionRow,
    ExtensionStore,
    Ledger,
    LegRecord,
    MessageRow,
    MessageStore,
    OutboxRow,
    OutboxStore,
    RecordedEvent,
    Storage,
    StoreError,
    TurnRecord,
    UserStateKey,
    UserStateRow,
    UserStateStore,
)
from pbxd.store.mailbox_rows import MailboxKey, MailboxRow, VoiceMessageRow
from pbxd.store.memory import MemoryStore
from pbxd.store.patience import Patience
from pbxd.store.search import Search
from pbxd.store.store import Store

__all__ = [
    "BindingKey",
    "BindingRow",
    "BindingStore",
    "CallRecord",
    "CallRecords",
    "EventsLost",
    "ExtensionKey",
    "ExtensionRow",
    "ExtensionStore",
    "Ledger",
    "LegRecord",
    "MailboxKey",
    "MailboxRow",
    "MemoryStore",
    "MessageRow",
    "MessageStore",
    "OutboxRow",
    "OutboxStore",
    "Patience",
    "RecordedEvent",
    "Search",
    "Storage",
    "Store",
    "StoreError",
    "TurnRecord",
    "UserStateKey",
    "UserStateRow",
    "UserStateStore",
    "VoiceMessageRow",
]
