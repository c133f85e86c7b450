"""Telling a caller something before his call is refused."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pbxd.errors import MalformedMessage, Refused
from pbxd.sip.headers import Reason

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.leg import Leg
    from pbxd.speech.sayings import Saying


async def tell(call: Call, organization: str, *what: Saying) -> None:
    """Say it before the answer, where the caller can hear that; who can't hear it at all is told nothing."""
    with suppress(MalformedMessage, Refused):
        async with call.dialogue(organization, early=True) as party:
            await party.say(*what)


def refuse(subject: Leg, status: int, reason: str, why: Reason | None = None) -> None:
    """Give the final response, with a Reason header; a caller who was answered gets a BYE that says so (RFC 3326)."""
    if subject.answered:
        subject.hangup(why or Reason(protocol="SIP", cause=status, text=reason))
    else:
        subject.reject(status, reason, (("Reason", str(why)),) if why is not None else ())
