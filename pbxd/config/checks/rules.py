"""Rules use only destinations that their level, and those above it, allow (RULE-5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pbxd.config.building import rules as building
from pbxd.config.judging import File
from pbxd.config.models.organization import Organization
from pbxd.config.models.rules import Rules
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem
from pbxd.org.scope import not_allowed

Limits = Mapping[str, frozenset[str] | None]
"""Level in words to the kinds of destination that it allows; ``None``: all."""


def check_rules(file: File[Organization]) -> Iterator[ConfigProblem]:
    """Every rule with a destination that is not allowed, on all levels and on rule-based numbers."""
    model = file.model
    of_groups = {group.name: _limit(group.rules) for group in model.groups}
    above: Limits = {f"organization {model.organization}": _limit(model.rules)}
    yield from _level(file, model.rules, ("rules",), above)
    for index, group in enumerate(model.groups):
        limits = {**above, f"group {group.name}": of_groups[group.name]}
        yield from _level(file, group.rules, ("groups", index, "rules"), limits)
    for index, user in enumerate(model.users):
        groups = model.defaults.user.groups if user.groups is None else user.groups
        joined = {f"group {name}": of_groups.get(name) for name in groups} if user.rules else {}
        yield from _each(file, user.rules, ("users", index, "rules"), {**above, **joined})
    for index, number in enumerate(model.rule_based_numbers):
        yield from _each(file, number.rules, ("rule_based_numbers", index, "rules"), above)


def _limit(model: Rules | None) -> frozenset[str] | None:
    return building.rules(model).allowed_destinations


def _level(file: File[Organization], model: Rules | None, path: Path, limits: Limits) -> Iterator[ConfigProblem]:
    if model is None:
        return
    for key, order in (("incoming", model.incoming), ("outgoing", model.outgoing)):
        yield from _each(file, order.required, (*path, key, "required"), limits)
        yield from _each(file, order.overridable, (*path, key, "overridable"), limits)
    yield from _each(file, model.fallback, (*path, "fallback"), limits)


def _each(
    file: File[Organization], models: Sequence[building.Written], path: Path, limits: Limits
) -> Iterator[ConfigProblem]:
    for index, rule in enumerate(building.several(models)):
        for level, allowed in limits.items():
            for kind in not_allowed(rule, allowed):
                listed = ", ".join(sorted(allowed or ()))
                message = f"{level} does not allow `{kind}` as a destination"
                yield file.problem((*path, index), message, f"its `allowed_destinations` are {listed}")
