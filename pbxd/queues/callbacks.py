"""Callers who are called back instead of waiting on the telephone (QUE-8).

Their place outlives their call: it stays where it was in line, and is offered to an agent when its turn comes. When he
has answered, the caller is dialled. A caller has one place for a callback in a queue: asking again joins it, and when
he calls again meanwhile, that call waits in his place, and stands in for the callback until it is over.
"""

from __future__ import annotations

from typing import Final

from pbxd.events import CallId
from pbxd.events.queues import CallbackFailed, CallbackRequested
from pbxd.queues.floor import REST, Floor, Kind, Timer
from pbxd.queues.orders import CallBack, Forget, Keep
from pbxd.queues.places import Callback, Line, Place
from pbxd.queues.plan import CallbackPlan, QueueId
from pbxd.queues.roster import Agent
from pbxd.store.rows import CallbackRow

AGAIN: Final = 60.0
"""Seconds before somebody who was not reached is called again."""
USUAL: Final = CallbackPlan()
"""For callbacks of a queue that offers them no longer."""


class Callbacks:
    """The part of the distributor that callbacks are handled by."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._by_caller: dict[tuple[QueueId, str], Place] = {}

    # Asking --------------------------------------------------------------------------------------------------------

    def ask(self, place: Place, number: str) -> None:
        """The caller of ``place`` wants to be called back."""
        floor, queue = self._floor, place.plan.queue
        floor.tell(
            CallbackRequested(
                at=floor.now,
                call=place.call,
                organization=floor.organization,
                queue=queue.name,
                kind=queue.kind,
                number=number,
            )
        )
        earlier = self._pending(queue, number)
        if earlier is not None:
            self._merge(place, into=earlier)
            return
        for seat in [*place.ringing.values()]:
            floor.withdraw(place, seat, "left")
        valid = (place.plan.callback or USUAL).valid
        place.callback = Callback(number=number, expires=None if valid is None else floor.now + valid)
        place.ready = True
        self._begin(place)
        floor.orders.append(Keep(row=place.row(floor.organization)))

    def restore(self, row: CallbackRow, line: Line | None) -> None:
        """Put a callback into its place that was waiting when the server stopped."""
        floor = self._floor
        if line is None or row.call in floor.places:
            floor.orders.append(Forget(key=row.key))
            return
        place = Place(
            call=row.call,
            plan=line.plan,
            number=row.number,
            name=row.name,
            language=row.language,
            since=row.since,
            joined=floor.now,
            serial=next(floor.serial),
            ready=True,
            callback=Callback(number=row.number, expires=row.expires, attempts=row.attempts),
        )
        floor.enqueue(place)
        self._begin(place)

    def _begin(self, place: Place) -> None:
        floor, back = self._floor, place.callback
        assert back is not None
        self._by_caller[place.plan.queue, back.number] = place
        for kind in ("wait", "say"):
            floor.agenda.clear(Timer(kind, place.call))
        if back.expires is not None:
            floor.agenda.set(Timer("expire", place.call), back.expires)
        floor.moved(place)

    def _pending(self, queue: QueueId, number: str) -> Place | None:
        """The callback that waits in the queue for a caller."""
        found = self._by_caller.get((queue, number))
        if found is not None and self._floor.places.get(found.call) is not found:
            del self._by_caller[queue, number]
            return None
        return found

    # The same caller -----------------------------------------------------------------------------------------------

    def stand_in(self, place: Place) -> None:
        """Where the caller of a new place is to be called back, have it wait in his place instead."""
        back = self._pending(place.plan.queue, place.number) if place.number else None
        if (
            back is None
            or back.callback is None
            or back.callback.agent is not None
            or back.callback.instead is not None
        ):
            return
        for seat in [*back.ringing.values()]:
            self._floor.withdraw(back, seat, "left")
        back.callback.instead, place.stands_for = place, back
        place.since, place.serial, place.standing_in = back.since, back.serial, back.standing_in + 1
        self._floor.moved(back)

    def _merge(self, place: Place, *, into: Place) -> None:
        """Have a place end with the callback that its caller has already."""
        assert into.callback is not None
        self._floor.remove(place, "left")
        into.merged += [place.call, *place.merged]
        if into.callback.instead is place:
            into.callback.instead = None
        self._floor.moved(into)

    # Calling -------------------------------------------------------------------------------------------------------

    def call_back(self, place: Place, agent: Agent) -> None:
        """The agent has answered: dial the caller."""
        floor, back = self._floor, place.callback
        assert back is not None
        for seat in [*place.ringing.values()]:
            floor.withdraw(place, seat, "elsewhere")
        back.agent, place.rung = agent, 0
        floor.moved(place)
        floor.orders.append(
            CallBack(
                call=place.call,
                queue=place.plan.queue,
                agent=agent.user,
                number=back.number,
                name=place.name,
                language=place.language,
                ring_seconds=(place.plan.callback or USUAL).ring_seconds,
            )
        )

    def reached(self, call: CallId) -> None:
        """The caller has answered."""
        place = self._floor.places.get(call)
        if place is not None and place.callback is not None and place.callback.agent is not None:
            agent = place.callback.agent
            agent.talks_since = self._floor.now
            place.callback.agent = None
            self._floor.dequeue(place, "called-back", agent=agent.user)

    def unreached(self, call: CallId) -> None:
        """The caller has not answered: he is called again later, or no more."""
        floor = self._floor
        place = floor.places.get(call)
        back = place.callback if place is not None else None
        if place is None or back is None or back.agent is None:
            return
        agent, back.agent = back.agent, None
        back.attempts += 1
        floor.tell(
            CallbackFailed(
                at=floor.now,
                call=call,
                organization=floor.organization,
                queue=place.plan.queue.name,
                kind=place.plan.queue.kind,
                agent=agent.user,
                attempt=back.attempts,
            )
        )
        floor.discharge(agent)
        floor.roster.dismiss(agent)
        if back.attempts >= (place.plan.callback or USUAL).attempts:
            floor.dequeue(place, "abandoned", "not-reached")
        elif not self._expired(place):
            back.rests = True
            floor.agenda.set(Timer("again", call), floor.now + AGAIN)
            floor.orders.append(Keep(row=place.row(floor.organization)))
            floor.moved(place)

    def given_up(self, agent: Agent) -> None:
        """Where the agent hung up before the caller answered, have the callback wait for another agent."""
        floor, place = self._floor, agent.place
        back = place.callback if place is not None else None
        if place is None or back is None or back.agent is not agent:
            return
        back.agent = None
        floor.discharge(agent, REST)
        if not self._expired(place):
            floor.moved(place)

    def due(self, kind: Kind, place: Place) -> None:
        """It is no longer wanted, or the caller is to be called again."""
        back = place.callback
        assert back is not None
        if kind == "again":
            back.rests = False
            self._floor.moved(place)
        elif back.agent is None:
            self._floor.dequeue(place, "abandoned", "expired")

    def _expired(self, place: Place) -> bool:
        """Give it up where that was due while an agent had it."""
        assert place.callback is not None
        expires = place.callback.expires
        if expires is None or self._floor.now < expires:
            return False
        self._floor.dequeue(place, "abandoned", "expired")
        return True
