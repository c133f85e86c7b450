"""A caller hears the greeting of a mailbox and may leave a message (VM-1, VM-2)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pbxd.calls.callers import caller_of
from pbxd.calls.mailboxes import box_of_group, box_of_user
from pbxd.dialogues.voicemail import Caller, Greeting, Left, leave_message
from pbxd.dialplan.source import FromDevice
from pbxd.dialplan.treatment import Chosen, Completed, Outcome, Skipped, Voicemail
from pbxd.org.back import back_at
from pbxd.org.levels import (
    ASSISTANCE,
    ASSISTANCE_TO,
    GREETING,
    GREETING_ONLY,
    OWN_GREETING,
    SPEAK_ACTIVITY,
    SPEAK_LAST_END,
    VOICEMAIL_SKIP,
    VOICEMAIL_SWITCH_OFF,
)
from pbxd.speech.sayings import Moment

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.mailboxes import Box
    from pbxd.org.organization import Organization
    from pbxd.org.rules import Target
    from pbxd.org.users import User

NUMBER = re.compile(r"\+?[0-9]+")
"""What can be called back; trunks may send anything as a number."""
USUAL = "default"
"""What the setting says of a greeting that names the owner and nothing else."""


async def voicemail(call: Call, treatment: Voicemail) -> Outcome:
    """Answer, and let the caller leave a message; a mailbox that its owner has switched off is passed over."""
    organization = call.facts.organization(treatment.organization)
    assistant: Target | None = None
    if treatment.kind == "group":
        mailbox = organization.mailbox(treatment.mailbox)
        if mailbox is None:
            return Skipped(why=f"there is no mailbox {treatment.mailbox}")
        box = box_of_group(call.kernel.mailroom, organization, mailbox)
        greeting = Greeting(
            name=mailbox.name,
            announce=treatment.announce,
            own=box.greeting,
            configured=mailbox.greeting,
            takes_messages=treatment.record,
        )
    else:
        owner = organization.users[treatment.mailbox]
        box = box_of_user(call.kernel.mailroom, organization, owner)
        if box.row.switched_off and organization.may(owner.username, VOICEMAIL_SWITCH_OFF):
            return Skipped(why=f"{owner.username} has switched voicemail off")
        if organization.effective(ASSISTANCE, owner).value:
            assistant = organization.effective(ASSISTANCE_TO, owner).value
        greeting = _greeting(call, treatment, organization, owner, box, assistance=assistant is not None)
    async with call.dialogue(organization.name) as party:
        left = await leave_message(party, box, greeting, _caller(call))
    if left is Left.ASSISTANCE and assistant is not None:
        return Chosen(to=assistant)
    return (
        Skipped() if left is Left.SKIPPED else Completed(reason=f"the caller was at the mailbox of {box.key.mailbox}")
    )


def _greeting(
    call: Call, treatment: Voicemail, organization: Organization, owner: User, box: Box, *, assistance: bool
) -> Greeting:
    """What is said for a user, now."""
    configured = organization.effective(GREETING, owner).value
    activity = organization.activities.get(treatment.activity or "")
    speaks = activity is not None and organization.effective(SPEAK_ACTIVITY, owner).value
    told = activity is not None and activity.prompt is not None and activity.prompt == treatment.announce
    only = box.row.greeting_only and bool(organization.may(owner.username, GREETING_ONLY))
    return Greeting(
        name=owner.name,
        announce=treatment.announce,
        own=box.greeting if organization.may(owner.username, OWN_GREETING) else "",
        configured=None if configured == USUAL else configured,
        activity=(activity.labels or {"": activity.name}) if activity is not None and speaks and not told else {},
        until=_until(call, organization, owner) if speaks else None,
        assistance=assistance,
        skip=organization.effective(VOICEMAIL_SKIP, owner).value,
        takes_messages=treatment.record and not only,
    )


def _until(call: Call, organization: Organization, owner: User) -> Moment | None:
    """When the owner is back, on his own clock."""
    now = call.kernel.wall
    last = organization.effective(SPEAK_LAST_END, owner).value
    until = back_at(call.equipment.people.state(organization.name, owner.username), organization, owner, now, last=last)
    return moment(until, now, organization.hours_for(owner).zone) if until is not None else None


def moment(at: float, now: float, zone: ZoneInfo) -> Moment:
    """A moment (seconds since 1970) as it is said to somebody on whose clock it is ``now``."""
    return Moment(at=datetime.fromtimestamp(at, zone), now=datetime.fromtimestamp(now, zone))


def _caller(call: Call) -> Caller:
    """Who leaves a message, as far as the owner may know."""
    source = call.subject.source
    if isinstance(source, FromDevice) and source.hidden:
        return Caller(number="")
    number, name = caller_of(source, call.facts.organization(source.organization))
    return Caller(number=number if NUMBER.fullmatch(number) else "", name=name or number)
