"""What each treatment does, one small file each, and the table that finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from pbxd.dialplan.treatment import (
    Feature,
    Mailbox,
    Menu,
    Outcome,
    Park,
    Play,
    Recall,
    Reject,
    Ring,
    Room,
    TakeOver,
    Treatment,
    Unreachable,
    Visit,
    Voicemail,
    Wait,
)
from pbxd.errors import MalformedMessage, Refused
from pbxd.treatments.features import feature
from pbxd.treatments.mailbox import mailbox
from pbxd.treatments.menu import menu
from pbxd.treatments.park import park
from pbxd.treatments.play import play
from pbxd.treatments.recall import recall
from pbxd.treatments.reject import reject
from pbxd.treatments.ring import ring
from pbxd.treatments.room import room
from pbxd.treatments.take_over import take_over
from pbxd.treatments.visit import visit
from pbxd.treatments.voicemail import voicemail
from pbxd.treatments.wait import wait

if TYPE_CHECKING:
    from pbxd.calls.call import Call


async def perform(call: Call, treatment: Treatment) -> Outcome:
    """Carry out what was decided and return what came of it.

    With a caller whom the server can't talk to nothing else can be done than to tell him so.
    """
    try:
        return await _perform(call, treatment)
    except (MalformedMessage, Refused) as error:
        call.subject.media_problem(str(error))
        status = error.status if isinstance(error, Refused) else 488
        return Unreachable(status=status, reason=error.reason)


async def _perform(call: Call, treatment: Treatment) -> Outcome:
    match treatment:
        case Ring():
            return await ring(call, treatment)
        case Recall():
            return await recall(call, treatment)
        case TakeOver():
            return await take_over(call, treatment)
        case Visit():
            return await visit(call, treatment)
        case Park():
            return await park(call, treatment)
        case Feature():
            return await feature(call, treatment)
        case Reject():
            return await reject(call, treatment)
        case Play():
            return await play(call, treatment)
        case Menu():
            return await menu(call, treatment)
        case Wait():
            return await wait(call, treatment)
        case Room():
            return await room(call, treatment)
        case Voicemail():
            return await voicemail(call, treatment)
        case Mailbox():
            return await mailbox(call, treatment)
        case never:
            assert_never(never)
