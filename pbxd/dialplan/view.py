"""One call as one party's rules see it: what conditions are judged on, looked up when it is asked for and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cached_property

from pbxd.dialplan.situation import Facts, FromDevice, Source
from pbxd.org.contacts import Contact
from pbxd.org.hours import Opening
from pbxd.org.organization import Organization
from pbxd.org.presence import Standing, standing
from pbxd.org.rules import OutcomeKind
from pbxd.org.services import Service
from pbxd.org.users import Device, Line, User


class View:
    """A call to, or by, one user or service number of ``organization``."""

    def __init__(
        self,
        *,
        facts: Facts,
        now: float,
        organization: Organization,
        source: Source,
        caller: str,
        called: str,
        direction: str = "received",
        role: str | None = None,
        user: User | None = None,
        line: Line | None = None,
        service: Service | None = None,
        outcome: OutcomeKind | None = None,
    ) -> None:
        """``caller`` and ``called`` are canonical numbers, ``caller`` is empty when unknown; ``role`` is that of the
        user for this call alone, ``None``: the one that he has set."""
        self.facts = facts
        self.now = now
        self.organization = organization
        self.source = source
        self.caller = caller
        self.called = called
        self.direction = direction
        self._role = role
        self.user = user
        self.line = line
        self.service = service
        self.outcome = outcome
        """What the step before came out as; set for each search."""

    @cached_property
    def standing(self) -> Standing:
        """What the user's state comes to now."""
        assert self.user is not None
        found = self.standing_of(self.user)
        return found if self._role is None else replace(found, role=self._role)

    def standing_of(self, user: User) -> Standing:
        """What somebody's state comes to now."""
        return standing(self.facts.state(self.organization.name, user.username), self.organization, user, self.now)

    @cached_property
    def in_a_call(self) -> bool:
        return self.user is not None and self.facts.calls_of(self.organization.name, self.user.username) > 0

    @cached_property
    def reachable(self) -> bool:
        """Whether any device of the user is registered."""
        return self.user is not None and any(
            self.facts.registered(self.organization.name, device.name)
            for device in self.user.devices
            if device.registers
        )

    @cached_property
    def opening(self) -> Opening:
        """The working hours that count: the user's, or the organization's."""
        extended = self.facts.extended_hours(self.organization.name)
        return self.organization.hours_for(self.user).at(self.now, extended)

    @cached_property
    def local(self) -> datetime:
        """The moment, as a clock on the user's wall shows it."""
        return datetime.fromtimestamp(self.now, self.organization.hours_for(self.user).zone)

    def schedule_open(self, name: str) -> tuple[bool, str]:
        """Whether the schedule of that name says open, and what it says."""
        schedule = self.organization.schedules.get(name)
        if schedule is None:
            return False, f"there is no schedule {name}"
        said = schedule.at(self.now, self.organization.hours_for(self.user).zone)
        return said.action == "open", f"schedule {name} is at {said.event}"

    # The caller ----------------------------------------------------------------------------------------------------

    @property
    def caller_is_internal(self) -> bool:
        """Whether a user of the same organization calls."""
        return isinstance(self.source, FromDevice) and self.source.organization == self.organization.name

    @cached_property
    def calling_user(self) -> User | None:
        if not isinstance(self.source, FromDevice) or self.source.organization != self.organization.name:
            return None
        return self.organization.users.get(self.source.user)

    @property
    def calling_device(self) -> Device | None:
        return self.organization.device(self.source.device) if isinstance(self.source, FromDevice) else None

    @cached_property
    def contact(self) -> Contact | None:
        """Who the caller is by the contact lists that the user sees."""
        return self.organization.contact(self.caller, self.user) if self.caller else None

    def caller_has(self, number: str) -> bool:
        """Whether ``number`` is one of the caller's."""
        return self._same(number, self.caller) or (
            self.calling_user is not None
            and any(number in (line.number, line.alias) for line in self.calling_user.lines)
        )

    def called_is(self, number: str) -> bool:
        """Whether ``number`` is the called one, by any of its names."""
        return self._same(number, self.called)

    def _same(self, one: str, other: str) -> bool:
        if one == other:
            return True
        first, second = self.organization.line(one), self.organization.line(other)
        return first is not None and second is not None and first.line == second.line
