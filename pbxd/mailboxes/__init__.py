"""Mailboxes: messages and greetings on disk, PINs, who may take how much room for how long (VM).

What callers and owners hear is in :mod:`pbxd.dialogues`.
"""

from __future__ import annotations

from pbxd.mailboxes.box import Answer, Box
from pbxd.mailboxes.mailroom import Counts, Limits, Mailroom, Office
from pbxd.mailboxes.orders import MailboxOrders
from pbxd.mailboxes.recording import NewMessage
from pbxd.store.mailbox_rows import MailboxKey, MailboxKind, MailboxRow, MessageState, VoiceMessageRow

__all__ = [
    "Answer",
    "Box",
    "Counts",
    "Limits",
    "MailboxKey",
    "MailboxKind",
    "MailboxOrders",
    "MailboxRow",
    "Mailroom",
    "MessageState",
    "NewMessage",
    "Office",
    "VoiceMessageRow",
]
