"""Which moments are alike for every decision, and one of each kind in the coming two weeks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.conditions import holds
from pbxd.dialplan.situation import FromTrunk
from pbxd.dialplan.supposed import Supposed
from pbxd.dialplan.view import View
from pbxd.org.organization import Organization
from pbxd.org.rules import AllOf, AnyOf, BetweenTimes, Condition, Not, OnDates, OnDays, Rule, Rules
from pbxd.org.users import User

DAYS = 14
"""How far ahead moments are looked for."""
JUST_AFTER = 30.0
"""Seconds after a boundary."""


@dataclass(frozen=True, slots=True)
class _Watch:
    """A clock on somebody's wall, and what in the organization depends on it."""

    organization: Organization
    user: User | None
    conditions: tuple[Condition, ...]


class Moments:
    """Tells moments apart by what the configurations say of them: hours, schedules, and dates in rules."""

    def __init__(self, configurations: Iterable[Configuration]) -> None:
        self._watches: list[_Watch] = []
        self._schedules = []
        for configuration in configurations:
            for organization in configuration.organizations.values():
                self._watches += _watches(organization)
                unique = {id(one): one for one in organization.schedules.values()}
                self._schedules += [(one, organization.timezone) for one in unique.values()]
        self._known: dict[float, Hashable] = {}

    def like(self, at: float) -> Hashable:
        """The same for moments at which every call ends alike (of users who have set nothing)."""
        minute = at // 60
        found = self._known.get(minute)
        if found is None:
            found = self._known[minute] = (
                *(schedule.at(at, zone).event for schedule, zone in self._schedules),
                *(said for watch in self._watches for said in _said(watch, at)),
            )
        return found

    def each(self, now: float) -> list[float]:
        """The first moment of each kind, from ``now`` on."""
        found: dict[Hashable, float] = {}
        for at in sorted({now, *(moment + JUST_AFTER for moment in self.boundaries(now))}):
            found.setdefault(self.like(at), at)
        return list(found.values())

    def boundaries(self, now: float) -> Iterator[float]:
        """When anything may change in the coming two weeks, in no order."""
        today = datetime.fromtimestamp(now, UTC).date()
        for watch in self._watches:
            hours = watch.organization.hours_for(watch.user)
            yield from (span.start for span in hours.hours.spans(today, DAYS, hours.zone) if span.start > now)
            for day in range(DAYS):
                for clock in _clocks(watch.conditions):
                    at = datetime.combine(today + timedelta(day), clock, hours.zone).timestamp()
                    if at > now:
                        yield at
        for schedule, zone in self._schedules:
            yield from (span.start for span in schedule.spans(today, DAYS, zone) if span.start > now)


def _watches(organization: Organization) -> Iterator[_Watch]:
    conditions = tuple({one for rule in rules_of(organization) for one in parts(rule.when) if isinstance(one, _TIMED)})
    known: set[tuple[int, str]] = set()
    for user in (None, *organization.users.values()):
        hours = organization.hours_for(user)
        if (id(hours.hours), hours.zone.key) not in known:
            known.add((id(hours.hours), hours.zone.key))
            yield _Watch(organization, user, conditions)


_TIMED = (OnDates, BetweenTimes, OnDays)


def _said(watch: _Watch, at: float) -> Iterator[bool]:
    organization = watch.organization
    yield organization.hours_for(watch.user).at(at).open
    if watch.conditions:
        view = View(
            facts=Supposed(organizations={organization.name: organization}),
            now=at,
            organization=organization,
            source=FromTrunk(organization=organization.name, trunk="", number="", number_format="plus_e164", name=""),
            caller="",
            called="",
            user=watch.user,
        )
        yield from (holds(condition, view)[0] for condition in watch.conditions)


def _clocks(conditions: Iterable[Condition]) -> set[time]:
    """Times of day at which any of the conditions may begin or end."""
    found = {time(0)} if conditions else set()
    for condition in conditions:
        if isinstance(condition, BetweenTimes):
            found |= {condition.start, condition.end}
    return found


def rules_of(organization: Organization) -> Iterator[Rule]:
    """Every rule that is written anywhere."""
    levels = [organization.rules, *(group.rules for group in organization.groups.values())]
    levels += [user.rules for user in organization.users.values()]
    for rules in levels:
        yield from _of(rules)
    for number in organization.rule_based.values():
        yield from number.rules


def _of(rules: Rules) -> Iterator[Rule]:
    for order in (rules.incoming, rules.outgoing):
        yield from order.required
        yield from order.overridable
    yield from rules.fallback


def parts(condition: Condition) -> Iterator[Condition]:
    """The simple conditions that one is made of."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            for one in conditions:
                yield from parts(one)
        case Not(inner):
            yield from parts(inner)
        case _:
            yield condition
