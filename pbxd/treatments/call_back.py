"""Callers who are called back: asked before they wait, and called when an agent has answered (QUE-8, CALL-6)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from pbxd.calls.dialogue import LegDialogue
from pbxd.dialplan.situation import Hop, Place, Shown, Situation
from pbxd.dialplan.source import FromDevice
from pbxd.queues.orders import Offer, Withdraw
from pbxd.speech.sayings import Digits, Message
from pbxd.store.interface import StoreError
from pbxd.treatments.confirming import unchanged
from pbxd.treatments.offering import Offering

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.leg import Leg
    from pbxd.org.organization import Organization
    from pbxd.org.services import Queue
    from pbxd.queues.stay import Stay

KEY = "5"
"""By which a caller asks to be called back."""

_log = logging.getLogger("pbxd.queues")


async def asked(stay: Stay, party: LegDialogue, number: str) -> bool:
    """Have the caller called back, and tell him so when that is on disk; ``False``: he has to wait after all."""
    try:
        await stay.call_back(number)
    except StoreError as error:
        _log.error("a callback to %s is kept in memory only: %s", number, error)
    await party.say(Message("callback-accepted", {"number": Digits(number)}))
    return True


async def begin(call: Call, stay: Stay) -> bool:
    """Ring agents for somebody who is to be called back; whoever answers is told so, and the call goes on as his.

    ``False`` when nobody rings any more: who is to be called back keeps his place, and others are rung later.
    """
    organization = call.facts.organization(stay.organization)
    queue = organization.queue(stay.queue.name) if stay.queue.kind == "queue" else None
    call.place = _place(stay, queue, organization)
    async with asyncio.TaskGroup() as group:
        offering = Offering(call, stay, queue, organization, call.kernel.codecs, group)
        try:
            leg = await _answer(call, stay, offering)
        finally:
            offering.stop()
    if leg is None:
        call.result.is_now(result="no-answer", status=480, reason="no agent answered")
        return False
    call.subject = leg
    await _told(call, leg, offering.agent, queue, organization)
    call.reel.queue = organization if queue is not None and queue.recording else None
    call.situation = _situation(stay, offering.agent, organization)
    call.kernel.later(stay.seconds, stay.give_up)
    return True


async def _answer(call: Call, stay: Stay, offering: Offering) -> Leg | None:
    """The leg of the agent who answers."""
    while True:
        while stay.orders:
            order = stay.orders.popleft()
            if isinstance(order, Offer | Withdraw):
                offering.do(order)
        if offering.found is not None:
            return offering.found
        if offering.idle:
            stay.leave()
            return None
        offering.ask()
        offering.take(await call.inbox.next())


async def _told(call: Call, leg: Leg, agent: str, queue: Queue | None, organization: Organization) -> None:
    """What the agent hears before the caller is dialled."""
    prompt = queue.callback.agent_prompt if queue is not None and queue.callback is not None else None
    language = organization.users[agent].language
    with LegDialogue(call.kernel, leg, organization, language, unchanged) as party:
        await party.say(prompt or Message("callback-agent"))


def _place(stay: Stay, queue: Queue | None, organization: Organization) -> Place:
    """Where the caller's call had come to, for what agents' phones show."""
    if queue is None:
        user = organization.users[stay.queue.name]
        number = user.primary.number if user.primary is not None else user.username
        return Place(hops=(Hop(organization=organization.name, number=number, user=user.username),))
    text = (queue.callback.display_text if queue.callback is not None else None) or queue.display_text
    hop = Hop(organization=organization.name, number=queue.number, service=queue.number)
    return Place(hops=(hop,), shown=Shown(text=text))


def _situation(stay: Stay, agent: str, organization: Organization) -> Situation:
    """The agent calls the caller's number, on his account and with his rights."""
    user = organization.users[agent]
    device = user.devices[0].name if user.devices else user.username
    source = FromDevice(organization=organization.name, user=agent, device=device)
    return Situation(source=source, dialled=stay.number)
