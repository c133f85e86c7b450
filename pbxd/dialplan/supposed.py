"""Facts without a server: what a dry run, a routing test or a picture supposes about the world (TOOL-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pbxd.config.snapshot import Trunk
from pbxd.dialplan.situation import DialogFact, TrunkFact, Usage
from pbxd.org.organization import Organization
from pbxd.org.state import NOTHING_SET, ExtendedHours, UserState


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """Facts as they would be on a quiet day: every phone is registered, nobody talks, and every trunk is up."""

    organizations: Mapping[str, Organization]
    by_name: Mapping[str, Trunk] = field(default_factory=dict)
    """Trunks, best first."""
    states: Mapping[tuple[str, str], UserState] = field(default_factory=dict)
    """What users have set, by organization and username."""
    absent: frozenset[tuple[str, str]] = frozenset()
    """Devices that are not registered, by organization and name."""
    talking: frozenset[tuple[str, str]] = frozenset()
    """Users who are in a call."""
    live: Mapping[tuple[str, str], tuple[DialogFact, ...]] = field(default_factory=dict)
    """What goes on at users' phones."""
    down: Mapping[str, str] = field(default_factory=dict)
    """Trunks that can't be used, and why."""
    extended: Mapping[str, tuple[ExtendedHours, ...]] = field(default_factory=dict)
    used: Mapping[tuple[str, str, str], Usage] = field(default_factory=dict)
    """By organization, user and barring group."""

    def organization(self, name: str) -> Organization:
        return self.organizations[name]

    def registered(self, organization: str, device: str) -> bool:
        return (organization, device) not in self.absent

    def trunks(self, organization: str) -> Sequence[TrunkFact]:
        return [
            TrunkFact(trunk=trunk, unusable=self.down.get(trunk.name, ""))
            for trunk in self.by_name.values()
            if organization in trunk.organizations
        ]

    def state(self, organization: str, user: str) -> UserState:
        return self.states.get((organization, user), NOTHING_SET)

    def calls_of(self, organization: str, user: str) -> int:
        return int((organization, user) in self.talking)

    def dialogs(self, organization: str, user: str) -> Sequence[DialogFact]:
        return self.live.get((organization, user), ())

    def usage(self, organization: str, user: str, barring: str) -> Usage:
        return self.used.get((organization, user, barring), Usage())

    def extended_hours(self, organization: str) -> Sequence[ExtendedHours]:
        return self.extended.get(organization, ())
