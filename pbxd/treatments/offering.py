"""Agents' phones that ring for a call of a queue, by the distributor's orders: who is dialled, and who has the call."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pbxd.calls.reports import Failed, Gone, LegReport
from pbxd.calls.stages import Left
from pbxd.dialplan.agents import rung
from pbxd.dialplan.source import FromDevice
from pbxd.errors import Refused
from pbxd.queues.offers import Offered, how
from pbxd.queues.orders import Offer, Withdraw
from pbxd.treatments.confirming import Confirming

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.leg import Leg
    from pbxd.dialplan.situation import Situation
    from pbxd.org.organization import Organization
    from pbxd.org.services import Queue
    from pbxd.queues.orders import Failure
    from pbxd.queues.stay import Stay
    from pbxd.sip.sdp import Codec


class Offering:
    """The offers of one call, in the hands of its task; dialling and asking are tasks of ``group``."""

    def __init__(
        self,
        call: Call,
        stay: Stay,
        queue: Queue | None,
        organization: Organization,
        codecs: Sequence[Codec],
        group: asyncio.TaskGroup,
    ) -> None:
        """``queue`` is ``None`` for somebody's own."""
        self._call = call
        self._stay = stay
        self._queue = queue
        self._organization = organization
        self._codecs = codecs
        self._group = group
        self._confirming = Confirming(call, organization, group)
        self._offers: dict[str, Offered] = {}
        """By agent."""
        self.found: Leg | None = None
        """Who has answered, and has the call."""
        self.agent = ""
        """For whom."""

    @property
    def idle(self) -> bool:
        """Whether nobody rings."""
        return not self._offers

    def do(self, order: Offer | Withdraw) -> None:
        """Ring an agent, or stop ringing him."""
        match order:
            case Offer(agent=agent):
                offered = Offered(self._call, agent, accept=self._accept, asks=partial(self._asks, agent))
                self._offers[agent] = offered
                self._group.create_task(self._dial(offered))
            case Withdraw(agent=agent, elsewhere=elsewhere):
                taken_back = self._offers.pop(agent, None)
                if taken_back is not None:
                    for leg in taken_back.legs:
                        self._confirming.over(leg)
                    taken_back.close(elsewhere=elsewhere)

    def stop(self) -> None:
        """Ring nobody any more."""
        self._confirming.stop()
        for offered in self._offers.values():
            offered.close(elsewhere=self.found is not None)

    def ask(self) -> None:
        """Have those who answered on mobiles press a key."""
        for offered in self._offers.values():
            while offered.unconfirmed:
                leg = offered.unconfirmed.pop()
                name = self._queue.name if self._queue is not None else ""
                self._confirming.ask(leg, offered.agent, name, partial(self._confirmed, offered, leg))

    def take(self, report: LegReport | Left | None) -> None:
        """What a leg of an agent tells."""
        if not isinstance(report, Failed | Gone):
            return
        for offered in [*self._offers.values()]:
            if report.leg in offered.legs:
                self._lost(offered, report.leg, how(report))

    # Dialling --------------------------------------------------------------------------------------------------------

    async def _dial(self, offered: Offered) -> None:
        """Ring the agent's phones."""
        call, codecs = self._call, self._codecs
        now = call.kernel.wall
        situation = _as_it_stands(call)
        found = rung(situation, call.place, call.facts, now, self._queue, offered.agent, _unnoted)
        try:
            for target in found.targets:
                presents = getattr(target, "presents", None) or found.presents
                await call.equipment.dialer.dial(call, target, presents, codecs, meets=offered, into=offered.legs)
        except Refused:  # the media engine has no port left: what rings, rings
            for leg in [leg for leg in offered.legs if leg.line is None]:
                del offered.legs[leg]
                leg.hangup()
        if offered.over and self.found is None:
            offered.close(elsewhere=False)  # taken back while it was being dialled
        elif not offered.legs and self.found is None:
            self._failed(offered, "unreachable")

    def _lost(self, offered: Offered, leg: Leg, why: Failure) -> None:
        """One of his phones rings no longer."""
        self._confirming.over(leg)
        del offered.legs[leg]
        if not offered.legs:
            self._failed(offered, why)

    def _failed(self, offered: Offered, why: Failure) -> None:
        if self._offers.get(offered.agent) is offered:
            del self._offers[offered.agent]
            offered.close(elsewhere=False)
            self._stay.failed(offered.agent, why)

    # Answers ---------------------------------------------------------------------------------------------------------

    def _accept(self, offered: Offered, leg: Leg) -> bool:
        """Whether who answers has the call: the first one has. In the tick of his answer, so that nobody else can."""
        if self.found is not None or self._offers.get(offered.agent) is not offered:
            return False
        self.found, self.agent = leg, offered.agent
        user = leg.source.user if isinstance(leg.source, FromDevice) else offered.agent
        if user == offered.agent:
            self._stay.answered(offered.agent, leg.id)
        else:
            self._stay.taken(user)
        return True

    def _asks(self, agent: str, leg: Leg) -> bool:
        """Whether the leg is a mobile's that takes calls by a key, so that its own voicemail does not."""
        user = self._organization.users.get(agent)
        name = leg.device[1] if leg.device is not None else leg.party
        return user is not None and any(device.name == name and device.confirm for device in user.devices)

    def _confirmed(self, offered: Offered, leg: Leg, taken: bool) -> None:
        """A person has taken the call on a mobile, or nobody has."""
        if taken:
            offered.confirmed(leg)
        elif leg in offered.legs:
            leg.hangup()
            self._lost(offered, leg, "declined")


def _as_it_stands(call: Call) -> Situation:
    """The situation, with who waits as the caller: after a transfer that is another one than the one who called."""
    waits = call.waits
    return call.situation if waits is None else replace(call.situation, source=waits.source)


def _unnoted(step: str, words: str) -> None:
    """Who is rung is the distributor's decision, which the events tell."""
