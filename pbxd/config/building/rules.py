"""Rules, whether they were written as sentences or in parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from pbxd.config.building import conditions
from pbxd.config.building.actions import action, action_parts
from pbxd.config.models import rules as files
from pbxd.config.models.menus import RuleBasedNumber as RuleBasedModel
from pbxd.org.rules import Always, Rule, Rules, RuleSet
from pbxd.org.scope import directions
from pbxd.org.services import RuleBasedNumber

Written: TypeAlias = Rule | files.RuleParts
"""As the model has it: a sentence was read already."""


def rules(model: files.Rules | None) -> Rules:
    """What an organization or a group says."""
    if model is None:
        return Rules()
    allowed = model.allowed_destinations
    return Rules(
        incoming=_set(model.incoming),
        outgoing=_set(model.outgoing),
        fallback=several(model.fallback),
        allowed_destinations=frozenset(allowed) if allowed is not None else None,
    )


def own_rules(model: Sequence[Written]) -> Rules:
    """What a user says: one list. A rule that does not speak of calls made is for those received."""
    found = several(model)
    return Rules(
        incoming=RuleSet(overridable=tuple(rule for rule in found if "received" in directions(rule.when))),
        outgoing=RuleSet(overridable=tuple(rule for rule in found if "made" in directions(rule.when))),
    )


def several(models: Sequence[Written]) -> tuple[Rule, ...]:
    """Rules in their order."""
    return tuple(rule(model) for model in models)


def rule_based(models: Sequence[RuleBasedModel]) -> dict[str, RuleBasedNumber]:
    """Numbers with rules of their own, by name."""
    return {
        model.name: RuleBasedNumber(
            name=model.name,
            number=model.number,
            rules=several(model.rules),
            numbers=tuple(model.numbers),
            billing_id=model.billing_id,
            language=model.language,
            info_text=model.info_text,
            keep_earlier_text=model.keep_earlier_text,
            prefer_own_number=model.prefer_own_number,
            barring=tuple(model.barring),
        )
        for model in models
    }


def rule(model: Written) -> Rule:
    """One rule; a sentence has become one already."""
    if isinstance(model, Rule):
        return model
    return Rule(when=conditions.condition(model.when), do=tuple(action(step) for step in model.do))


def rule_parts(rule: Rule) -> dict[str, Any]:
    """The rule in parts, as a YAML file would hold it; reads as the same rule again."""
    when = {} if isinstance(rule.when, Always) else {"when": conditions.parts(rule.when)}
    return {**when, "do": [action_parts(step) for step in rule.do]}


def _set(model: files.Order) -> RuleSet:
    return RuleSet(required=several(model.required), overridable=several(model.overridable))
