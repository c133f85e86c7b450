"""One call's stay in one queue: what it is to do, in order, and what becomes of its offers."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from pbxd.calls.interrupt import Shutdown
from pbxd.queues.orders import Close, Failure, Offer, Overflow, Ringback, Say, Withdraw

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.events import CallId, LegId
    from pbxd.queues.plan import QueueId
    from pbxd.queues.runner import Distribution

ToCaller: TypeAlias = Offer | Withdraw | Say | Ringback | Overflow | Close
"""Orders that a call carries out itself."""


class Stay:
    """Between a distributor and the task of a call."""

    def __init__(
        self, distribution: Distribution, organization: str, place: CallId, queue: QueueId, call: Call | None
    ) -> None:
        """``place`` is the call that came to the queue; of somebody who is called back, another one rings agents."""
        self._distribution = distribution
        self.organization = organization
        self.place = place
        self.queue = queue
        self.call = call
        """Which carries out the orders."""
        self.orders: deque[ToCaller] = deque()
        self.number = ""
        """Of a caller who is to be called back, once an agent has answered."""
        self.seconds = 0.0
        """For how long his phone is to ring."""
        self.reached = False
        """Whether he answered."""
        self.leg: LegId | None = None
        """The agent's."""

    def put(self, order: ToCaller) -> None:
        self.orders.append(order)
        if self.call is not None:
            self.call.wake()

    def ready(self) -> None:
        """The caller has heard the welcome."""
        self._distribution.run(self.organization, lambda acd, now: acd.ready(self.place, now))

    def failed(self, agent: str, how: Failure) -> None:
        """Nothing came of an offer."""
        self._distribution.run(self.organization, lambda acd, now: acd.failed(self.place, agent, how, now))

    def answered(self, agent: str, leg: LegId) -> None:
        """The agent answered on ``leg``; he is busy with the call until that is over or goes elsewhere."""
        self.leg = leg
        self._distribution.serving[leg] = self.organization, agent, self.queue
        self._distribution.run(self.organization, lambda acd, now: acd.answered(self.place, agent, now))

    async def call_back(self, number: str) -> None:
        """The caller wants to be called back; returns when that is on disk.

        Raises :class:`pbxd.store.interface.StoreError`: then it holds until the next start.
        """
        self._distribution.leave(self)  # from here on agents are rung by another call
        for saved in self._distribution.run(self.organization, lambda acd, now: acd.call_back(self.place, number, now)):
            await saved

    def leave(self) -> None:
        """Take no orders any more: nobody rings for one who is to be called back."""
        self._distribution.leave(self)

    def give_up(self) -> None:
        """The time is over in which he was to answer who is called back."""
        if self.call is not None and not self.reached:
            self.call.interrupt(Shutdown(reason="the caller does not answer"))

    def taken(self, by: str) -> None:
        """Somebody who was not asked took the call."""
        self._distribution.run(self.organization, lambda acd, now: acd.take(self.place, by, now))
