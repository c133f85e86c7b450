"""What a call is at: its parties talk, or wait to be met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pbxd.calls.leg import Leg
    from pbxd.calls.rendezvous import Rendezvous
    from pbxd.dialplan.treatment import Outcome


@dataclass(slots=True)
class Conversation:
    """The subject talks to ``peer``."""

    peer: Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """The subject waits to be retrieved."""

    whose: tuple[str, str]
    """Organization and user for whom it was parked."""
    meeting: Rendezvous
    """Where it is met."""
    since: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Left:
    """The conversation is over because of what one of the parties asked for."""

    outcome: Outcome
