"""What the store keeps, as plain values: rows of its tables, and the records that are folds of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pbxd.events import CallId, Event, LegId
from pbxd.plain import plain

if TYPE_CHECKING:
    from pbxd.address import Address


class BindingKey(NamedTuple):
    """What makes two bindings the same one: the contact, or the instance and its flow (RFC 5626 4.2.1) as well."""

    organization: str
    device: str
    contact: str
    instance: str = ""
    reg_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRow:
    """One registered contact of one device."""

    organization: str
    device: str
    contact: str
    """The Contact URI as the device wrote it."""
    instance: str | None = None
    """``+sip.instance`` (RFC 5626 4.1)."""
    reg_id: int | None = None
    transport: str
    """``udp``, ``tcp``, ``tls``, ``ws`` or ``wss``. A stream's connection does not survive a restart."""
    local: Address
    remote: Address
    expires: float
    """Wall-clock seconds."""
    q: int = 1000
    """Thousandths, 0 to 1000: RFC 3261 allows three decimals."""
    call_id: str
    cseq: int
    user_agent: str = ""
    path: tuple[str, ...] = ()
    """Path header values, topmost first (RFC 3327)."""

    @property
    def key(self) -> BindingKey:
        return BindingKey(self.organization, self.device, self.contact, self.instance or "", self.reg_id or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A short message that waits for a device of its recipient to take it."""

    seq: int
    """Counts up; messages are delivered in this order."""
    organization: str
    recipient: str
    """Username."""
    sender: str
    """URI of who sent it."""
    sender_name: str
    sent: float
    """Wall-clock seconds."""
    expires: float
    """Wall-clock seconds; from then on nobody is to get it any more."""
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A mail or SMS that is to be sent, or was not, or was and is remembered for it."""

    seq: int
    """Counts up."""
    organization: str
    kind: str
    """What it is about, such as ``voicemail``."""
    user: str
    """Whom it is for or about; may be empty."""
    channel: str
    """``email`` or ``sms``."""
    recipient: str
    """Address or number."""
    letter: str
    """The letter itself, as whoever saves it writes it."""
    state: str
    """``waiting``, ``dead`` or ``sent``; the last one only for what is remembered."""
    created: float
    """Wall-clock seconds."""
    due: float
    """When it is tried next; of what was sent, when it was."""
    attempts: int
    error: str
    """Why the last attempt failed."""
    used: float | None = None
    """Of an invitation: since when what it invites to is used."""


class UserStateKey(NamedTuple):
    organization: str
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStateRow:
    """What one user has set."""

    organization: str
    username: str
    state: str
    """As whoever saves it writes it."""
    seen: float
    """Up to when its planned changes have been told; wall-clock seconds."""

    @property
    def key(self) -> UserStateKey:
        return UserStateKey(self.organization, self.username)


class ExtensionKey(NamedTuple):
    organization: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRow:
    """Working hours of a day that somebody extended."""

    organization: str
    scope: str
    """A group; empty: the whole organization."""
    until: float
    """Wall-clock seconds."""
    by: str
    """Username."""

    @property
    def key(self) -> ExtensionKey:
        return ExtensionKey(self.organization, self.scope)


class AgentKey(NamedTuple):
    organization: str
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """An agent who is logged in to a queue, or pauses."""

    organization: str
    username: str
    queues: tuple[str, ...]
    """That he is logged in to, in order."""
    paused: bool

    @property
    def key(self) -> AgentKey:
        return AgentKey(self.organization, self.username)


class CallbackKey(NamedTuple):
    organization: str
    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRow:
    """Somebody who is to be called back, and keeps his place in a queue."""

    organization: str
    call: CallId
    """That in which he asked for it."""
    queue: str
    kind: str
    """``queue`` or ``personal``."""
    number: str
    name: str
    language: str
    since: float
    """From when on he waits; wall-clock seconds, like all times here."""
    expires: float | None
    attempts: int
    """Of calling back, so far."""

    @property
    def key(self) -> CallbackKey:
        return CallbackKey(self.organization, self.call)


class PhoneKey(NamedTuple):
    organization: str
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRow:
    """A phone that has come for its settings, or is expected. Times are wall-clock seconds, 0: never."""

    organization: str
    mac: str
    secret: str = field(default="", repr=False)
    """In its own address from the first time on that it came; empty: it never came."""
    proved: float = 0.0
    """When it first came with its secret: from then on nobody is it who lacks that."""
    ticket: str = field(default="", repr=False)
    """With which it last came."""
    model: str = ""
    firmware: str = ""
    address: str = ""
    description: str = ""
    lines: tuple[str, ...] = ()
    """Devices that it was assigned by command."""
    user: str = ""
    """Who is logged in at it, where it is a free seat."""
    since: float = 0.0
    """When he logged in."""
    first_seen: float = 0.0
    last_seen: float = 0.0
    refused: float = 0.0
    """When somebody last came as this phone and did not have its secret; 0 again when it comes with it."""

    @property
    def key(self) -> PhoneKey:
        return PhoneKey(self.organization, self.mac)


class TicketKey(NamedTuple):
    organization: str
    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """What the address begins with from which an organization's phones get their settings."""

    organization: str
    ticket: str = field(repr=False)
    made: float
    """Wall-clock seconds, as the others."""
    expires: float = 0.0
    """From then on it lets no phone in that has not been here; 0: it is the one of now."""
    revoked: float = 0.0
    """From then on it lets nobody in; 0: it was not."""

    @property
    def key(self) -> TicketKey:
        return TicketKey(self.organization, self.ticket)


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class LegRecord:
    """One leg of a call, from its first to its last event; times are wall-clock seconds."""

    leg: LegId
    party: str
    inbound: bool
    """Whether the party called us, rather than we it."""
    number: str
    sip_call_id: str
    address: str
    started: float
    ringing: float | None = None
    answered: float | None = None
    ended: float | None = None
    status: int = 0
    reason: str = ""
    by_peer: bool = False


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """One decision about a call: where it was sent."""

    at: float
    """Wall-clock seconds."""
    called: str
    """Canonical number."""
    treatment: str
    """In words."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call; a fold over its events (:mod:`pbxd.cdr`). Times are wall-clock seconds, durations seconds."""

    call: CallId
    organization: str
    caller: str
    caller_name: str
    called: str
    """What was dialled, as it was dialled."""
    started: float
    answered: float | None = None
    """When the first leg that pbxd dialled, or the caller's own, was answered."""
    ended: float | None = None
    seconds: float = 0.0
    talk_seconds: float = 0.0
    result: str = ""
    """As in :class:`pbxd.events.CallEnded`; empty while the call lives."""
    status: int = 0
    reason: str = ""
    recordings: int = 0
    """Files of what was said in it (CALL-8), be they kept still or not."""
    turns: tuple[TurnRecord, ...] = ()
    """Through what it went, in order."""
    billing_ids: tuple[str, ...] = ()
    """Of everybody who had a part in it, in the order in which the call came to them (NUM-10)."""
    legs: tuple[LegRecord, ...] = ()


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    """One file of a recorded call. Times are wall-clock seconds."""

    id: str
    organization: str
    call: str
    caller: str
    """Whose sound is the left channel."""
    callee: str
    """Whose sound is the right one."""
    path: str
    """Within the directory of recordings."""
    begun: float
    ended: float | None = None
    """``None`` while it goes on, and after a crash until the next start."""
    seconds: float = 0.0
    expires: float
    """When it may be deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent(Event):
    """An event in the ledger whose type, or whose fields, this version of pbxd does not know."""

    type: str
    call: CallId | None
    fields: Mapping[str, object] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsLost(Event):
    """The ledger has a gap here: ``count`` events did not fit in memory while the database could not be written."""

    count: int
