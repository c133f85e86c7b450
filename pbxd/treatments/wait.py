"""Have the caller wait in a queue until an agent talks to him (QUE, ATT, CALL-6)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from pbxd.calls.leg import Leg
from pbxd.dialplan.presentation import caller_number
from pbxd.dialplan.source import FromDevice
from pbxd.dialplan.treatment import Completed, Outcome, Unreachable, Wait
from pbxd.queues.camp import camp_of
from pbxd.queues.orders import Arrival
from pbxd.queues.plan import QueueId
from pbxd.queues.planning import personal
from pbxd.queues.runner import Distribution
from pbxd.treatments import call_back
from pbxd.treatments.attending import Waited, attend, sent_away
from pbxd.treatments.converse import converse
from pbxd.treatments.entertain import Entertainer, Programme

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.rendezvous import Rendezvous
    from pbxd.org.organization import Organization


async def wait(call: Call, treatment: Wait) -> Outcome:
    """Give the call a place in the queue, and put it through to whoever answers."""
    organization = call.facts.organization(treatment.organization)
    waited = _waited(treatment, organization)
    if waited is None:
        return Unreachable(status=404, reason="Not Found")
    distribution = call.kernel.part(Distribution)
    began, arrival = call.kernel.now, _arrival(call, treatment, organization)
    with distribution.stay(organization.name, call, arrival, waited.plan) as stay, _met(call, treatment) as meeting:
        gone = sent_away(stay)
        if gone is not None:  # before it is answered: a full queue costs nothing
            return gone
        try:
            async with call.dialogue(organization.name) as party:
                entertainer = Entertainer(call, party, waited.programme)
                offers = waited.offers_callback and bool(arrival.number)
                if await entertainer.welcome(callback=offers) and await call_back.asked(stay, party, arrival.number):
                    return Completed(reason="the caller is called back")
                stay.ready()
                found = await attend(call, stay, waited, organization, entertainer, party, meeting)
        finally:
            call.waited += call.kernel.now - began
    if not isinstance(found, Leg):
        return found
    call.reel.queue = organization if waited.recorded else None
    return await converse(call, found)


def _waited(treatment: Wait, organization: Organization) -> Waited | None:
    """What the caller waits for, as it is configured now; ``None`` where it is gone."""
    if treatment.kind != "personal":
        queue = organization.queue(treatment.queue)
        return Waited(queue=queue, plan=None, programme=Programme.of_queue(queue)) if queue is not None else None
    user = organization.users.get(treatment.queue)
    if user is None:
        return None
    return Waited(queue=None, plan=personal(user, organization), programme=Programme.of_user(user, organization))


def _met(call: Call, treatment: Wait) -> AbstractContextManager[Rendezvous]:
    """Who waits for a user can be taken back, like somebody who is parked for him (ATT-2)."""
    if treatment.kind == "personal":
        return call.parking((treatment.organization, treatment.queue))
    return call.meet()


def _arrival(call: Call, treatment: Wait, organization: Organization) -> Arrival:
    source = call.subject.source
    if isinstance(source, FromDevice):
        user = call.facts.organization(source.organization).users[source.user]
        number, name = "" if source.hidden else user.extension or "", user.name
    else:
        number, name = caller_number(source, organization), source.name
    return Arrival(
        call=call.id,
        queue=QueueId(treatment.queue, "personal" if treatment.kind == "personal" else "queue"),
        number=number,
        name=name,
        language=call.language,
        waited=call.waited,
        camp=camp_of(call.situation, organization) if treatment.kind == "personal" else None,
    )
