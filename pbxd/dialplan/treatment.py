"""What can be done with a call, and what can come of it: two closed unions.

A new destination is one class here, naming its possible outcomes, and one file in :mod:`pbxd.treatments`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from pbxd.dialplan.diverted import Diverted
from pbxd.dialplan.source import Source
from pbxd.sip.replaces import Meant


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
class Completed:
    """The parties talked, and the call is over."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """The parties talked, and ``by`` wants the other one, ``moved``, to reach ``to`` instead."""

    by: Source
    to: str
    """As the phone wrote it."""
    moved: Source


Outcome: TypeAlias = Busy | NoAnswer | Declined | Unreachable | Redirected | Completed | Transferred


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTarget:
    """A registered device of a user: every binding of it rings."""

    organization: str
    user: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkTarget:
    """A number beyond a trunk; ``number`` is written the way that this trunk wants it."""

    trunk: str
    number: str


Target: TypeAlias = DeviceTarget | TrunkTarget


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Ring all targets at once for ``seconds``; the first answer wins."""

    OUTCOMES: ClassVar = (Completed, Busy, NoAnswer, Declined, Unreachable, Redirected, Transferred)
    targets: tuple[Target, ...]
    seconds: float
    presents: Presentation

    def __str__(self) -> str:
        names = [t.device if isinstance(t, DeviceTarget) else f"{t.number} by trunk {t.trunk}" for t in self.targets]
        return f"ring {', '.join(names) or 'nobody'} for {self.seconds:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Refuse the caller with a final response; ends the call."""

    OUTCOMES: ClassVar = ()
    status: int
    reason: str
    result: str
    """The word for it in :class:`pbxd.events.CallEnded`."""

    def __str__(self) -> str:
        return f"reject with {self.status} {self.reason}"


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
    """Put the caller in the place of a party of another call (RFC 3891)."""

    OUTCOMES: ClassVar = (Completed, Unreachable)
    dialog: Meant

    def __str__(self) -> str:
        return f"take over {self.dialog.call_id}"


Treatment: TypeAlias = Ring | Recall | TakeOver | Reject
