"""Refuse the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.dialplan.treatment import Completed, Outcome, Reject
from pbxd.sip.headers import Reason
from pbxd.treatments.refusing import refuse, tell

if TYPE_CHECKING:
    from pbxd.calls.call import Call


async def reject(call: Call, treatment: Reject) -> Outcome:
    """Say why, where there is a prompt for it, and end the call."""
    if treatment.announce is not None:
        await tell(call, call.situation.source.organization, treatment.announce)
    why = Reason(protocol="SIP", cause=treatment.status, text=treatment.why) if treatment.why else None
    refuse(call.subject, treatment.status, treatment.reason, why)
    return Completed(reason=treatment.reason)
