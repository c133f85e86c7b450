"""What can be done with a call, and what can come of it: two closed unions.

A new destination is one class here, naming its possible outcomes, and one file in :mod:`pbxd.treatments`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from pbxd.dialplan.diverted import Diverted
from pbxd.dialplan.source import Source
from pbxd.org.rules import Target as Destination
from pbxd.org.sounds import Prompt
from pbxd.sip.replaces import Meant

# Outcomes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """Every device that could ring is busy (486, 600)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """It rang, and nobody answered in time (our own timer, 408 or 480 after ringing)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """Somebody said no (603)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """Nobody is registered, or nothing that was tried could be reached; ``status`` is the best failure seen."""

    status: int = 480
    reason: str = "Temporarily Unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirected:
    """A device of the party answered 3xx: it wants the call to go to ``to`` (URIs as text, best first)."""

    by: str
    to: tuple[str, ...]
    rang: bool = False
    """Whether it rang before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """The caller asked for the next thing instead (VM-2), or what was decided is switched off."""

    why: str = "the caller skips this"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The caller chose where to go, or what was tried sends him on: a menu's option, a queue's overflow."""

    to: Destination
    by: str | None = None
    """The user who answers for it, where that is not whoever was called: the owner of a mailbox who calls back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The parties talked, or the caller heard what there was to hear, and the call is over."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """The parties talked, and ``by`` wants the other one, ``moved``, to reach ``to`` instead."""

    by: Source
    to: str
    """As the phone wrote it."""
    moved: Source


Outcome: TypeAlias = Busy | NoAnswer | Declined | Unreachable | Redirected | Skipped | Chosen | Completed | Transferred


# Whom to ring -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """Who the callee is told is calling, and how the call came to him."""

    number: str
    name: str = ""
    hidden: bool = False
    """Whether the caller wants to stay unknown; whoever is trusted is told all the same (CLI-5)."""
    external: bool = False
    """Whether the caller is somebody outside the organization."""
    diverted: tuple[Diverted, ...] = ()
    """Who sent the call on, the oldest first, with numbers as the callee is to see them (CLI-6)."""
    ringtone: str = ""
    """How a phone is to ring (CLI-8): a name that it knows, or a URI; empty: as it likes."""
    location: str = ""
    """URI by which the place of somebody who calls for help is looked up (RFC 6442)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTarget:
    """A registered device of a user: every binding of it rings."""

    organization: str
    user: str
    device: str
    after: float = 0.0
    """Seconds after the first of all began to ring."""
    until: float | None = None
    """When it stops, counted alike; ``None``: with the others."""

    def __str__(self) -> str:
        return self.device + _when(self.after, self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkTarget:
    """A number beyond a trunk; ``number`` is written the way that this trunk wants it."""

    trunk: str
    number: str
    presents: Presentation | None = None
    """``None``: as the whole treatment says."""
    otherwise: tuple[TrunkTarget, ...] = ()
    """What to try where the trunk fails, best first (TRK-1)."""
    after: float = 0.0
    until: float | None = None
    """As of a device."""
    device: str = ""
    """The mobile of ours that has the number, so that its user is in a call then (PRES-6); empty: none has."""
    organization: str = ""
    """Whose call it is that leaves."""
    account: str = ""
    """On whose account: a username, or a service number."""
    confirms: str = ""
    """The hunt group whose call a person has to take by a key there; empty: whoever answers has it."""
    counts: tuple[str, ...] = ()
    """Barring groups towards whose limits the call counts (NUM-6)."""

    def __str__(self) -> str:
        return f"{self.number} by trunk {self.trunk}" + _when(self.after, self.until)


Target: TypeAlias = DeviceTarget | TrunkTarget


def _when(after: float, until: float | None) -> str:
    return (f" after {after:g} s" if after else "") + (f" until {until:g} s" if until is not None else "")


# Treatments ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Ring all targets for ``seconds``; the first answer wins."""

    OUTCOMES: ClassVar = (Completed, Busy, NoAnswer, Declined, Unreachable, Redirected, Transferred)
    targets: tuple[Target, ...]
    seconds: float
    presents: Presentation
    emergency: bool = False

    def __str__(self) -> str:
        return f"ring {', '.join(map(str, self.targets)) or 'nobody'} for {self.seconds:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """The caller hears a greeting and may leave a message (VM)."""

    OUTCOMES: ClassVar = (Completed, Skipped, Chosen, Unreachable)
    organization: str
    mailbox: str
    """Username, or the name of a group mailbox."""
    kind: Literal["user", "group"]
    announce: Prompt | None = None
    """What is played first."""
    activity: str | None = None
    """Activity that is told, where the owner wants that."""
    record: bool = True

    def __str__(self) -> str:
        played = f"play {self.announce}, then " if self.announce else ""
        return f"{played}voicemail of {self.mailbox}" + ("" if self.record else ", greeting only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """The caller opens a mailbox to hear its messages (VM-8); empty: his own."""

    OUTCOMES: ClassVar = (Completed, Chosen, Unreachable)
    organization: str
    mailbox: str

    def __str__(self) -> str:
        return f"open the mailbox {self.mailbox}" if self.mailbox else "open the caller's mailbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A sound, and then the end of the call, or ``then`` where it says so."""

    OUTCOMES: ClassVar = (Completed, Chosen, Unreachable)
    organization: str
    sound: Prompt
    then: Destination | None = None

    def __str__(self) -> str:
        return f"play {self.sound}" + ("" if self.then is None else f", then {self.then}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The caller waits in a queue or an attendant group (QUE, ATT), or for one user (CALL-6)."""

    OUTCOMES: ClassVar = (Completed, Busy, Chosen, Unreachable, Transferred)
    organization: str
    queue: str
    """Name of the queue, or the username."""
    kind: Literal["queue", "attendants", "personal"]

    def __str__(self) -> str:
        return f"wait in {'the personal queue of ' if self.kind == 'personal' else 'queue '}{self.queue}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """The caller chooses by key (IVR)."""

    OUTCOMES: ClassVar = (Completed, Chosen, Unreachable)
    organization: str
    menu: str

    def __str__(self) -> str:
        return f"menu {self.menu}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The caller joins a conference room (CALL-7)."""

    OUTCOMES: ClassVar = (Completed, Unreachable)
    organization: str
    room: str = ""
    host: str = ""
    """Of one that is nobody's but this user's, who brings all his calls together."""

    def __str__(self) -> str:
        return f"conference of {self.host}" if self.host else f"conference room {self.room}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Do what a feature code is for, and end the call with a final response that says what was done (CODE)."""

    OUTCOMES: ClassVar = ()
    organization: str
    user: str
    device: str
    """That the code was dialled on."""
    name: str
    """As in :data:`pbxd.org.codes.CODES`."""
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(("feature", self.name, *self.arguments))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Refuse the caller with a final response; ends the call."""

    OUTCOMES: ClassVar = ()
    status: int
    reason: str
    result: str
    """The word for it in :class:`pbxd.events.CallEnded`."""
    announce: Prompt | None = None
    """Says why, where it can be heard."""
    why: str = ""
    """Told in a Reason header (RFC 3326)."""

    def __str__(self) -> str:
        played = f"play {self.announce}, then " if self.announce else ""
        return f"{played}reject with {self.status} {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Bring whom a transfer did not get through back to the one who transferred: his phone that waits, or ``ring``."""

    OUTCOMES: ClassVar = (Completed, Busy, NoAnswer, Declined, Unreachable, Redirected, Transferred)
    ring: Ring
    status: int
    """What became of the transfer."""
    reason: str

    def __str__(self) -> str:
        return f"recall after {self.status} {self.reason}: {self.ring}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """Put the caller in the place of a party of another call (RFC 3891), or have him answer what waits there."""

    OUTCOMES: ClassVar = (Completed, Unreachable)
    dialog: Meant

    def __str__(self) -> str:
        return f"take over {self.dialog.call_id}"


VisitRole: TypeAlias = Literal["intrude", "listen", "whisper", "barge"]
"""``intrude``: talk to one party, while the other waits (CALL-5). The others are a supervisor's (CODE-15): hear both,
hear both and be heard by one, talk to both.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The caller comes into the conversation of somebody else, for as long as he likes."""

    OUTCOMES: ClassVar = (Completed, Unreachable)
    dialog: Meant
    """Of the party whom he visits."""
    role: VisitRole
    user: str
    """That party."""
    audible: bool
    """Whether the parties are told."""

    def __str__(self) -> str:
        return {"intrude": "intrude on", "listen": "listen to", "whisper": "whisper to", "barge": "barge in on"}[
            self.role
        ] + f" {self.user}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Park:
    """The party waits, with music, until somebody retrieves it (CODE-13)."""

    OUTCOMES: ClassVar = (Completed, NoAnswer, Transferred)
    organization: str
    user: str
    """For whom: he, and those with the right to, may retrieve it."""
    seconds: float
    """After which it goes back to who parked it."""

    def __str__(self) -> str:
        return f"park for {self.user}, {self.seconds:g} s at most"


Treatment: TypeAlias = (
    Ring | Recall | TakeOver | Visit | Park | Voicemail | Mailbox | Play | Wait | Menu | Room | Feature | Reject
)
