"""Refuse the caller."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pbxd.dialplan.treatment import Completed, Outcome, Reject
from pbxd.errors import MalformedMessage, Refused
from pbxd.sip.headers import Reason

if TYPE_CHECKING:
    from pbxd.calls.call import Call


async def reject(call: Call, treatment: Reject) -> Outcome:
    """Answer with the final response, and with a BYE where the caller was answered before.

    Why is said first, where there is a prompt for it: before the answer, where the caller can hear that.
    """
    if treatment.announce is not None:
        with suppress(MalformedMessage, Refused):  # who can't hear it is refused all the same
            organization = call.situation.source.organization
            async with call.dialogue(organization, early=True) as party:
                await party.say(treatment.announce)
    subject = call.subject
    if subject.answered:
        subject.hangup(Reason(protocol="SIP", cause=treatment.status, text=treatment.reason))
    else:
        why = Reason(protocol="SIP", cause=treatment.status, text=treatment.why)
        subject.reject(treatment.status, treatment.reason, (("Reason", str(why)),) if treatment.why else ())
    return Completed(reason=treatment.reason)
