"""What conditions come to without a call: which never hold, and which follow from others."""

from __future__ import annotations

from datetime import datetime

from pbxd.org.organization import Organization
from pbxd.org.rules import (
    ActivityIs,
    After,
    AllOf,
    Always,
    AnyOf,
    Available,
    CalledLine,
    CallerIs,
    CallIs,
    Condition,
    Diverted,
    InACall,
    InNightMode,
    InWorkingHours,
    NoPhone,
    Not,
    OnDates,
    OnDays,
    ProfileIs,
    RoleIs,
)
from pbxd.tools.lint.lists import RuleList
from pbxd.tools.lint.subject import Subject

ONE_OF = (ActivityIs, RoleIs, ProfileIs, After, CallIs)
"""Conditions of which no two different ones of a kind hold together."""
OF_A_USER = (InACall, NoPhone, ActivityIs, RoleIs, ProfileIs, Available, Diverted, CalledLine)
"""Conditions that hold for nothing but a call to a user."""
CALLERS = (frozenset({"internal", "external"}), frozenset({"anonymous", "vip", "favourite", "contact", "blocked"}))
"""Callers are at most one of each."""


def implies(condition: Condition, other: Condition) -> bool:
    """Whether ``other`` holds whenever ``condition`` does, as far as their form shows."""
    if condition == other or isinstance(other, Always):
        return True
    match condition:
        case AnyOf(parts):
            return all(implies(part, other) for part in parts)
        case AllOf(parts) if any(implies(part, other) for part in parts):
            return True
    match other:
        case AllOf(parts):
            return all(implies(condition, part) for part in parts)
        case AnyOf(parts):
            return any(implies(condition, part) for part in parts)
    return False


def never(condition: Condition, rules: RuleList, subject: Subject, *, outcomes: bool) -> str:
    """Why a condition of a rule in this list holds for no call, in words; empty where it can hold.

    ``outcomes`` says whether anything is tried there that a rule could react to.
    """
    match condition:
        case AllOf(parts):
            alone = (never(part, rules, subject, outcomes=outcomes) for part in parts)
            return next(filter(None, alone), "") or _together(parts, subject.organization)
        case AnyOf(parts):
            found = [never(part, rules, subject, outcomes=outcomes) for part in parts]
            return " and ".join(found) if all(found) else ""
        case Not(Always()):
            return "its condition is turned round"
        case Not(CallIs(direction)) if direction == rules.direction:
            return f"here are the rules for calls {rules.direction}"
        case CallIs(direction) if direction != rules.direction:
            return f"here are the rules for calls {rules.direction}"
        case After() if not outcomes:
            return "nothing is tried here that could have an outcome"
        case OnDates(first, last) if last < first:
            return f"{last} comes before {first}"
        case OnDates(last=last) if last < datetime.fromtimestamp(subject.now, subject.organization.timezone).date():
            return f"{last} is over"
        case _ if rules.service is not None and isinstance(condition, OF_A_USER):
            return f"{rules.service} is no user, so a call to it has no activity, phone or line"
    return ""


def _together(parts: tuple[Condition, ...], organization: Organization) -> str:
    """Why these can't all hold at once."""
    for index, one in enumerate(parts):
        for other in parts[index + 1 :]:
            if _exclude(one, other, organization) or _exclude(other, one, organization):
                return "its conditions can't hold together"
    return ""


def _exclude(one: Condition, other: Condition, organization: Organization) -> bool:
    match one, other:
        case Not(inner), _ if implies(other, inner):
            return True
        case CallerIs(kind), CallerIs(another):
            return (
                kind != another
                and any({kind, another} <= group for group in CALLERS)
                and "contact"
                not in (
                    kind,
                    another,
                )
            )
        case CalledLine(kind), CalledLine(another):
            return {kind, another} in ({"landline", "mobile"}, {"primary", "secondary"})
        case OnDays(days), OnDays(others):
            return not set(days) & set(others)
        case OnDates(_, last), OnDates(first, _):
            return last < first
        case InWorkingHours(), InNightMode():
            return True
        case ActivityIs(name), Available():
            activity = organization.activities.get(name)
            return activity is not None and not activity.available
    return type(one) is type(other) and isinstance(one, ONE_OF) and one != other
