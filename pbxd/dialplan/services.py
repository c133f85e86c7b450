"""What service numbers do with a call: as rules where they ring people, as a treatment where they take it over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pbxd.dialplan.order import Entry, Stage, listed
from pbxd.dialplan.situation import Shown
from pbxd.dialplan.treatment import Mailbox, Menu, Play, Room, Treatment, Voicemail, Wait
from pbxd.dialplan.view import View
from pbxd.org import menus
from pbxd.org.organization import Organization
from pbxd.org.rules import (
    Continue,
    RejectAs,
    Rule,
    SetLanguage,
    SetText,
    Step,
    Target,
    ToHuntGroup,
    ToMailbox,
    ToMenu,
    ToPersonalQueue,
    ToQueue,
    ToUser,
    ToVoicemail,
)
from pbxd.org.services import HuntGroup, Queue, RuleBasedNumber, Service

REFUSED = Step(target=RejectAs("not-found"))


def entries(view: View, service: Service | None, shown: Shown) -> Iterator[Entry]:
    """The rules of a service number; of a number that belongs to nobody, what the organization says (NUM-7).

    ``shown`` is what rules have set before.
    """
    match service:
        case None:
            step = view.organization.unassigned or REFUSED
            yield Entry("unassigned", Stage.DEFAULT, "numbers that belong to nobody", Rule(do=(step,)))
        case HuntGroup():
            yield from _hunt(view, service)
        case RuleBasedNumber():
            yield from _rule_based(view, service, shown)


def _rule_based(view: View, number: RuleBasedNumber, shown: Shown) -> Iterator[Entry]:
    """Its text and language, and then its rules (IVR-5)."""
    own = view.calling_user.language if view.calling_user is not None else None
    text, language = number.shown(shown.text), number.spoken(own)
    steps: list[Target] = [SetText(text)] if text is not None else []
    steps += [SetLanguage(language)] if language is not None else []
    owner = f"rule-based number {number.name}"
    if steps:
        yield Entry("settings", Stage.OWN, owner, Rule(do=tuple(Step(target=one) for one in (*steps, Continue()))))
    yield from listed(number.rules, owner)


def _hunt(view: View, group: HuntGroup) -> Iterator[Entry]:
    """Its members at once or one after the other, and then its fallback (HUNT-1)."""
    steps: list[Step] = []
    for user in view.organization.users.values():
        if not set(group.groups) & set(user.groups):
            continue
        standing = view.standing_of(user)
        activity = standing.activity.name if standing.activity is not None else None
        if activity not in group.exclude_activities and standing.role not in group.exclude_roles:
            joins = group.order == "parallel" and bool(steps)
            steps.append(Step(target=ToUser(user.username), joins=joins, duration=group.ring_seconds))
    fallback = (Step(target=group.fallback or RejectAs("unavailable")),)
    yield Entry("hunt", Stage.OWN, f"hunt group {group.name}", Rule(do=(*steps, *fallback)))


def named(target: Target, organization: Organization) -> Service | None:
    """The service that a target names."""
    match target:
        case ToQueue(name):
            return _called({**organization.queues, **organization.attendant_groups}, name, organization)
        case ToHuntGroup(name):
            return _called(organization.hunt_groups, name, organization)
        case ToMenu(name):
            return _called({**organization.menus, **organization.auto_attendants}, name, organization)
        case ToMailbox(name):
            return _called(organization.mailboxes, name, organization)
    return None


def _called(known: Mapping[str, Service], name: str, organization: Organization) -> Service | None:
    """One of these by its name or by any of its numbers."""
    by_number = organization.service(name)
    of_this_kind = by_number is not None and known.get(by_number.name) is by_number
    return known.get(name) or (by_number if of_this_kind else None)


def taken_over(service: Service, organization: Organization) -> Treatment | None:
    """The treatment that a service number is; ``None`` for one that has rules instead."""
    name = organization.name
    match service:
        case Queue():
            return Wait(organization=name, queue=service.name, kind="attendants" if service.attendants else "queue")
        case menus.Menu() | menus.AutoAttendant():
            return Menu(organization=name, menu=service.name)
        case menus.Mailbox():
            return Voicemail(organization=name, mailbox=service.name, kind="group")
        case menus.VoicemailNumber():
            return Mailbox(organization=name, mailbox=service.mailbox or "")
        case menus.ConferenceRoom():
            return Room(organization=name, room=service.name)
    return None


def treatment(target: Target, view: View) -> Treatment | None:
    """What a target of a user's rule is; ``None`` where it needs a user and there is none."""
    organization, user = view.organization, view.user
    match target:
        case ToVoicemail(user=name, announce=announce, record=record):
            owner = organization.users.get(name) if name is not None else user
            if owner is None:
                return None
            activity = view.standing.activity if owner is user else None
            told = activity.name if activity is not None and not activity.available else None
            return Voicemail(
                organization=organization.name,
                mailbox=owner.username,
                kind="user",
                announce=announce,
                activity=told,
                record=record,
            )
        case ToPersonalQueue():
            return Wait(organization=organization.name, queue=user.username, kind="personal") if user else None
    return None


def play(organization: Organization, sound: str) -> Play:
    """A sound, and the end."""
    return Play(organization=organization.name, sound=sound)
