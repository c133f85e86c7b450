"""Refuse the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.dialplan.treatment import Completed, Outcome, Reject
from pbxd.sip.headers import Reason

if TYPE_CHECKING:
    from pbxd.calls.call import Call


async def reject(call: Call, treatment: Reject) -> Outcome:
    """Answer with the final response, and with a BYE where the caller was answered before."""
    subject = call.subject
    if subject.answered:
        subject.hangup(Reason(protocol="SIP", cause=treatment.status, text=treatment.reason))
    else:
        why = Reason(protocol="SIP", cause=treatment.status, text=treatment.why)
        subject.reject(treatment.status, treatment.reason, (("Reason", str(why)),) if treatment.why else ())
    return Completed(reason=treatment.reason)
