"""What distributors are to know of the rest of the world: who is in a call, away, in another profile; opening hours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pbxd.events import AbsenceChanged, ActivityChanged, Bus, CallId, ProfileChanged
from pbxd.queues.acd import Distributor
from pbxd.queues.orders import Order
from pbxd.queues.plan import QueueId
from pbxd.queues.planning import plans

if TYPE_CHECKING:
    from pbxd.calls.dialogs import LiveDialogs
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.people import People
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization

Happening: TypeAlias = Callable[[Distributor, float], list[Order]]
"""Something that one distributor is told."""
Run: TypeAlias = Callable[[str, Happening], Any]
"""Tells the distributor of an organization, where it has one."""
Concerns: TypeAlias = Callable[[str, str], bool]
"""Whether a user's calls are of interest to the distributor of an organization."""
LOOK_AGAIN: Final = 3600.0
"""Seconds after which schedules are looked at anew at the latest, because the clock on the wall may have been set."""
NOBODY: Final = CallId("")


class Surroundings:
    """Follows people, their calls and the time of day."""

    def __init__(
        self,
        kernel: Kernel,
        configuration: Callable[[], Configuration],
        people: People,
        dialogs: LiveDialogs,
        run: Run,
        concerns: Concerns,
    ) -> None:
        self._kernel = kernel
        self._configuration = configuration
        self._people = people
        self._dialogs = dialogs
        self._run = run
        self._concerns = concerns
        self._occupied: set[tuple[str, str]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """Set no more timers."""
        if self._timer is not None:
            self._timer.cancel()

    # People ----------------------------------------------------------------------------------------------------------

    def follow(self, bus: Bus) -> None:
        """Have the queues learn of what people do."""
        bus.subscribe(self._follow_presence, ActivityChanged)
        bus.subscribe(self._follow_presence, AbsenceChanged)
        bus.subscribe(self._follow_profile, ProfileChanged)

    def _follow_presence(self, event: ActivityChanged | AbsenceChanged) -> None:
        organization = self._configuration().organizations.get(event.organization)
        if organization is not None:
            self.attend(organization, event.user)

    def attend(self, organization: Organization, user: str) -> None:
        """Tell whether a user's activity and profile let calls through now."""
        if (found := organization.users.get(user)) is not None:
            standing = self._people.standing(organization, found)
            available = standing.available and (standing.activity is None or standing.activity.available)
            self._run(organization.name, lambda acd, now: acd.attend(user, available, now))

    def dialogs_changed(self, account: tuple[str, str]) -> None:
        """Something about the calls of a device is another thing: its user may be busy, or free."""
        name, device = account
        organization = self._configuration().organizations.get(name)
        owner = organization.owner(device) if organization is not None else None
        if owner is not None and self._concerns(name, owner.username):
            busy = self._dialogs.busy(name, owner, besides=NOBODY) > 0
            if busy != ((name, owner.username) in self._occupied):
                self._occupy(name, owner.username, busy)

    def look_up(self, organization: Organization, user: str) -> None:
        """Tell whether somebody is in a call whose calls did not concern the distributor before."""
        if (found := organization.users.get(user)) is not None:
            self._occupy(organization.name, user, self._dialogs.busy(organization.name, found, besides=NOBODY) > 0)

    def _occupy(self, name: str, user: str, busy: bool) -> None:
        (self._occupied.add if busy else self._occupied.discard)((name, user))
        self._run(name, lambda acd, now: acd.occupy(user, busy, now))

    def _follow_profile(self, event: ProfileChanged) -> None:
        """Log a user in and out as his profile says (PROF-3)."""
        organization = self._configuration().organizations.get(event.organization)
        if organization is None:
            return
        self.attend(organization, event.user)
        user = organization.users.get(event.user)
        profile = organization.profile(event.profile, user) if user is not None and event.profile else None
        if user is None or profile is None or (profile.queues is None and not profile.pause):
            return
        why, name = f"profile {profile.name}", user.username
        if profile.queues is not None:
            wanted = {QueueId(queue.name) for one in profile.queues if (queue := organization.queue(one)) is not None}
            others = [queue for queue in plans(organization) if queue not in wanted]
            self._run(organization.name, lambda acd, now: acd.log_out(name, others, now, why))
            self._run(organization.name, lambda acd, now: acd.log_in(name, wanted, now, why))
        self._run(organization.name, lambda acd, now: acd.pause(name, profile.pause, now, why))

    # Opening hours ---------------------------------------------------------------------------------------------------

    def look_at_schedules(self) -> None:
        """Close queues on those who wait where their schedule says so, and look again when one changes (TIME-3)."""
        self.stop()
        wall = self._kernel.wall
        soonest = wall + LOOK_AGAIN
        for name, organization in self._configuration().organizations.items():
            for queue in (*organization.queues.values(), *organization.attendant_groups.values()):
                schedule = organization.schedules.get(queue.number)
                if schedule is None:
                    continue
                said = schedule.at(wall, organization.timezone)
                closes = said.action != "open" and said.hang_up_waiting
                self._run(name, partial(_shut if closes else _open, QueueId(queue.name)))
                soonest = min(soonest, said.until or soonest)
        self._timer = self._kernel.later(max(0.0, soonest - wall), self.look_at_schedules)


def _shut(queue: QueueId, acd: Distributor, now: float) -> list[Order]:
    return acd.shut(queue, now)


def _open(queue: QueueId, acd: Distributor, now: float) -> list[Order]:
    return acd.open(queue, now)
