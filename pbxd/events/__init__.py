"""What happened: every domain fact, frozen and in the past tense, and the bus that hands it on.

The journal, call records, metrics and the ledger are folds over these; call code contains no record, metric or log
line of its own. All times (``at``) are wall-clock seconds since 1970-01-01 00:00 UTC, all durations are seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NewType

from pbxd.events.base import Event as Event
from pbxd.events.people import AbsenceChanged as AbsenceChanged
from pbxd.events.people import ActivityChanged as ActivityChanged
from pbxd.events.people import DiversionChanged as DiversionChanged
from pbxd.events.people import HoursExtended as HoursExtended
from pbxd.events.people import NightModeChanged as NightModeChanged
from pbxd.events.people import NumberShown as NumberShown
from pbxd.events.people import PlanChanged as PlanChanged
from pbxd.events.people import ProfileChanged as ProfileChanged
from pbxd.events.people import RoleChanged as RoleChanged
from pbxd.events.people import UserEvent as UserEvent
from pbxd.events.server import ConfigReloaded as ConfigReloaded
from pbxd.events.server import ReloadRefused as ReloadRefused
from pbxd.events.server import ServerDraining as ServerDraining
from pbxd.events.server import ServerStarted as ServerStarted
from pbxd.events.server import ServerStopped as ServerStopped
from pbxd.events.server import SipTraceEnded as SipTraceEnded
from pbxd.events.server import SipTraceStarted as SipTraceStarted
from pbxd.plain import plain

CallId = NewType("CallId", str)
"""One pbxd call, through all its legs; not a SIP Call-ID, of which a call has one per leg."""
LegId = NewType("LegId", str)
"""One leg: its call's first id and a serial number, unique on this server for ever."""

current_call: ContextVar[str] = ContextVar("current_call", default="")
"""The call that the running code works for, so that log lines of helpers and libraries can name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent(Event):
    """Something that happened in one call."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEvent(CallEvent):
    """Something that happened to one leg; ``party`` is the device, trunk or user at its far end."""

    leg: LegId
    party: str


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(LegEvent):
    """A new call was accepted for routing (its caller is authenticated or a known trunk)."""

    organization: str
    caller: str
    """Canonical number of the caller, or the device's name where it has no number; empty when anonymous."""
    caller_name: str
    called: str
    """What was dialled, as it was dialled."""
    sip_call_id: str
    address: str
    """``transport:host:port`` where the call came from."""
    diverted: tuple[str, ...] = ()
    """Who sent the call on before it came here, the oldest first, in words; only a trunk is believed."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecided(CallEvent):
    """The evaluator chose what happens next; ``trail`` says why, line by line, in words."""

    turn: int
    """0 for the first decision of a call, then counting up as outcomes re-enter the rules."""
    called: str
    """Canonical number of the called party at this turn."""
    treatment: str
    trail: tuple[str, ...]
    billing_ids: tuple[str, ...] = ()
    """Of all who have a part in the call by now (NUM-10)."""
    basis: str = field(default="", metadata={"logged": False})
    """What the decision was made from, as JSON of :mod:`pbxd.dialplan.basis`: enough to make it again (TOOL-1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyCalled(CallEvent):
    """Somebody calls an emergency number, and the call goes out."""

    organization: str
    user: str
    device: str
    number: str
    callback: str
    """The number that is shown; empty: the caller's usual one."""
    location: str
    """Where help is to come to, as far as that is configured."""
    notify: tuple[str, ...]
    """Usernames of those who are told."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class LegDialled(LegEvent):
    """An attempt to reach a device or trunk began."""

    number: str
    sip_call_id: str
    address: str


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging(LegEvent):
    """The party at the far end is being alerted (first 180 or 183)."""

    status: int


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered(LegEvent):
    """The leg has a confirmed dialog from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEncrypted(LegEvent):
    """Sound to and from the party is encrypted from here on, or no longer. Before the first of these it is not."""

    suite: str
    """Name of the SRTP crypto suite (RFC 4568); empty: from here on in the clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegHeld(LegEvent):
    """The party put its own side on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegResumed(LegEvent):
    """The party took its side off hold."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class LegMoved(LegEvent):
    """The leg left this call for another one, where it goes on."""

    into: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAdopted(LegEvent):
    """The leg came into this call from another one, where it began."""

    out_of: CallId
    inbound: bool
    sip_call_id: str
    address: str
    """``transport:host:port`` of its far end."""
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LegReplaced(LegEvent):
    """Another leg took this one's place in the conversation (RFC 3891); this one ends."""

    by: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTransferred(LegEvent):
    """The party of this leg transferred whom it talked to, who has got through to ``to``."""

    to: str
    """The number that was dialled, or the party that was talked to before."""
    attended: bool
    """Whether it talked to ``to`` before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed(LegEvent):
    """The party of this leg wanted to transfer whom it talked to, who did not get through to ``to``."""

    to: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(LegEvent):
    """The leg is over. ``status`` is the final SIP status of its INVITE, 0 where there was none."""

    status: int
    reason: str
    by_peer: bool
    """Whether the far end ended it (BYE, CANCEL, failure response) rather than pbxd."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """The call's story is over and everything it owned is released."""

    result: str
    """answered, busy, no-answer, declined, unreachable, cancelled, rejected, feature, crashed or shutdown."""
    status: int
    """What its caller was answered with in the end (200 for an answered call)."""
    reason: str
    seconds: float
    talk_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCrashed(CallEvent):
    """A bug ended this call, and this call only."""

    error: str
    """The exception and its traceback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSilent(LegEvent):
    """A party of an established call, which nobody has on hold, is not heard any more; not even its RTCP is."""

    seconds: float
    """Since when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaProblem(LegEvent):
    """The media engine could not do what a leg needed."""

    reason: str


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


Subscriber = Callable[[Event], None]


class Bus:
    """Hands each event to every subscriber, at once and in order.

    A subscriber that raises is reported to ``failed`` and costs neither the emitter nor the other subscribers
    anything.
    """

    def __init__(self, failed: Callable[[Event, Exception], None]) -> None:
        self._subscribers: list[Subscriber] = []
        self._failed = failed

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    def emit(self, event: Event) -> None:
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception as error:  # a consumer's bug must not reach the call that emitted
                self._failed(event, error)
