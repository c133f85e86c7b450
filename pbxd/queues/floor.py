"""The floor of an organization's queues: its lines, its agents, and the moves that change both together.

Each move leaves everything consistent and says what is to be done in :attr:`Floor.orders`; when to make which is for
:mod:`pbxd.queues.acd`. After the moves of one event :meth:`Floor.settle` gives free agents to those who wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Final, Literal, NamedTuple, TypeAlias

from pbxd.events import CallId, Event
from pbxd.events.queues import AgentFinished, CallDequeued, CallOffered, OfferEnded
from pbxd.queues.agenda import Agenda
from pbxd.queues.orders import Forget, Offer, Order, Ringback, Tell, Withdraw
from pbxd.queues.places import Line, Place
from pbxd.queues.plan import QueueId
from pbxd.queues.roster import Agent, Roster, Seat
from pbxd.queues.strategies import STRATEGIES, Memory

Kind: TypeAlias = Literal["ring", "rest", "wrap", "wait", "say", "expire", "again", "notify", "notify-all"]
Result: TypeAlias = Literal["answered", "abandoned", "overflowed", "closed", "called-back"]
OF_WAITING: Final[tuple[Kind, ...]] = ("wait", "say", "expire", "again", "notify", "notify-all")
"""Timers of a call, which end when it waits no longer."""
REST: Final = 10.0
"""Seconds for which an agent is left alone whose phones could not be rung, or who declined."""


class Timer(NamedTuple):
    """What an agenda's moment is for."""

    kind: Kind
    subject: str
    """Call or user."""
    more: QueueId | str | None = None


class Floor:
    """State and moves; knows the moment of the event that is being handled."""

    def __init__(self, organization: str, chance: Random) -> None:
        self.organization = organization
        self.chance = chance
        self.now = 0.0
        self.orders: list[Order] = []
        self.roster = Roster()
        self.lines: dict[QueueId, Line] = {}
        self.places: dict[CallId, Place] = {}
        self.agenda: Agenda[Timer] = Agenda()
        self.serial = count()
        self.emptied: list[QueueId] = []
        """Queues that the last place has left since somebody looked."""
        self._dirty: dict[QueueId, None] = {}
        """Queues in which somebody may have become free, or hungry."""

    def tell(self, event: Event) -> None:
        self.orders.append(Tell(event=event))

    def dirty(self) -> Iterator[Line]:
        """The lines in which something changed since the last :meth:`settle`."""
        for queue in [*self._dirty]:
            if queue in self.lines:
                yield self.lines[queue]

    # Agents and places ---------------------------------------------------------------------------------------------

    def changed(self, agent: Agent) -> None:
        """Take note of what is another thing about an agent."""
        self._dirty.update(dict.fromkeys(self.roster.note(agent)))

    def moved(self, place: Place) -> None:
        """Take note of what is another thing about a place that is still in line."""
        queue = place.plan.queue
        self.lines[queue].note(place)
        self._dirty[queue] = None

    def opened(self, queue: QueueId) -> None:
        """Look at the queue when it is settled next."""
        self._dirty[queue] = None

    def enqueue(self, place: Place) -> None:
        """Put a place into its line."""
        self.places[place.call] = place
        self.lines[place.plan.queue].add(place)
        self.opened(place.plan.queue)

    def remove(self, place: Place, why: str) -> None:
        """Take a place out of its line, without a word of what became of it."""
        del self.places[place.call]
        for seat in [*place.ringing.values()]:
            self.withdraw(place, seat, why)
        line = self.lines[place.plan.queue]
        line.discard(place)
        line.pace.left(self.now, self.roster.staff(line.plan.queue), len(line.waiting), answered=why == "elsewhere")
        for kind in OF_WAITING:
            self.agenda.clear(Timer(kind, place.call))
        if not line.waiting:
            self.emptied.append(line.plan.queue)

    def dequeue(self, place: Place, result: Result, why: str = "", agent: str = "") -> None:
        """End the waiting of a call, and of all that it stands for."""
        self.remove(place, "elsewhere" if agent else {"abandoned": "left"}.get(result, result))
        back, other = place.callback, place.stands_for
        if back is not None:
            self.orders.append(Forget(key=place.row(self.organization).key))
            if back.instead is not None:
                back.instead.stands_for = None
        for call in (place.call, *place.merged):
            merged = "" if call == place.call else "merged"
            self._dequeued(place, call, result, merged or why, agent)
        if other is not None:
            assert other.callback is not None
            other.callback.instead = None
            if result == "answered":
                self.dequeue(other, "answered", "merged", agent)
            else:
                self.moved(other)

    def _dequeued(self, place: Place, call: CallId, result: Result, why: str, agent: str) -> None:
        queue = place.plan.queue
        self.tell(
            CallDequeued(
                at=self.now,
                call=call,
                organization=self.organization,
                queue=queue.name,
                kind=queue.kind,
                result=result,
                why=why,
                agent=agent,
                waited=self.now - place.since,
            )
        )

    # Offers ----------------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Give free agents to those who wait: each time to the one whose turn it is in all queues that changed."""
        while (line := self._next()) is not None:
            place = line.hungry
            assert place is not None
            memory = Memory(
                tries=place.tries,
                room=place.width - place.rung,
                width=place.width,
                longest_idle=line.plan.longest_idle,
                chance=self.chance,
            )
            free = self.roster.free(line.plan.queue)
            for seat in next(STRATEGIES[line.plan.by](free.values(), memory)):
                self._offer(line, place, seat)
        self._dirty.clear()

    def _next(self) -> Line | None:
        """Of the lines with somebody who waits for an agent who is free, that of the one whose turn it is."""
        best: tuple[tuple[bool, float, int, int], Line] | None = None
        for queue in self._dirty:
            line = self.lines.get(queue)
            if line is None or not self.roster.free(queue):
                continue
            turn = line.turn
            if turn is not None and (best is None or turn < best[0]):
                best = turn, line
        return None if best is None else best[1]

    def _offer(self, line: Line, place: Place, seat: Seat) -> None:
        agent, queue = seat.agent, line.plan.queue
        if not place.ringing and line.plan.rhythm.ringing and place.callback is None:
            self.orders.append(Ringback(call=place.call, on=True))
        agent.place, agent.offered_at, agent.talks = place, self.now, False
        line.offers += 1
        seat.turns = line.offers
        place.ringing[agent.user] = seat
        place.rung += 1
        self.changed(agent)
        self.moved(place)
        seconds = line.plan.ring_seconds or seat.membership.ring_seconds
        self.agenda.set(Timer("ring", agent.user, place.call), self.now + seconds)
        self.orders.append(Offer(call=place.call, queue=queue, agent=agent.user, callback=place.callback is not None))
        self.tell(
            CallOffered(
                at=self.now,
                call=place.call,
                organization=self.organization,
                queue=queue.name,
                kind=queue.kind,
                agent=agent.user,
                attempt=place.attempts + 1,
            )
        )

    def withdraw(self, place: Place, seat: Seat, why: str) -> None:
        """Take an offer back; it counts neither against the agent nor as an attempt."""
        self.orders.append(Withdraw(call=place.call, agent=seat.agent.user, elsewhere=why == "elsewhere"))
        self.release(place, seat, why)
        if not place.ringing:
            place.rung = 0
            self.moved(place)

    def release(self, place: Place, seat: Seat, why: str) -> None:
        """The agent's phones ring no longer for the place; he is free again, unless he has answered."""
        agent, queue = seat.agent, place.plan.queue
        del place.ringing[agent.user]
        self.agenda.clear(Timer("ring", agent.user, place.call))
        self.tell(
            OfferEnded(
                at=self.now,
                call=place.call,
                organization=self.organization,
                queue=queue.name,
                kind=queue.kind,
                agent=agent.user,
                why=why,
                seconds=self.now - agent.offered_at,
            )
        )
        if why != "answered":
            self.discharge(agent)
        waits = place.call in self.places and why != "answered" and place.callback is None
        if waits and not place.ringing and place.plan.rhythm.ringing:
            self.orders.append(Ringback(call=place.call, on=False))

    def discharge(self, agent: Agent, rest: float = 0.0) -> None:
        """The agent has no call of a queue any more, and after ``rest`` seconds may get another one."""
        agent.place, agent.talks = None, False
        if rest:
            agent.rests = True
            self.agenda.set(Timer("rest", agent.user), self.now + rest)
        self.changed(agent)

    def finish(self, agent: Agent) -> None:
        """The agent's part in a call that he answered is over, and his wrap-up begins (QUE-3)."""
        place = agent.place
        assert place is not None
        queue, seconds = place.plan.queue, self.now - agent.talks_since
        agent.talked += seconds
        agent.idle_since = self.now
        seat = agent.seats.get(queue)
        if seat is not None and seat.plan.wrap_up:
            seat.wraps = True
            self.agenda.set(Timer("wrap", agent.user, queue), self.now + seat.plan.wrap_up)
        self.tell(
            AgentFinished(
                at=self.now,
                call=place.call,
                organization=self.organization,
                queue=queue.name,
                kind=queue.kind,
                agent=agent.user,
                seconds=seconds,
            )
        )
        self.discharge(agent)
