"""What becomes of mailboxes and of the messages in them. All but locks are on disk before they
are said.
"""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxEvent(Event):
    """Something about one mailbox is another one."""

    organization: str
    mailbox: str
    """Username, or the name of a group mailbox."""
    kind: str
    """``user`` or ``group``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLeft(MailboxEvent):
    """A message is in the mailbox, and its sound is complete on disk."""

    id: str
    caller: str
    """Canonical number; empty where it is unknown or hidden."""
    caller_name: str
    seconds: float
    """How long it is. ``at`` is when it was left."""
    path: str
    """Absolute, of a WAV file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxChanged(MailboxEvent):
    """How many messages there are, or how many of them were not heard, is another number."""

    new: int
    """Messages that nobody has heard."""
    old: int
    """Messages that somebody has."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxLocked(MailboxEvent):
    """Too many wrong PINs: nobody gets in with one for a while."""

    seconds: float
    failures: int
    caller: str
    """Who gave the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettingChanged(MailboxEvent):
    """The owner changed something by phone: the greeting, the PIN, whether messages are taken."""

    what: str
    """``greeting``, ``pin``, ``voicemail``, ``greeting-only``."""
    value: str
    """What it is now, as far as that is anybody's business: never the PIN."""
