"""What happens between calls: registrations, trunks, short messages, and requests that are refused."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.events.base import Event
from pbxd.plain import plain


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Registered(Event):
    """A device's binding was added or refreshed (and is on disk)."""

    organization: str
    device: str
    contact: str
    address: str
    expires: int
    """Seconds."""
    user_agent: str
    refresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unregistered(Event):
    """A device's binding is gone: removed by the device, expired, or its connection was lost."""

    organization: str
    device: str
    contact: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkUp(Event):
    """A trunk answers: it granted our registration, or is heard again after it was down."""

    trunk: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkDown(Event):
    """A trunk refused our registration, did not answer, or asked for a pause; calls go by others meanwhile."""

    trunk: str
    status: int
    reason: str
    retry_after: float
    """Seconds until it is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkServerDown(Event):
    """One of several servers of a trunk did not serve a request; requests go to the others meanwhile."""

    trunk: str
    server: str
    """``udp:192.0.2.7:5060``"""
    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkServerUp(Event):
    """A server of a trunk that was down is heard again."""

    trunk: str
    server: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAccepted(Event):
    """A short message is stored for its recipient, and its sender knows. What it says is nobody's business."""

    organization: str
    message: int
    device: str
    """That it was sent from."""
    recipient: str
    """Username."""
    size: int
    """Bytes."""
    waiting: int
    """Messages that wait for the recipient now, this one included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivered(Event):
    """A device took a short message, which is thereby delivered."""

    organization: str
    message: int
    device: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageExpired(Event):
    """No device has taken a short message in the time that its sender, or the server, gave it: it is deleted."""

    organization: str
    message: int
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKept(Event):
    """A device did not take a short message; until one does, it is tried again when one registers."""

    organization: str
    message: int
    device: str
    contact: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(Event):
    """A request was refused before it became a call or a binding."""

    method: str
    account: str
    """User part of From, as claimed and not verified."""
    target: str
    address: str
    status: int
    reason: str
    sip_call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsRefused(Event):
    """More requests from an address were refused, after one that has an event of its own."""

    address: str
    """IP address; ``others`` for all of those that are too many to be told apart."""
    count: int
    seconds: float
    """In which they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Banned(Event):
    """An account at an address, or an address as a whole, is not heard for a while."""

    account: str
    """Empty: the whole address."""
    address: str
    """IP address."""
    seconds: float
    failures: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbanned(Event):
    """A ban was lifted before it ran out."""

    account: str
    address: str
    why: str
