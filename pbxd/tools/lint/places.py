"""Everything that sends calls somewhere, and where that is: rules, menus, queues, hunt groups, schedules, profiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from pbxd.config.building.schedules import services
from pbxd.config.source import Path
from pbxd.dialplan.numbering import Kind, canonical
from pbxd.org import menus
from pbxd.org.levels import SWITCHBOARD
from pbxd.org.organization import Organization
from pbxd.org.rules import (
    Always,
    CallIs,
    Condition,
    Rule,
    Step,
    Target,
    ToHuntGroup,
    ToMailbox,
    ToMenu,
    ToNumber,
    ToQueue,
    ToSwitchboard,
    ToUser,
)
from pbxd.org.services import HuntGroup, Queue, Service
from pbxd.org.users import User
from pbxd.tools.lint.choices import choices
from pbxd.tools.lint.lists import lists
from pbxd.tools.lint.subject import Subject

NO_PLACE = (menus.Again, menus.Back, menus.Choices, menus.DialExtension, menus.Play, menus.Speak)
"""Choices in a menu that send the call nowhere."""

Node: TypeAlias = tuple[str, str]
"""Who can be sent a call and send it on: a kind and a name, such as ``("user", "anna")``."""


@dataclass(frozen=True, slots=True)
class Nowhere:
    """A destination that leads nowhere."""

    why: str
    caught: bool = False
    """Whether the organization says what happens to such calls (NUM-7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One place that sends calls on."""

    owner: Node | None
    """Who does; ``None``: whoever a rule of a level is about."""
    target: Target
    path: Path
    user: User | None = None
    """Whose way of dialling reads numbers."""
    key: str = ""
    """Of a menu, that the caller presses."""
    chosen: bool = False
    """Whether somebody decides for it, so that it is never taken by itself."""
    certain: bool = False
    """Whether every call that comes there is sent on, at once."""


def resolve(target: Target, organization: Organization, user: User | None) -> Node | Nowhere | None:
    """Who a target is; ``None`` for what is no party of ours, such as voicemail or a number outside."""
    match target:
        case ToNumber(number):
            return _number(number, organization, user)
        case ToSwitchboard():
            switchboard = organization.effective(SWITCHBOARD, user).value
            if not switchboard:
                return Nowhere("there is no switchboard number")
            return _number(switchboard, organization, user)
        case ToUser(username):
            found = organization.users.get(username)
            if found is None or found.primary is None:
                return Nowhere(f"{username} has no line")
            return "user", username
        case ToQueue(name):
            return _service(organization.queue(name), f"there is no queue {name}")
        case ToHuntGroup(name):
            return _service(organization.hunt_group(name), f"there is no hunt group {name}")
        case ToMenu(name):
            return _service(organization.menu(name), f"there is no menu {name}")
        case ToMailbox(name):
            return _service(organization.mailbox(name), f"there is no mailbox {name}")
    return None


def _number(text: str, organization: Organization, user: User | None) -> Node | Nowhere | None:
    dialled = canonical(text, organization, user)
    match dialled.kind:
        case Kind.EXTERNAL:
            return None
        case Kind.INVALID:
            return Nowhere(dialled.words[-1])
        case Kind.EMERGENCY:
            return Nowhere(f"{text} is an emergency number, and calls are not sent on to these")
        case Kind.INTERNAL:
            owner = organization.line(dialled.canonical)
            if owner is not None:
                return "user", owner.user.username
            service = organization.service(dialled.canonical)
            if service is not None:
                return _kind(service), service.name
            return Nowhere(f"{text} belongs to nobody", caught=organization.unassigned is not None)


def _service(service: Service | None, missing: str) -> Node | Nowhere:
    return (_kind(service), service.name) if service is not None else Nowhere(missing)


def _kind(service: Service) -> str:
    match service:
        case Queue():
            return "queue"
        case HuntGroup():
            return "hunt group"
        case menus.Menu() | menus.AutoAttendant():
            return "menu"
    return "number"


def sent(subject: Subject) -> Iterator[Sent]:
    """Every place of the organization that sends calls on."""
    for rules in lists(subject):
        owner = ("user", rules.user.username) if rules.user is not None else None
        if rules.service is not None:
            owner = ("number", rules.service)
        if rules.direction == "received":
            for index, one in enumerate(rules.rules):
                certain = index == 0 and _certain(one.rule)
                yield from _of_rule(one.rule, owner, one.path, rules.user, certain=certain)
        else:
            for one in rules.rules:
                yield from _of_rule(one.rule, None, one.path, rules.user)
    yield from _of_services(subject)
    yield from _of_schedules(subject)
    yield from _of_profiles(subject)


def _of_rule(rule: Rule, owner: Node | None, path: Path, user: User | None, *, certain: bool = False) -> Iterator[Sent]:
    for step in rule.do:
        yield Sent(owner=owner, target=step.target, path=path, user=user, certain=certain)


def _certain(rule: Rule) -> bool:
    """Whether every call is sent on by it: one step, no condition."""
    return len(rule.do) == 1 and rule.do[0].duration is None and _always(rule.when)


def _always(condition: Condition) -> bool:
    return isinstance(condition, Always) or condition == CallIs("received")


def _of_services(subject: Subject) -> Iterator[Sent]:
    organization = subject.organization
    found: tuple[tuple[str, dict[str, Queue]], ...] = (
        ("queues", dict(organization.queues)),
        ("attendant_groups", dict(organization.attendant_groups)),
    )
    for section, queues in found:
        for index, queue in enumerate(queues.values()):
            yield from _of_queue(queue, (section, index))
    for index, group in enumerate(organization.hunt_groups.values()):
        if group.fallback is not None:
            yield Sent(owner=("hunt group", group.name), target=group.fallback, path=("hunt_groups", index, "fallback"))
    for one in choices(organization):
        if not isinstance(one.choice, NO_PLACE):
            owner = ("menu", one.owner)
            yield Sent(owner=owner, target=one.choice, path=one.path, key=one.key, chosen=bool(one.key))
    if organization.unassigned is not None:
        yield Sent(owner=None, target=organization.unassigned.target, path=("unassigned_numbers",))


def _of_queue(queue: Queue, path: Path) -> Iterator[Sent]:
    owner = ("queue", queue.name)
    places = (
        (queue.overflow.then, ("overflow", "then")),
        (queue.waiting.then, ("waiting", "then")),
        (queue.waiting.no_agents, ("waiting", "no_agents")),
        (ToNumber(queue.help_number) if queue.help_number else None, ("help_number",)),
    )
    for target, below in places:
        if target is not None:
            yield Sent(owner=owner, target=target, path=(*path, *below), chosen=below == ("help_number",))


def _of_schedules(subject: Subject) -> Iterator[Sent]:
    organization = subject.organization
    for path, model in services(subject.file.model):
        service = organization.service(model.number)
        schedule = organization.schedules.get(model.number)
        if service is None or schedule is None or not model.schedule:
            continue
        for index, event in enumerate(schedule.events):
            if isinstance(event.action, Step):
                owner = (_kind(service), service.name)
                yield Sent(owner=owner, target=event.action.target, path=(*path, "schedule", index, "action"))


def _of_profiles(subject: Subject) -> Iterator[Sent]:
    for index, profile in enumerate(subject.organization.profiles.values()):
        steps = (
            ("on_busy", profile.on_busy),
            ("on_no_answer", profile.on_no_answer),
            ("on_unreachable", profile.on_unreachable),
        )
        for key, step in steps:
            if step is not None:
                yield Sent(owner=None, target=step.target, path=("profiles", index, key))
        if not isinstance(profile.landline_calls, str):
            yield Sent(owner=None, target=profile.landline_calls, path=("profiles", index, "landline_calls"))
