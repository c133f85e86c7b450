"""Park the party that remains of a conversation, until somebody retrieves it (CODE-13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.dialplan.treatment import NoAnswer, Outcome, Park
from pbxd.events import CallParked
from pbxd.treatments.converse import converse

if TYPE_CHECKING:
    from pbxd.calls.call import Call


async def park(call: Call, treatment: Park) -> Outcome:
    """Wait for who retrieves the call; without anybody it goes back to who parked it."""
    kernel, subject = call.kernel, call.subject
    until = kernel.now + treatment.seconds
    with call.parking((treatment.organization, treatment.user)) as meeting:
        kernel.bus.emit(
            CallParked(at=kernel.wall, call=call.id, leg=subject.id, party=subject.party, user=treatment.user)
        )
        async with call.dialogue(treatment.organization) as party, party.music():
            while meeting.winner is None and kernel.now < until:
                await call.inbox.next(until=until)
        peer = meeting.take()
    return NoAnswer() if peer is None else await converse(call, peer)
