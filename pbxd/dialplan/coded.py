"""What feature codes make of a call: one that changes something and ends, or one to the number that they hold."""

from __future__ import annotations

from dataclasses import replace

from pbxd.dialplan.codes import Complete, Incomplete, match
from pbxd.dialplan.numbering import canonical
from pbxd.dialplan.situation import Facts, FromDevice, Situation
from pbxd.dialplan.taking import Note, taken
from pbxd.dialplan.treatment import Feature, Reject, Room, TakeOver, Visit
from pbxd.org.codes import CODES, TAKING
from pbxd.org.menus import Mailbox
from pbxd.org.organization import Organization
from pbxd.org.rules import ToMailbox, ToVoicemail
from pbxd.org.services import Queue
from pbxd.org.supervision import serves
from pbxd.org.users import User


def unwrapped(situation: Situation, facts: Facts) -> tuple[Situation, str]:
    """The call that a code such as ``#31#NUMBER*`` places, and what it does in words; any other call as it is."""
    source = situation.source
    if not isinstance(source, FromDevice) or not situation.dialled.startswith(("*", "#", "%")):
        return situation, ""
    organization = facts.organization(source.organization)
    match match(situation.dialled, organization):
        case Complete("hide-once", (number,)):
            placed = replace(situation, source=replace(source, hidden=True), dialled=number)
            return placed, f"a call to {number} that hides the caller's number"
        case Complete("show-once", (number,)):
            placed = replace(situation, source=replace(source, hidden=False, unhidden=True), dialled=number)
            return placed, f"a call to {number} that shows the caller's number"
        case Complete("bypass-diversion", (number,)):
            return replace(situation, bypass=True, dialled=number), f"a call to {number} in spite of any diversion"
        case Complete("call-in-role", (code, number)):
            role = next((role.name for role in organization.roles.values() if role.code == code), None)
            if role is not None:
                return replace(situation, role=role, dialled=number), f"a call to {number} in the role {role}"
        case Complete("queue-help", ()):
            queue = _helped(source, organization, facts)
            if queue is not None and queue.help_number is not None:
                words = f"a call to {queue.help_number}, who helps the agents of {queue.name}"
                return replace(situation, dialled=queue.help_number), words
    return situation, ""


def _helped(source: FromDevice, organization: Organization, facts: Facts) -> Queue | None:
    """The queue whose agent asks for help (QUE-3): that of the call he talks in, else the first that he may serve."""
    talks = [one.queue for one in facts.dialogs(organization.name, source.user) if one.queue]
    if talks:
        return organization.queue(talks[-1])
    queues = (*organization.queues.values(), *organization.attendant_groups.values())
    user = organization.users[source.user]
    return next((queue for queue in queues if queue.help_number is not None and serves(user, queue)), None)


def voicemail(dialled: str, organization: Organization, user: User | None) -> ToVoicemail | ToMailbox | None:
    """The mailbox that ``*1*EXT*`` leaves a message in, wherever a call is sent by it (CODE-11)."""
    found = match(dialled, organization)
    if not isinstance(found, Complete) or found.name != "voicemail":
        return None
    number = canonical(found.arguments[0], organization, user).canonical
    owner = organization.line(number)
    if owner is not None:
        return ToVoicemail(user=owner.user.username)
    service = organization.service(number)
    return ToMailbox(service.name) if isinstance(service, Mailbox) else None


def treatment(
    situation: Situation, facts: Facts, now: float, note: Note
) -> Feature | TakeOver | Visit | Room | Reject | None:
    """What to do where a feature code was dialled; ``None``: a number was. Why is told to ``note``."""
    source = situation.source
    if not isinstance(source, FromDevice) or not situation.dialled.startswith(("*", "#", "%")):
        return None
    match match(situation.dialled, facts.organization(source.organization)):
        case Complete(name, arguments) if name in CODES:
            return Feature(
                organization=source.organization,
                user=source.user,
                device=source.device,
                name=name,
                arguments=arguments,
            )
        case Complete(name, arguments) if name in TAKING:
            return taken(name, arguments, source, facts, now, note)
        case Incomplete():  # RFC 3578 3: the phone sends another INVITE when the next digit is dialled
            return Reject(status=484, reason="Address Incomplete", result="feature")
    return None
