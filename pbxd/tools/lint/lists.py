"""Every list of rules that is tried in order, with the place of each rule in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pbxd.config.building.rules import Written, several
from pbxd.config.models.rules import Rules
from pbxd.config.source import Path
from pbxd.org.rules import Rule
from pbxd.org.scope import directions
from pbxd.org.users import User
from pbxd.tools.lint.subject import Subject

Direction: TypeAlias = Literal["received", "made"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One rule of a list."""

    path: Path
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleList:
    """Rules of which the first that matches is carried out."""

    rules: tuple[Listed, ...]
    direction: Direction
    whose: str
    """In words."""
    user: User | None = None
    """Whose own they are."""
    service: str | None = None
    """The service number whose own they are: it is no user, so nothing that a user has set counts."""


def lists(subject: Subject) -> Iterator[RuleList]:
    """The rules of the organization, its groups, its users and its rule-based numbers."""
    model, organization = subject.file.model, subject.organization
    yield from _of_level(model.rules, ("rules",), f"organization {organization.name}")
    for index, group in enumerate(model.groups):
        yield from _of_level(group.rules, ("groups", index, "rules"), f"group {group.name}")
    for index, person in enumerate(model.users):
        if person.rules:
            yield from _of_user(organization.users[person.username], person.rules, ("users", index, "rules"))
    for index, number in enumerate(model.rule_based_numbers):
        rules = _listed(number.rules, ("rule_based_numbers", index, "rules"))
        yield RuleList(rules=rules, direction="received", whose=number.name, service=number.name)


def _of_level(model: Rules | None, path: Path, whose: str) -> Iterator[RuleList]:
    if model is None:
        return
    ways: tuple[tuple[Direction, str], ...] = (("received", "incoming"), ("made", "outgoing"))
    for direction, key in ways:
        found = getattr(model, key)
        yield RuleList(rules=_listed(found.required, (*path, key, "required")), direction=direction, whose=whose)
        yield RuleList(rules=_listed(found.overridable, (*path, key, "overridable")), direction=direction, whose=whose)
    yield RuleList(rules=_listed(model.fallback, (*path, "fallback")), direction="received", whose=whose)


def _of_user(user: User, models: Sequence[Written], path: Path) -> Iterator[RuleList]:
    """His list is two: rules for calls that he receives, and for those that he makes."""
    rules = _listed(models, path)
    ways: tuple[Direction, ...] = ("received", "made")
    for direction in ways:
        its = tuple(one for one in rules if direction in directions(one.rule.when))
        yield RuleList(rules=its, direction=direction, whose=user.username, user=user)
    never = tuple(one for one in rules if not directions(one.rule.when))
    yield RuleList(rules=never, direction="received", whose=user.username, user=user)


def _listed(models: Sequence[Written], path: Path) -> tuple[Listed, ...]:
    return tuple(Listed(path=(*path, index), rule=rule) for index, rule in enumerate(several(models)))
