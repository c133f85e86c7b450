"""Codes that bring a call to the phone that dials them: what rings, what its user talks on elsewhere, what is parked.

Which call that is, and whether the user may have it, is decided here from the facts; it may have gone by the time that
it is taken, which is an outcome like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from pbxd.dialplan.numbering import canonical
from pbxd.dialplan.situation import DialogFact, Facts, FromDevice
from pbxd.dialplan.treatment import Reject, Room, TakeOver, Visit, VisitRole
from pbxd.org.levels import INTRUSION_AUDIBLE
from pbxd.org.organization import Organization
from pbxd.org.permissions import INTRUDE, LISTEN, PICKUP, RETRIEVE_PARKED, Right
from pbxd.org.presence import standing
from pbxd.org.supervision import supervises

NO_CONVERSATION = Reject(status=404, reason="No call to come into", result="feature", announce="intrude-nothing")
Note = Callable[[str, str], None]

NOT_ALLOWED = Reject(status=403, reason="Not allowed", result="feature", announce="not-allowed")
NO_EXTENSION = Reject(status=404, reason="No such extension", result="feature", announce="number-unknown")
NOTHING = {
    "rings": Reject(status=404, reason="No call to pick up", result="feature", announce="pickup-nothing"),
    "talks": Reject(status=404, reason="No call to move", result="feature", announce="move-nothing"),
    "parked": Reject(status=404, reason="No parked call", result="feature", announce="retrieve-nothing"),
}


def taken(
    name: str, arguments: tuple[str, ...], source: FromDevice, facts: Facts, now: float, note: Note
) -> TakeOver | Visit | Room | Reject:
    """What a code of :data:`pbxd.org.codes.TAKING` comes to."""
    organization = facts.organization(source.organization)
    match name, arguments:
        case "move-call", _:
            others = (
                dialog
                for dialog in facts.dialogs(organization.name, source.user)
                if dialog.state == "talks" and dialog.device != source.device
            )
            return _newest(others, note)
        case "conference", _:
            return Room(organization=organization.name, host=source.user)
        case "pickup", _:
            return _oldest("rings", _colleagues(source, organization), source, facts, PICKUP, note)
        case "pickup-extension", (extension,):
            return _of(extension, "rings", source, facts, PICKUP, note)
        case "intrude" | "listen" | "whisper" | "barge" as role, (extension,):
            return _visit(role, extension, source, facts, now, note)
        case "retrieve", (extension,):
            return _of(extension, "parked", source, facts, RETRIEVE_PARKED, note)
        case _:
            return _oldest("parked", (source.user,), source, facts, RETRIEVE_PARKED, note)


def _visit(role: VisitRole, extension: str, source: FromDevice, facts: Facts, now: float, note: Note) -> Visit | Reject:
    """The call that a colleague talks on, for those who may come into it."""
    organization = facts.organization(source.organization)
    right = INTRUDE if role == "intrude" else LISTEN
    whose = _allowed(extension, source, facts, right, note, unless=role != "intrude")
    if isinstance(whose, Reject):
        return whose
    if role != "intrude" and _is_private(whose, organization, facts, now, note):
        return NOT_ALLOWED
    talks = (dialog for dialog in facts.dialogs(organization.name, whose) if dialog.state == "talks")
    found = max(talks, key=lambda dialog: dialog.since, default=None)
    if not organization.may(source.user, right, whose) and not _supervises(source, found, organization, note):
        return NOT_ALLOWED
    if found is None:
        note("code", f"{whose} talks to nobody")
        return NO_CONVERSATION
    note("code", f"{whose} talks on {found.device}")
    audible = bool(organization.effective(INTRUSION_AUDIBLE).value) if role in ("intrude", "barge") else False
    return Visit(dialog=found.dialog, role=role, user=whose, audible=audible)


def _is_private(whose: str, organization: Organization, facts: Facts, now: float, note: Note) -> bool:
    """Whether his profile lets nobody listen in, whatever rights there are (PROF-1)."""
    user = organization.users[whose]
    profile = standing(facts.state(organization.name, whose), organization, user, now).profile
    if profile is None or profile.listen is not False:
        return False
    note("code", f"nobody may listen to {whose}: his profile {profile.name}")
    return True


def _supervises(source: FromDevice, dialog: DialogFact | None, organization: Organization, note: Note) -> bool:
    """Whether somebody may hear what an agent says in a call of a queue (QUE-2)."""
    queue = organization.queue(dialog.queue) if dialog is not None else None
    user = organization.users.get(source.user)
    if queue is None or user is None or not supervises(user, queue, organization):
        return False
    note("code", f"{source.user} supervises queue {queue.name}")
    return True


def _newest(dialogs: Iterable[DialogFact], note: Note) -> TakeOver | Reject:
    found = max(dialogs, key=lambda dialog: dialog.since, default=None)
    if found is None:
        note("code", "the user talks on no other phone")
        return NOTHING["talks"]
    note("code", f"the user talks on {found.device}")
    return TakeOver(dialog=found.dialog)


def _of(
    extension: str, state: Literal["rings", "parked"], source: FromDevice, facts: Facts, right: Right, note: Note
) -> TakeOver | Reject:
    """One colleague's."""
    whose = _allowed(extension, source, facts, right, note)
    return whose if isinstance(whose, Reject) else _oldest(state, (whose,), source, facts, right, note)


def _allowed(
    extension: str, source: FromDevice, facts: Facts, right: Right, note: Note, *, unless: bool = False
) -> str | Reject:
    """Whose line an extension is, where the right over him is given; ``unless``: it may follow from something else."""
    organization = facts.organization(source.organization)
    user = organization.users.get(source.user)
    owner = organization.line(canonical(extension, organization, user).canonical)
    if owner is None:
        note("code", f"{extension} is nobody's line")
        return NO_EXTENSION
    whose = owner.user.username
    granted = organization.may(source.user, right, whose)
    note("code", granted.sources[0])
    return whose if granted or unless else NOT_ALLOWED


def _oldest(
    state: Literal["rings", "parked"],
    users: Iterable[str],
    source: FromDevice,
    facts: Facts,
    right: Right,
    note: Note,
) -> TakeOver | Reject:
    """Whoever has waited longest among those whom the user may serve."""
    organization = facts.organization(source.organization)
    waiting = (
        (dialog, user)
        for user in users
        for dialog in facts.dialogs(organization.name, user)
        if dialog.state == state and dialog.device != source.device and organization.may(source.user, right, user)
    )
    found = min(waiting, key=lambda one: one[0].since, default=None)
    if found is None:
        note("code", "nothing rings" if state == "rings" else "nobody is parked")
        return NOTHING[state]
    dialog, user = found
    note("code", f"{dialog.device} {'rings' if state == 'rings' else 'is parked'} for {user}")
    note("code", organization.may(source.user, right, user).sources[0])
    return TakeOver(dialog=dialog.dialog)


def _colleagues(source: FromDevice, organization: Organization) -> Iterator[str]:
    """The user, and those who share a group with him."""
    asking = organization.users.get(source.user)
    groups = set(asking.groups) if asking is not None else set()
    users = organization.users.values()
    return (user.username for user in users if user is asking or not groups.isdisjoint(user.groups))
