"""Have the caller hear something, and then end the call or send it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.dialplan.treatment import Chosen, Completed, Outcome, Play
from pbxd.errors import MalformedMessage, Refused

if TYPE_CHECKING:
    from pbxd.calls.call import Call


async def play(call: Call, treatment: Play) -> Outcome:
    """Before an answer, where the caller can hear that: an announcement is not charged.

    A caller who can't hear it is sent on all the same.
    """
    try:
        async with call.dialogue(treatment.organization, early=True) as party:
            await party.say(treatment.sound)
    except (MalformedMessage, Refused):
        if treatment.then is None:
            raise
    if treatment.then is not None:
        return Chosen(to=treatment.then)
    return Completed(reason="the announcement was heard")
