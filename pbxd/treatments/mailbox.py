"""A caller opens a mailbox: his own, another one of his by number and PIN, or a group's (VM-6 to VM-8)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pbxd.calls.callers import caller_of
from pbxd.calls.mailboxes import box_at, box_of_group, box_of_user
from pbxd.dialogues.entrance import Door, enter
from pbxd.dialogues.mailbox import Rights, Visit, open_mailbox
from pbxd.dialplan.source import FromDevice
from pbxd.dialplan.treatment import Chosen, Completed, Mailbox, Outcome
from pbxd.org.levels import GREETING_ONLY, OWN_GREETING, VOICEMAIL_SWITCH_OFF
from pbxd.org.rules import ToNumber
from pbxd.speech.sayings import Digits
from pbxd.treatments.voicemail import moment

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.dialogues.dialogue import Dialogue
    from pbxd.mailboxes import Box, VoiceMessageRow
    from pbxd.org.organization import Organization
    from pbxd.org.users import User
    from pbxd.speech.sayings import Value


async def mailbox(call: Call, treatment: Mailbox) -> Outcome:
    """Answer, let the caller in if he may, and let him listen; he may leave for whoever left a message."""
    organization = call.facts.organization(treatment.organization)
    user = _calling(call, organization)
    async with call.dialogue(organization.name) as party:
        box = await enter(party, _door(call, treatment, organization, user))
        if box is None:
            return Completed(reason="the caller was not let in")
        owner = organization.users.get(box.key.mailbox) if box.key.kind == "user" else user
        number = await open_mailbox(_visit(call, party, box, organization, owner))
    if number and owner is not None:
        return Chosen(to=ToNumber(number), by=owner.username)
    return Completed(reason=f"the mailbox of {box.key.mailbox} was open")


def _calling(call: Call, organization: Organization) -> User | None:
    """The user of the organization who calls, by his phone."""
    source = call.subject.source
    if not isinstance(source, FromDevice) or source.organization != organization.name:
        return None
    return organization.users.get(source.user)


def _door(call: Call, treatment: Mailbox, organization: Organization, user: User | None) -> Door:
    """The mailbox that is meant, and whether its owner, or a member of its groups, calls from a phone of his."""
    mailroom = call.kernel.mailroom
    box: Box | None = None
    group = organization.mailbox(treatment.mailbox) if treatment.mailbox else None
    if group is not None:
        box = box_of_group(mailroom, organization, group)
        trusted = user is not None and bool(set(group.groups) & set(user.groups))
    else:
        trusted = user is not None
        box = box_of_user(mailroom, organization, user) if user is not None else None
    source = call.subject.source
    number, _ = caller_of(source, call.facts.organization(source.organization))
    return Door(box=box, trusted=trusted, find=partial(box_at, mailroom, organization, user), caller=number)


def _visit(call: Call, party: Dialogue, box: Box, organization: Organization, owner: User | None) -> Visit:
    """What whoever is in may do. ``owner`` answers for what leaves: there is none where a group's PIN was enough."""
    zone = organization.hours_for(owner).zone
    return Visit(
        dialogue=party,
        box=box,
        by=owner.name if owner is not None else box.key.mailbox,
        rights=_rights(box, organization, owner),
        moment=lambda at: moment(at, call.kernel.wall, zone),
        named=partial(_named, organization),
        find=partial(box_at, call.kernel.mailroom, organization, owner),
    )


def _rights(box: Box, organization: Organization, owner: User | None) -> Rights:
    if box.key.kind == "group" or owner is None:
        member = owner is not None
        return Rights(greeting=member, pin=member, call_back=member)
    return Rights(
        greeting=bool(organization.may(owner.username, OWN_GREETING)),
        switch_off=bool(organization.may(owner.username, VOICEMAIL_SWITCH_OFF)),
        greeting_only=bool(organization.may(owner.username, GREETING_ONLY)),
    )


def _named(organization: Organization, row: VoiceMessageRow) -> Value | None:
    """Who left a message: a colleague by name, anybody else by number."""
    if not row.caller:
        return None
    owner = organization.line(row.caller)
    return owner.user.name if owner is not None else Digits(row.caller)
