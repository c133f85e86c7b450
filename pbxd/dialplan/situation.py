"""A call as far as it has come, and the world it happens in: what :func:`pbxd.dialplan.router.decide` looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pbxd.config.snapshot import Trunk
from pbxd.dialplan.source import FromDevice, FromTrunk, Source
from pbxd.dialplan.treatment import Outcome, Treatment
from pbxd.org.organization import Organization
from pbxd.sip.replaces import Meant

__all__ = ["Facts", "FromDevice", "FromTrunk", "Situation", "Source", "TrunkFact", "Turn"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that was tried, and what came of it."""

    treatment: Treatment
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything about one call that a decision may depend on."""

    source: Source
    dialled: str
    """What the caller dialled, as the phone or trunk sent it."""
    turns: tuple[Turn, ...] = ()
    replaces: Meant | None = None
    """The dialog that the caller wants to take over (RFC 3891)."""

    def after(self, treatment: Treatment, outcome: Outcome) -> Situation:
        """The situation once ``treatment`` came out as ``outcome``."""
        return replace(self, turns=(*self.turns, Turn(treatment, outcome)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkFact:
    """A trunk, and whether a call may go by it now."""

    trunk: Trunk
    unusable: str = ""
    """Why not, in words that follow the trunk's name; empty when it may."""


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
