"""Mailboxes and the messages in them as the store keeps them: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

MailboxKind: TypeAlias = Literal["user", "group"]
MessageState: TypeAlias = Literal["new", "heard", "saved", "deleted"]
"""``deleted`` is a message whose files may still be there."""


class MailboxKey(NamedTuple):
    """Whose mailbox: a user's by username, or a group's by its name."""

    organization: str
    kind: MailboxKind
    mailbox: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceMessageRow:
    """One message in a mailbox. Paths are relative to the spool, so that the data directory may be moved."""

    id: str
    organization: str
    kind: MailboxKind
    mailbox: str
    caller: str
    """Canonical number; empty where it is unknown or hidden."""
    caller_name: str
    at: float
    """When it was left; wall-clock seconds."""
    seconds: float
    """How long it is."""
    bytes: int
    """What it takes on disk, its comment included."""
    path: str
    state: MessageState = "new"
    changed: float
    """Since when it is in this state; wall-clock seconds."""
    forwarded_from: str = ""
    """The mailbox that it comes from, where somebody sent it on."""
    comment: str = ""
    """Path of what he said about it; empty: nothing."""

    @property
    def box(self) -> MailboxKey:
        return MailboxKey(self.organization, self.kind, self.mailbox)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxRow:
    """What the owner of a mailbox has set by phone, and wrong PINs."""

    organization: str
    kind: MailboxKind
    mailbox: str
    pin: str = field(default="", repr=False)
    """As :mod:`pbxd.mailboxes.pins` writes it; empty: the configured one counts."""
    replaces: str = field(default="", repr=False)
    """The configured PIN in whose place ``pin`` was set, written alike."""
    failures: int = 0
    """Wrong PINs since the last right one."""
    locked_until: float = 0.0
    """Wall-clock seconds."""
    greeting: str = ""
    """Path of the owner's own, relative to the spool; empty: as configured."""
    switched_off: bool = False
    greeting_only: bool = False

    @property
    def key(self) -> MailboxKey:
        return MailboxKey(self.organization, self.kind, self.mailbox)
