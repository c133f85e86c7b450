"""``unreachable-rule`` and ``impossible-condition``: rules that no call can ever match."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.config.source import dotted
from pbxd.dialplan.order import reacts
from pbxd.org.rules import SETTING, Continue, Rule, ToMailbox, ToVoicemail
from pbxd.tools.lint.lists import Listed, RuleList, lists
from pbxd.tools.lint.logic import implies, never
from pbxd.tools.lint.subject import Finding, Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Rules that are never matched by themselves, and rules that come too late."""
    for rules in lists(subject):
        before: list[Listed] = []
        for one in rules.rules:
            why = _impossible(one, rules, subject)
            if why:
                yield Finding(
                    kind="impossible-condition",
                    severity="warning",
                    path=one.path,
                    message=f"this rule of {rules.whose} never matches: {why}",
                )
                continue
            earlier = next((other for other in before if _hides(other.rule, one.rule)), None)
            if earlier is not None:
                yield _too_late(one, earlier, rules)
            before.append(one)


def _impossible(one: Listed, rules: RuleList, subject: Subject) -> str:
    tried = any(not all(isinstance(step.target, SETTING) for step in other.rule.do) for other in rules.rules)
    return never(one.rule.when, rules, subject, outcomes=tried or rules.direction == "received")


def _hides(earlier: Rule, later: Rule) -> bool:
    """Whether no call comes to the later rule: what it is about, the earlier one has taken."""
    if reacts(earlier.when) != reacts(later.when):
        return False
    goes_on = any(isinstance(step.target, Continue) for step in earlier.do)
    only_sets = all(isinstance(step.target, SETTING) for step in earlier.do)
    return not goes_on and not only_sets and implies(later.when, earlier.when)


def _too_late(one: Listed, earlier: Listed, rules: RuleList) -> Finding:
    skipped = any(isinstance(step.target, ToVoicemail | ToMailbox) for step in earlier.rule.do)
    but = ", but for callers who skip its voicemail" if skipped else ""
    return Finding(
        kind="unreachable-rule",
        severity="warning",
        path=one.path,
        message=f"this rule of {rules.whose} is never reached{but}: one before it takes all of its calls",
        hint=f"that is {dotted(earlier.path)}; put this one first",
    )
