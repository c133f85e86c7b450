"""What happens in calls and to their legs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NewType

from pbxd.events.base import Event
from pbxd.plain import plain

CallId = NewType("CallId", str)
"""One pbxd call, through all its legs; not a SIP Call-ID, of which a call has one per leg."""
LegId = NewType("LegId", str)
"""One leg: its call's first id and a serial number, unique on this server for ever."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedCallBegan(CallEvent):
    """A call goes out that counts towards limits (NUM-6)."""

    organization: str
    account: str
    """Whose limits: a username or service number."""
    groups: tuple[str, ...]
    """The barring groups that limit it."""


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
class Transcoding(LegEvent):
    """What the party hears is decoded and made anew from here on: the two have no format in common, or keys must be
    found in the other one's sound.
    """

    heard: str
    """Encoding of what comes from the other party."""
    made: str
    """Encoding of what this party hears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(CallEvent):
    """What two parties say to each other is recorded from here on."""

    recording: str
    organization: str
    caller: str
    """Whose sound is the left channel."""
    callee: str
    announced: bool
    """Whether both were told."""
    by: str = ""
    """The user who wants it by a code; empty: a rule, a profile or a setting does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused(CallEvent):
    """What two parties say to each other is not recorded from here on, because one of them wants that by a code."""

    by: str
    """The user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEnded(CallEvent):
    """A recording is complete, and on disk; the call may be over by then."""

    recording: str
    seconds: float
    failed: bool
    """Whether the disk did not take the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegHeld(LegEvent):
    """The party put its own side on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegResumed(LegEvent):
    """The party took its side off hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFax(LegEvent):
    """The party talks facsimile (T.38) instead of sound from here on, or sound again."""

    fax: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LegTold(LegEvent):
    """The party is being told whom it talks to now."""

    identity: str
    """As the header says it (RFC 3325)."""


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
class CallParked(LegEvent):
    """The party of this leg waits for somebody to retrieve it."""

    user: str
    """For whom it was parked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEntered(LegEvent):
    """The party came into a conference room."""

    room: str
    people: int
    """In the room now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLeft(LegEvent):
    """The party left a conference room."""

    room: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallVisited(LegEvent):
    """Somebody came into the conversation of this leg's party."""

    by: str
    """Who: the party of another call."""
    role: str
    """``intrude``, ``listen``, ``whisper`` or ``barge``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEnded(LegEvent):
    """He is gone, or has taken the place of one of the two."""

    by: str
    role: str


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
    expected: str = ""
    """Where the party wants its own sound sent, and most likely sends from; empty: it did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaProblem(LegEvent):
    """The media engine could not do what a leg needed."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(LegEvent):
    """pbxd begins to say something to the party."""

    language: str
    text: str
    """Names of prompts with what fills their gaps, or an organization's own words; several after `` / ``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPressed(LegEvent):
    """The party answered a question."""

    keys: str
    """``***`` for what is secret."""
