"""What becomes of mails and SMS. What they say is nobody's business here."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeEvent(Event):
    """Something about one mail or SMS."""

    organization: str
    notice: int
    """Its number, as in ``pbxd notices``; 0: there was no room to keep it."""
    kind: str
    """What it is about: ``voicemail``, ``emergency``, ``message``, ``welcome``."""
    channel: str
    """``email`` or ``sms``."""
    user: str
    """Whom it is for, or who wrote it; may be empty."""
    to: str
    """Address or number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent(NoticeEvent):
    """The mail server or gateway has taken it."""

    attempts: int
    seconds: float
    """From when it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDelayed(NoticeEvent):
    """It was not taken, and is tried again."""

    attempts: int
    reason: str
    again: float
    """Seconds until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFailed(NoticeEvent):
    """It is given up: refused for good, or its time is over. Somebody may have it tried again."""

    attempts: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeReported(NoticeEvent):
    """The gateway told what became of an SMS."""

    state: str
    """``delivered``, ``expired``, ``undeliverable``, ``rejected`` and others, as SMPP has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationUsed(NoticeEvent):
    """A phone of somebody who was welcomed has registered for the first time since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayDown(Event):
    """The mail server or SMS gateway can't be used; what is to be sent waits."""

    channel: str
    reason: str
    again: float
    """Seconds until it is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayUp(Event):
    """The mail server or SMS gateway takes letters again."""

    channel: str
