"""Who serves which queue, and who is free: the one place where an agent is reserved, for all his queues at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pbxd.queues.plan import Membership, Plan, QueueId

if TYPE_CHECKING:
    from pbxd.queues.places import Place


@dataclass(slots=True, eq=False)
class Agent:
    """Somebody who serves queues; one and the same in all of them."""

    user: str
    idle_since: float
    """When he came, or his last call of a queue ended."""
    paused: bool = False
    available: bool = True
    """Whether his activity lets calls through."""
    occupied: bool = False
    """Whether he is in any call, of a queue or not."""
    rests: bool = False
    """Whether he is left alone for a moment, since an offer failed at once."""
    place: Place | None = None
    """The call that is offered to him, or that he talks in. That there is room for one is what keeps two away."""
    offered_at: float = 0.0
    talks: bool = False
    """Whether he has answered."""
    talks_since: float = 0.0
    talked: float = 0.0
    """Seconds in calls of queues since he came."""
    seats: dict[QueueId, Seat] = field(default_factory=dict)

    @property
    def logged_in(self) -> tuple[QueueId, ...]:
        """The queues that he serves, but for his own."""
        return tuple(queue for queue, seat in self.seats.items() if seat.logged_in and not seat.plan.personal)


@dataclass(slots=True, eq=False)
class Seat:
    """An agent in a queue that he may serve."""

    agent: Agent
    plan: Plan
    membership: Membership
    logged_in: bool
    wraps: bool = False
    """Whether he is in the wrap-up of a call of this queue."""
    unanswered: int = 0
    """Offers of this queue in a row."""
    turns: int = 0
    """How many offers of this queue there had been when he got his last one."""
    served: bool = False
    """Whether he counts as one who can serve the queue, sooner or later."""

    @property
    def serves(self) -> bool:
        """Whether he can get calls of the queue, now or when what he does is over."""
        agent, plan = self.agent, self.plan
        if plan.personal:
            return True
        return self.logged_in and not agent.paused and (agent.available or not plan.respect_presence)

    @property
    def free(self) -> bool:
        """Whether he can get one now."""
        agent = self.agent
        return self.served and agent.place is None and not (agent.occupied or agent.rests or self.wraps)


class Roster:
    """All agents and their seats."""

    def __init__(self) -> None:
        self.agents: dict[str, Agent] = {}
        self._seats: dict[QueueId, dict[str, Seat]] = {}
        self._free: dict[QueueId, dict[str, Seat]] = {}
        self._staff: dict[QueueId, int] = {}

    def agent(self, user: str, now: float) -> Agent:
        """The agent of that name, made where he is not known yet."""
        found = self.agents.get(user)
        if found is None:
            found = self.agents[user] = Agent(user=user, idle_since=now)
        return found

    def seats(self, queue: QueueId) -> Mapping[str, Seat]:
        """Everybody who may serve the queue, by username."""
        return self._seats[queue]

    def free(self, queue: QueueId) -> Mapping[str, Seat]:
        """Those who can get a call of the queue now."""
        return self._free[queue]

    def staff(self, queue: QueueId) -> int:
        """How many serve the queue, those who are in a call or in wrap-up included."""
        return self._staff[queue]

    def open(self, plan: Plan, now: float) -> None:
        """Seat the members of a new queue."""
        self._seats[plan.queue], self._free[plan.queue], self._staff[plan.queue] = {}, {}, 0
        self.seat(plan, now)

    def seat(self, plan: Plan, now: float) -> None:
        """Have the seats of a queue as ``plan`` says; who is no member any more must have been :meth:`unseat`-ed."""
        seats = self._seats[plan.queue]
        for user, membership in plan.members.items():
            agent = self.agent(user, now)
            seat = seats.get(user)
            if seat is None:
                seat = seats[user] = agent.seats[plan.queue] = Seat(
                    agent=agent, plan=plan, membership=membership, logged_in=plan.personal
                )
            seat.plan, seat.membership = plan, membership
            self._note(seat)

    def unseat(self, seat: Seat) -> None:
        """Take a seat away; the agent is forgotten with his last one, unless he is in a call of a queue."""
        queue, agent = seat.plan.queue, seat.agent
        self._staff[queue] -= seat.served
        self._free[queue].pop(agent.user, None)
        del self._seats[queue][agent.user], agent.seats[queue]
        self.dismiss(agent)

    def dismiss(self, agent: Agent) -> None:
        """Forget an agent who has no seat and nothing to do."""
        if not agent.seats and agent.place is None and not agent.paused and not agent.occupied and agent.available:
            self.agents.pop(agent.user, None)

    def close(self, queue: QueueId) -> None:
        """Forget a queue whose seats are all gone."""
        assert not self._seats[queue]
        del self._seats[queue], self._free[queue], self._staff[queue]

    def note(self, agent: Agent) -> Iterator[QueueId]:
        """Take note that something about the agent is another thing now.

        Yields the queues that may do something about it: those in which he became free, or serves no longer.
        """
        for queue, seat in agent.seats.items():
            if self._note(seat):
                yield queue

    def _note(self, seat: Seat) -> bool:
        queue, user = seat.plan.queue, seat.agent.user
        serves, gone = seat.serves, False
        if serves != seat.served:
            seat.served, gone = serves, not serves
            self._staff[queue] += 1 if serves else -1
        free, was = seat.free, user in self._free[queue]
        if free and not was:
            self._free[queue][user] = seat
        elif was and not free:
            del self._free[queue][user]
        return (free and not was) or gone
