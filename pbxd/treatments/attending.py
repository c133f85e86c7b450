"""While a call waits: what the distributor orders for it, and what the legs of agents report."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pbxd.dialplan.source import FromDevice
from pbxd.dialplan.treatment import Busy, Chosen, Completed, Outcome
from pbxd.queues.orders import Close, Offer, Overflow, Ringback, Say, Withdraw
from pbxd.speech.sayings import Message
from pbxd.treatments.offering import Offering
from pbxd.treatments.ring import codecs_for

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.dialogue import LegDialogue
    from pbxd.calls.leg import Leg
    from pbxd.calls.rendezvous import Rendezvous
    from pbxd.org.organization import Organization
    from pbxd.org.services import Queue
    from pbxd.org.sounds import Prompt
    from pbxd.queues.plan import Plan
    from pbxd.queues.stay import Stay
    from pbxd.treatments.entertain import Entertainer, Programme


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """What a caller waits for: a queue, or with ``plan`` a user."""

    queue: Queue | None
    plan: Plan | None
    programme: Programme

    @property
    def offers_callback(self) -> bool:
        """Whether he may be called back instead."""
        if self.queue is not None:
            return self.queue.callback is not None
        return self.plan is not None and self.plan.callback is not None

    @property
    def recorded(self) -> bool:
        """Whether the queue wants its conversations recorded."""
        return self.queue is not None and self.queue.recording


def sent_away(stay: Stay) -> Outcome | None:
    """What becomes of a call that does not get in; ``None``: it does."""
    match stay.orders[0] if stay.orders else None:
        case Overflow(to=None):
            return Busy()
        case Overflow(to=to) if to is not None:
            return Chosen(to=to)
        case Close():
            return Completed(reason="the queue is closed")
    return None


async def attend(
    call: Call,
    stay: Stay,
    waited: Waited,
    organization: Organization,
    entertainer: Entertainer,
    party: LegDialogue,
    meeting: Rendezvous,
) -> Leg | Outcome:
    """Wait for somebody who answers or comes to ``meeting``, or for where the call is to go instead.

    What the caller hears is a task of its own, so that nothing that happens waits until a message is over.
    """
    async with asyncio.TaskGroup() as group:
        entertaining = group.create_task(entertainer.run())
        offering = Offering(call, stay, waited.queue, organization, codecs_for(call), group)
        try:
            outcome = await _attend(call, stay, entertainer, offering, meeting)
        finally:
            entertaining.cancel()
            offering.stop()
    if isinstance(outcome, Close):
        await party.say(_closing(call, waited, organization))
        return Completed(reason="the queue closed")
    return outcome


async def _attend(
    call: Call, stay: Stay, entertainer: Entertainer, offering: Offering, meeting: Rendezvous
) -> Leg | Outcome | Close:
    while True:
        while stay.orders:
            order = stay.orders.popleft()
            match order:
                case Overflow(to=to):
                    return Busy() if to is None else Chosen(to=to)
                case Close():
                    return order
                case Say() | Ringback():
                    entertainer.tell(order)
                case Offer() | Withdraw():
                    offering.do(order)
        if offering.found is not None:
            return offering.found
        if (taker := meeting.take()) is not None:
            stay.taken(taker.source.user if isinstance(taker.source, FromDevice) else taker.party)
            return taker
        offering.ask()
        offering.take(await call.inbox.next())


def _closing(call: Call, waited: Waited, organization: Organization) -> Prompt | Message:
    """What is said to those who wait when the queue closes: the schedule's message, or the system's."""
    schedule = organization.schedules.get(waited.queue.number) if waited.queue is not None else None
    said = schedule.at(call.kernel.wall, organization.timezone) if schedule is not None else None
    return said.message if said is not None and said.message is not None else Message("queue-closing")
