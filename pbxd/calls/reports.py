"""What legs report to the call that owns them, and what else they want of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from pbxd.calls.bridge import Bridge
    from pbxd.calls.dialogue import Way
    from pbxd.calls.interrupt import Why
    from pbxd.calls.leg import Leg
    from pbxd.calls.stages import Parked
    from pbxd.calls.tape import Tape
    from pbxd.calls.world import World
    from pbxd.events import CallId
    from pbxd.media.engine import Played, Recorded
    from pbxd.sip.session import Referred


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """The party is being alerted; ``sound`` says that it already sends early media."""

    leg: Leg
    status: int
    sound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """The party answered and was not met by a rendezvous."""

    leg: Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The attempt came to nothing; ``contacts`` is where a 3xx points, as text, best first."""

    leg: Leg
    status: int
    reason: str
    contacts: tuple[str, ...] = ()
    retry_after: float | None = None
    """Seconds that the far end asks to be left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The party left."""

    leg: Leg
    status: int
    reason: str


LegReport: TypeAlias = Progressed | Up | Failed | Gone


class Listener(Protocol):
    """Whoever talks to a leg's party in place of another party."""

    def pressed(self, key: str, way: Way) -> None:
        """The party pressed a key."""
        ...

    def told(self, event: Played | Recorded) -> None:
        """Something that the engine was asked for has ended."""
        ...


class Owner(Protocol):
    """The call that a leg belongs to."""

    id: CallId
    bridge: Bridge
    parked: Parked | None
    tape: Tape | None
    subject: Leg
    facts: World

    def reported(self, report: LegReport) -> None:
        """Something happened that the owner must know."""
        ...

    def referred(self, leg: Leg, asked: Referred) -> None:
        """The party of ``leg`` wants to transfer whom it talks to; to be accepted or refused before this returns."""
        ...

    def hand_on(self, referrer: Leg, to: str) -> bool:
        """Have whom ``referrer`` talks to reach ``to`` instead; ``False`` where their conversation is over."""
        ...

    def swap(self, old: Leg, new: Leg) -> bool:
        """Put ``new``, whoever's it is, in the place of ``old`` in the conversation; ``False`` where that is over."""
        ...

    def interrupt(self, why: Why) -> None:
        """End the call."""
        ...

    def let_go(self, leg: Leg) -> None:
        """The leg is over or belongs to somebody else from here on."""
        ...

    def crashed(self, error: Exception) -> None:
        """A bug met the firewall while the leg reacted."""
        ...
