"""The one order of everything that can steer a call (RULE-1, RULE-10): what is judged, rule by rule.

Diversions, profiles and settings that send calls somewhere become rules like those that people write, so that one
walk serves all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Literal, TypeAlias

from pbxd.dialplan.view import View
from pbxd.org.activities import Profile
from pbxd.org.handling import handling
from pbxd.org.levels import DECLINED, ON_BUSY
from pbxd.org.organization import Group, Organization
from pbxd.org.permissions import BYPASS_DIVERSION
from pbxd.org.rules import (
    After,
    AllOf,
    AnyOf,
    CallerIs,
    Condition,
    Not,
    OutcomeKind,
    RejectAs,
    RingDevices,
    Rule,
    Rules,
    Step,
    Target,
    ToNumber,
)
from pbxd.org.scope import not_allowed
from pbxd.org.users import Line, User

Direction: TypeAlias = Literal["in", "out"]

AT_THE_DESK = RingDevices(("desk", "softphone", "browser", "third-party"))
ON_THE_MOVE = RingDevices(("mobile",))
EVERYWHERE = RingDevices(("all",))


class Stage(Enum):
    """The steps of RULE-10, in order."""

    BLOCKED = "blocked"
    REQUIRED = "required"
    DIVERSION = "diversion"
    OWN = "own"
    PROFILE = "profile"
    OVERRIDABLE = "overridable"
    HANDLING = "handling"
    FALLBACK = "fallback"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule in its place."""

    key: str
    """The same for the same rule as long as the configuration is."""
    stage: Stage
    origin: str
    """Where it comes from, in words."""
    rule: Rule
    refused: str = ""
    """Why it does not count, whatever its condition says."""


def incoming(view: View, *, bypass: bool) -> Iterator[Entry]:
    """What steers a call to ``view.user``, in order.

    ``bypass`` is that of a caller with the right to it (DIV-4): what would send the call elsewhere before his phones
    have rung is passed over, except for blocked callers and required rules.
    """
    if bypass and view.user is not None:
        caller = view.calling_user.username if view.calling_user is not None else view.caller
        granted = view.organization.may(caller, BYPASS_DIVERSION, view.user.username)
        if not granted:
            yield Entry("bypass", Stage.REQUIRED, granted.sources[0], BARRED)
    for entry in _incoming(view):
        if (
            not bypass
            or entry.stage in NEVER_PASSED
            or (entry.stage is not Stage.DIVERSION and reacts(entry.rule.when))
        ):
            yield entry


NEVER_PASSED = frozenset({Stage.BLOCKED, Stage.REQUIRED, Stage.FALLBACK, Stage.DEFAULT})


def _incoming(view: View) -> Iterator[Entry]:
    user, organization = view.user, view.organization
    assert user is not None
    groups = organization.groups_of(user)
    yield Entry("blocked", Stage.BLOCKED, f"blocked contacts of {user.username}", BLOCKED)
    yield from _written(Stage.REQUIRED, "in", organization, user)
    yield from _allowed(_diversions(view), view, groups)
    for index, rule in enumerate(user.rules.incoming.overridable):
        yield Entry(f"own:{index}", Stage.OWN, f"rule {index + 1} of {user.username}", rule)
    profile = view.standing.profile
    if profile is not None:
        yield from _allowed(_profile(profile, view), view, groups)
    yield from _written(Stage.OVERRIDABLE, "in", organization, user)
    yield from _handling(view, user)
    yield from _fallback(organization, user)


def _allowed(entries: Iterable[Entry], view: View, groups: tuple[Group, ...]) -> Iterator[Entry]:
    """Told apart from what the organization or a group does not let its users send calls to (RULE-5)."""
    limits = [rules.allowed_destinations for rules in (view.organization.rules, *(group.rules for group in groups))]
    for entry in entries:
        kinds = dict.fromkeys(kind for limit in limits for kind in not_allowed(entry.rule, limit))
        yield replace(entry, refused=f"{', '.join(kinds)} is no allowed destination") if kinds else entry


BARRED = Rule(do=(Step(target=RejectAs("barred")),))
BLOCKED = Rule(when=CallerIs("blocked"), do=(Step(target=RejectAs("declined")),))
DEFAULT = Rule(do=(Step(target=EVERYWHERE),))
LAST = Entry("default", Stage.DEFAULT, "what happens where no rule says anything", DEFAULT)


def outgoing(view: View) -> Iterator[Entry]:
    """What steers a call by ``view.user``."""
    user, organization = view.user, view.organization
    assert user is not None
    yield from _written(Stage.REQUIRED, "out", organization, user)
    for index, rule in enumerate(user.rules.outgoing.overridable):
        yield Entry(f"out-own:{index}", Stage.OWN, f"outgoing rule {index + 1} of {user.username}", rule)
    yield from _written(Stage.OVERRIDABLE, "out", organization, user)


def listed(rules: Iterable[Rule], owner: str) -> Iterator[Entry]:
    """The rules of a service number, in order."""
    for index, rule in enumerate(rules):
        yield Entry(f"rule:{index}", Stage.OWN, f"rule {index + 1} of {owner}", rule)


def _written(stage: Stage, direction: Direction, organization: Organization, user: User) -> tuple[Entry, ...]:
    """Required rules: the organization's, then the groups'; overridable ones the other way round (RULE-1).

    They are the same for all who are in the same groups.
    """
    key = (direction, stage.value, *user.groups)
    found: tuple[Entry, ...] | None = organization.prepared.get(key)
    if found is None:
        of_groups = [("group", group.name, group.rules) for group in organization.groups_of(user)]
        own = ("organization", organization.name, organization.rules)
        levels = [own, *of_groups] if stage is Stage.REQUIRED else [*of_groups, own]
        found = tuple(entry for level in levels for entry in _of_level(stage, direction, *level))
        organization.prepared[key] = found
    return found


def _of_level(stage: Stage, direction: Direction, level: str, name: str, rules: Rules) -> Iterator[Entry]:
    way = "" if direction == "in" else "outgoing "
    order = rules.incoming if direction == "in" else rules.outgoing
    for index, rule in enumerate(order.required if stage is Stage.REQUIRED else order.overridable):
        key = f"{direction}-{stage.value}:{level}:{name}:{index}"
        yield Entry(key, stage, f"{way}{stage.value} rule {index + 1} of {level} {name}", rule)


def _diversions(view: View) -> Iterator[Entry]:
    """The narrowest unconditional one, and those for an outcome."""
    standing = view.standing
    for divert in standing.diverts[:1]:
        target = ToNumber(divert.target) if isinstance(divert.target, str) else divert.target
        yield Entry("diversion", Stage.DIVERSION, divert.why, Rule(do=(Step(target=target),)))
    conditional: tuple[tuple[OutcomeKind, str | None], ...] = (
        ("busy", standing.on_busy),
        ("no-answer", standing.on_no_answer),
        ("unreachable", standing.on_unreachable),
    )
    for kind, number in conditional:
        if number is not None:
            rule = Rule(when=After(kind), do=(Step(target=ToNumber(number)),))
            yield Entry(f"diversion:{kind}", Stage.DIVERSION, f"diversion on {kind}", rule)


def _profile(profile: Profile, view: View) -> Iterator[Entry]:
    origin = f"profile {profile.name}"
    if view.line is not None and view.line.type == "mobile" and profile.mobile_calls == "mobile":
        target: Target = ON_THE_MOVE
    else:
        target = _PLACES[profile.landline_calls] if isinstance(profile.landline_calls, str) else profile.landline_calls
    seconds = profile.on_no_answer.after if profile.on_no_answer is not None else None
    yield Entry("profile", Stage.PROFILE, origin, Rule(do=(Step(target=target, duration=seconds),)))
    conditional: tuple[tuple[OutcomeKind, Step | None], ...] = (
        ("busy", profile.on_busy),
        ("no-answer", profile.on_no_answer),
        ("unreachable", profile.on_unreachable),
    )
    for kind, step in conditional:
        if step is not None:
            yield _on(f"profile:{kind}", Stage.PROFILE, origin, kind, step)


_PLACES: dict[str, Target] = {"landline": AT_THE_DESK, "mobile": ON_THE_MOVE, "both": EVERYWHERE}


def _on(key: str, stage: Stage, origin: str, kind: OutcomeKind, step: Step) -> Entry:
    """What a setting says for one outcome. Its seconds have passed when it counts."""
    rule = Rule(when=After(kind), do=(Step(target=step.target),))
    return Entry(key, stage, f"{origin}, on {kind}", rule)


def _handling(view: View, user: User) -> tuple[Entry, ...]:
    """What settings say: the ready-made sets of the line that was called, then of busy and declined calls.

    It is the same for all who are in the same groups and say nothing themselves.
    """
    organization, line = view.organization, view.line
    who = (user.username,) if user.settings.values else ("", *user.groups)
    key = ("handling", line.type if line is not None else "", *who)
    found: tuple[Entry, ...] | None = organization.prepared.get(key)
    if found is None:
        found = organization.prepared[key] = tuple(_of_settings(organization, user, line))
    return found


def _of_settings(organization: Organization, user: User, line: Line | None) -> Iterator[Entry]:
    if line is not None:
        for index, one in enumerate(handling(organization, user, line.type)):
            source = one.source
            origin = f"call handling rule {index + 1}, {source.setting} of {source.level.value} {source.name}"
            yield Entry(f"handling:{index}", Stage.HANDLING, origin, one.rule)
    on_busy = organization.effective(ON_BUSY, user)
    if on_busy.value is not None:
        yield _on("on-busy", Stage.HANDLING, str(on_busy), "busy", on_busy.value)
    declined = organization.effective(DECLINED, user)
    if declined.value is not None:
        yield _on("declined", Stage.HANDLING, str(declined), "declined", Step(target=declined.value))


def _fallback(organization: Organization, user: User) -> Iterator[Entry]:
    yield from _numbered(user.rules.fallback, "user", user.username)
    key = ("fallback", *user.groups)
    found: tuple[Entry, ...] | None = organization.prepared.get(key)
    if found is None:
        of_groups = [("group", group.name, group.rules) for group in organization.groups_of(user)]
        levels = [*of_groups, ("organization", organization.name, organization.rules)]
        found = tuple(entry for level, name, rules in levels for entry in _numbered(rules.fallback, level, name))
        organization.prepared[key] = found
    yield from found
    yield LAST


def _numbered(rules: tuple[Rule, ...], level: str, name: str) -> Iterator[Entry]:
    for index, rule in enumerate(rules):
        origin = f"fallback rule {index + 1} of {level} {name}"
        yield Entry(f"fallback:{level}:{name}:{index}", Stage.FALLBACK, origin, rule)


@cache
def reacts(condition: Condition) -> bool:
    """Whether a rule waits for an outcome: only such a rule is looked at again once something was tried."""
    match condition:
        case After():
            return True
        case AllOf(conditions) | AnyOf(conditions):
            return any(map(reacts, conditions))
        case Not(inner):
            return reacts(inner)
        case _:
            return False
