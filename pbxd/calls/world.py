"""The facts of one routing pass: one snapshot of the configuration, and what is live now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.situation import DialogFact, TrunkFact, Usage
from pbxd.events import CallId
from pbxd.org.organization import Organization
from pbxd.org.state import ExtendedHours, UserState

if TYPE_CHECKING:
    from pbxd.calls.dialogs import LiveDialogs
    from pbxd.calls.late import LateHours
    from pbxd.calls.location import Location
    from pbxd.calls.people import People
    from pbxd.calls.trunks import Trunks
    from pbxd.calls.usage import Usages


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What decisions of one call may look at."""

    call: CallId
    configuration: Configuration
    location: Location
    live_trunks: Trunks
    live_dialogs: LiveDialogs
    people: People
    late_hours: LateHours
    usages: Usages
    wall: Callable[[], float]

    def organization(self, name: str) -> Organization:
        return self.configuration.organizations[name]

    def registered(self, organization: str, device: str) -> bool:
        return bool(self.location.reachable(organization, device))

    def trunks(self, organization: str) -> Sequence[TrunkFact]:
        return self.live_trunks.choices(organization)

    def state(self, organization: str, user: str) -> UserState:
        return self.people.state(organization, user)

    def calls_of(self, organization: str, user: str) -> int:
        found = self.configuration.organizations[organization].users.get(user)
        return self.live_dialogs.busy(organization, found, besides=self.call) if found is not None else 0

    def dialogs(self, organization: str, user: str) -> Sequence[DialogFact]:
        found = self.configuration.organizations[organization].users.get(user)
        return self.live_dialogs.facts(organization, found, besides=self.call) if found is not None else ()

    def usage(self, organization: str, user: str, barring: str) -> Usage:
        return self.usages.usage(organization, user, barring, self.wall())

    def extended_hours(self, organization: str) -> Sequence[ExtendedHours]:
        return self.late_hours.of(organization)
