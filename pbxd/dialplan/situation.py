"""A call as far as it has come, and the world it happens in: what :func:`pbxd.dialplan.router.decide` looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from pbxd.config.snapshot import Trunk
from pbxd.dialplan.source import FromDevice, FromTrunk, Source
from pbxd.dialplan.treatment import Outcome, Treatment
from pbxd.org.organization import Organization
from pbxd.org.state import ExtendedHours, UserState
from pbxd.sip.diversion import DiversionReason
from pbxd.sip.replaces import Meant

if TYPE_CHECKING:
    from pbxd.dialplan.router import Decision

__all__ = [
    "NOWHERE",
    "DialogFact",
    "Facts",
    "FromDevice",
    "FromTrunk",
    "Hop",
    "Place",
    "Shown",
    "Situation",
    "Source",
    "TrunkFact",
    "Turn",
    "Usage",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """Whom the call is for, from one diversion to the next."""

    organization: str
    number: str
    """Canonical number, or the words that stand for one (a username)."""
    user: str | None = None
    service: str | None = None
    """Name of the queue, menu, hunt group ... that has the number."""
    made: bool = False
    """Whether this is the caller's own side, where the rules for calls that are made count."""
    reason: DiversionReason | None = None
    """Why it was sent here by the hop before; ``None`` where that is no diversion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What rules have set so far for the rest of the call (RULE-3)."""

    number: str | None = None
    binding: bool = False
    """Whether the number is an administrator's wish, not the user's own."""
    text: str | None = None
    language: str | None = None
    recording: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the rules a decision stands, so that its outcome can be followed up."""

    hops: tuple[Hop, ...]
    """How the call came here; the last is the one it is for now."""
    entry: str = ""
    """Key of the rule that is being carried out; empty: none."""
    step: int = 0
    """The first step of it that is not begun."""
    used: frozenset[str] = frozenset()
    """Keys of the rules that this hop has used up."""
    shown: Shown = Shown()
    back: Place | None = None
    """Where the hop before stands, whose rules go on when nothing comes of this one."""

    @property
    def hop(self) -> Hop:
        return self.hops[-1]


NOWHERE = Place(hops=())
"""Of decisions that no rule has made: transfers that come back, calls that take the place of others."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that was tried, and what came of it."""

    treatment: Treatment
    outcome: Outcome
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything about one call that a decision may depend on."""

    source: Source
    dialled: str
    """What the caller dialled, as the phone or trunk sent it."""
    turns: tuple[Turn, ...] = ()
    replaces: Meant | None = None
    """The dialog that the caller wants to take over (RFC 3891)."""
    bypass: bool = False
    """Whether diversions are passed over (DIV-4)."""
    role: str | None = None
    """The role in which the caller makes this one call (CODE-10)."""

    def after(self, decision: Decision, outcome: Outcome) -> Situation:
        """The situation once what was decided came out as ``outcome``."""
        if decision.treatment is None:
            raise ValueError("nothing was decided that could come out")
        return replace(self, turns=(*self.turns, Turn(decision.treatment, outcome, decision.place)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkFact:
    """A trunk, and whether a call may go by it now."""

    trunk: Trunk
    unusable: str = ""
    """Why not, in words that follow the trunk's name; empty when it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Calls that count towards a limit of a barring group (NUM-6)."""

    simultaneous: int = 0
    last_hour: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogFact:
    """What goes on at one of a user's phones, or for him: something that another phone can take over."""

    dialog: Meant
    device: str
    """The phone; of what is parked, who is."""
    state: Literal["rings", "talks", "parked"]
    since: float
    """Seconds since 1970."""
    queue: str = ""
    """The queue whose call the user talks in as an agent; empty: it is another one."""


class Facts(Protocol):
    """The read-only world of one decision."""

    def organization(self, name: str) -> Organization:
        """The organization of that name; raises :class:`KeyError` when there is none."""
        ...

    def registered(self, organization: str, device: str) -> bool:
        """Whether any phone can be reached under this device's name right now."""
        ...

    def trunks(self, organization: str) -> Sequence[TrunkFact]:
        """The organization's trunks, best first."""
        ...

    def state(self, organization: str, user: str) -> UserState:
        """What the user has set."""
        ...

    def calls_of(self, organization: str, user: str) -> int:
        """How many legs the user has on all devices, this call's own not counted (PRES-6)."""
        ...

    def dialogs(self, organization: str, user: str) -> Sequence[DialogFact]:
        """What rings at the user's phones, what he talks on, and who is parked for him; the oldest first."""
        ...

    def usage(self, organization: str, user: str, barring: str) -> Usage:
        """Calls of the user (or service number) to what a barring group limits."""
        ...

    def extended_hours(self, organization: str) -> Sequence[ExtendedHours]:
        """Working hours that somebody has extended today."""
        ...
