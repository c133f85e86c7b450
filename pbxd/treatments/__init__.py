"""What each treatment does, one small file each, and the table that finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from pbxd.dialplan.treatment import (
    Feature,
    Mailbox,
    Menu,
    Outcome,
    Play,
    Recall,
    Reject,
    Ring,
    Room,
    TakeOver,
    Treatment,
    Voicemail,
    Wait,
)
from pbxd.treatments.features import feature
from pbxd.treatments.recall import recall
from pbxd.treatments.reject import reject
from pbxd.treatments.ring import ring
from pbxd.treatments.take_over import take_over
from pbxd.treatments.unheard import unheard

if TYPE_CHECKING:
    from pbxd.calls.call import Call


async def perform(call: Call, treatment: Treatment) -> Outcome:
    """Carry out what was decided and return what came of it."""
    match treatment:
        case Ring():
            return await ring(call, treatment)
        case Recall():
            return await recall(call, treatment)
        case TakeOver():
            return await take_over(call, treatment)
        case Feature():
            return await feature(call, treatment)
        case Reject():
            return await reject(call, treatment)
        case Voicemail() | Mailbox() | Play() | Wait() | Menu() | Room():
            return await unheard(treatment)
        case never:
            assert_never(never)
