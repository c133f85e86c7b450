"""What rules are about, and what they may do: directions of calls, and allowed destinations (RULE-5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

from pbxd.org.rules import (
    AllOf,
    Always,
    Announce,
    AnyOf,
    CallIs,
    Condition,
    Not,
    PlayBusy,
    RingDevices,
    RingKind,
    Rule,
    Target,
    ToGroup,
    ToHuntGroup,
    ToMailbox,
    ToMenu,
    ToNumber,
    ToPersonalQueue,
    ToQueue,
    ToSwitchboard,
    ToUser,
    ToVoicemail,
)

_KIND_OF: Final[Mapping[type, str]] = {
    ToUser: "user",
    ToGroup: "group",
    ToNumber: "number",
    ToSwitchboard: "switchboard",
    ToQueue: "queue",
    ToHuntGroup: "hunt-group",
    ToPersonalQueue: "personal-queue",
    ToMenu: "menu",
    ToVoicemail: "voicemail",
    ToMailbox: "mailbox",
    Announce: "announcement",
    PlayBusy: "busy",
}
KINDS: Final = frozenset({*get_args(RingKind), *_KIND_OF.values()})
"""What ``allowed_destinations`` may list."""


def kinds(target: Target) -> tuple[str, ...]:
    """The kinds of destination that a target is. Refusing a call, settings and going on are none: always allowed."""
    if isinstance(target, RingDevices):
        return target.kinds
    kind = _KIND_OF.get(type(target))
    return (kind,) if kind is not None else ()


def not_allowed(rule: Rule, allowed: frozenset[str] | None) -> tuple[str, ...]:
    """The kinds of destination that a rule uses and may not, each once (RULE-5)."""
    if allowed is None:
        return ()
    used = (kind for step in rule.do for kind in kinds(step.target))
    return tuple(dict.fromkeys(kind for kind in used if kind not in allowed))


def directions(condition: Condition) -> frozenset[Literal["received", "made"]]:
    """The calls that a rule is about: those for which its condition can hold; received ones where it does not say."""
    both: tuple[Literal["received", "made"], ...] = ("received", "made")
    if not any(_given(condition, direction) is not None for direction in both):
        return frozenset({"received"})
    return frozenset(direction for direction in both if _given(condition, direction) is not False)


def _given(condition: Condition, direction: str) -> bool | None:
    """Whether the condition holds for a call of this direction; ``None`` where that depends on something else."""
    match condition:
        case CallIs(said):
            return said == direction
        case Always():
            return None
        case Not(inner):
            found = _given(inner, direction)
            return None if found is None else not found
        case AllOf(conditions):
            known = {_given(one, direction) for one in conditions}
            return False if False in known else None if None in known else True
        case AnyOf(conditions):
            known = {_given(one, direction) for one in conditions}
            return True if True in known else None if None in known else False
    return None
