"""What service numbers do with a call: as rules where they ring people, as a treatment where they take it over."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.dialplan.order import Entry, Stage, listed
from pbxd.dialplan.situation import Shown
from pbxd.dialplan.treatment import Mailbox, Menu, Play, Reject, Room, Treatment, Voicemail, Wait
from pbxd.dialplan.view import View
from pbxd.org import menus
from pbxd.org.organization import Organization
from pbxd.org.rules import (
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
from pbxd.org.schedule import Scheduled
from pbxd.org.services import HuntGroup, Queue, RuleBasedNumber, Service

REFUSED = Step(target=RejectAs("not-found"))


def entries(view: View, number: str, shown: Shown) -> Iterator[Entry]:
    """The rules of a service number that is open; of a number that belongs to nobody, the organization's (NUM-7).

    ``shown`` is what rules have set before.
    """
    service = view.service
    if service is None:
        step = view.organization.unassigned or REFUSED
        yield Entry("unassigned", Stage.DEFAULT, f"{number} belongs to nobody", Rule(do=(step,)))
    elif _closed(view) is None:
        yield from _settings(view, service, shown)
        match service:
            case HuntGroup():
                yield from _hunt(view, service)
            case RuleBasedNumber():
                yield from listed(service.rules, f"rule-based number {service.name}")


def _settings(view: View, service: Service, shown: Shown) -> Iterator[Entry]:
    """What is shown and spoken from here on (IVR-5, CLI-6)."""
    text, language = None, None
    match service:
        case RuleBasedNumber() | menus.Talking():
            text = service.shown(shown.text)
            language = service.spoken(view.calling_user.language if view.calling_user is not None else None)
        case Queue():
            text = shown.text if shown.text and service.keep_earlier_text else service.display_text or shown.text
    steps = [Step(target=SetText(text))] if text is not None and text != shown.text else []
    steps += [Step(target=SetLanguage(language))] if language is not None else []
    if steps:
        yield Entry("settings", Stage.OWN, f"what {service.name} shows", Rule(do=tuple(steps)))


def itself(view: View) -> Treatment | Step | None:
    """What a service number does where none of its rules takes the call; ``None``: it has nothing but its rules."""
    if view.service is None:
        return None
    closed = _closed(view)
    if closed is None:
        return _taken_over(view.service, view.organization)
    if closed.forward is not None and closed.message is None:
        return closed.forward
    return _told(view.service, closed, view.organization)


def _closed(view: View) -> Scheduled | None:
    """What the schedule of the service number says; ``None`` where it is open, or has no schedule (TIME-3)."""
    schedule = view.organization.schedules.get(view.service.number) if view.service is not None else None
    said = schedule.at(view.now, view.organization.timezone) if schedule is not None else None
    return said if said is not None and said.action != "open" else None


def _told(service: Service, closed: Scheduled, organization: Organization) -> Treatment:
    """A closed service number tells so, and takes a message or sends the call on where it can (QUE-10)."""
    message, name = closed.message, organization.name
    if closed.forward is not None and message is not None:
        return Play(organization=name, sound=message, then=closed.forward.target)
    if isinstance(service, Queue) and service.mailbox is not None:
        return Voicemail(organization=name, mailbox=service.mailbox, kind="group", announce=message)
    if message is not None:
        return Play(organization=name, sound=message)
    return Reject(status=480, reason="Closed", result="rejected")


def _hunt(view: View, group: HuntGroup) -> Iterator[Entry]:
    """Its members at once or one after the other, and then its fallback (HUNT-1)."""
    steps: list[Step] = []
    for user in view.organization.users.values():
        if not set(group.groups) & set(user.groups):
            continue
        if group.name in view.facts.state(view.organization.name, user.username).left_groups:
            continue
        standing = view.standing_of(user)
        activity = standing.activity.name if standing.activity is not None else None
        if activity not in group.exclude_activities and standing.role not in group.exclude_roles:
            joins = group.order == "parallel" and bool(steps)
            steps.append(Step(target=ToUser(user.username), joins=joins, duration=group.ring_seconds))
    fallback = (Step(target=group.fallback or RejectAs("unavailable")),)
    yield Entry("hunt", Stage.OWN, f"hunt group {group.name}", Rule(do=(*steps, *fallback)))


def named(target: Target, organization: Organization) -> Service | None:
    """The service that a target names, by its name or one of its numbers."""
    match target:
        case ToQueue(name):
            return organization.queue(name)
        case ToHuntGroup(name):
            return organization.hunt_group(name)
        case ToMenu(name):
            return organization.menu(name)
        case ToMailbox(name):
            return organization.mailbox(name)
    return None


def _taken_over(service: Service, organization: Organization) -> Treatment | None:
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
            activity = view.standing_of(owner).activity
            return Voicemail(
                organization=organization.name,
                mailbox=owner.username,
                kind="user",
                announce=announce,
                activity=activity.name if activity is not None and not activity.available else None,
                record=record,
            )
        case ToPersonalQueue():
            return Wait(organization=organization.name, queue=user.username, kind="personal") if user else None
    return None
