"""The distributor: the calls that wait in an organization's queues, and which agent each is offered to (QUE, ATT-2).

A machine like those of the SIP floor: every event comes with its moment, what is to be done is returned as orders, and
there is one :attr:`~Distributor.deadline` at which :meth:`~Distributor.wake` wants to be called. One machine has all
queues of an organization, so that an agent is never offered two calls at once, whatever he serves.

``now`` is in seconds since 1970, of a clock that never goes back. What is reported of a call or an offer that is no
more, as happens when two things are on their way at once, is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from pbxd.events import CallId
from pbxd.queues.attendance import Attendance
from pbxd.queues.callbacks import Callbacks
from pbxd.queues.floor import REST, Floor, Timer
from pbxd.queues.orders import Arrival, Failure, Order, Withdraw
from pbxd.queues.places import Line, Place
from pbxd.queues.plan import Plan, QueueId
from pbxd.queues.waiting import Waiting
from pbxd.store.rows import AgentRow, CallbackRow


class Distributor:
    """All queues of one organization. ``chance`` chooses among agents who are equal, where a queue wants that."""

    def __init__(self, organization: str, chance: Random) -> None:
        self._floor = Floor(organization, chance)
        self._attendance = Attendance(self._floor)
        self._callbacks = Callbacks(self._floor)
        self._waiting = Waiting(self._floor, self._callbacks)

    @property
    def deadline(self) -> float | None:
        """When to call :meth:`wake`; ``None``: not before something else happens."""
        return self._floor.agenda.first

    @property
    def floor(self) -> Floor:
        """How everything stands, to look at."""
        return self._floor

    def knows(self, user: str) -> bool:
        """Whether what the user does concerns any queue, or did when he began to."""
        return user in self._floor.roster.agents

    # Configuration -------------------------------------------------------------------------------------------------

    def configure(self, plans: Mapping[QueueId, Plan], now: float) -> list[Order]:
        """Have these queues and no others. Calls in one that is gone are closed upon, agents who may not serve a queue
        any more are logged out of it."""
        floor = self._begin(now)
        for queue, line in [*floor.lines.items()]:
            if queue not in plans and not line.plan.personal:
                self._close_down(line)
        for plan in plans.values():
            self._plan(plan)
        return self._end()

    def _plan(self, plan: Plan) -> None:
        floor = self._floor
        line = floor.lines.get(plan.queue)
        if line is None:
            floor.lines[plan.queue] = Line(plan)
            floor.roster.open(plan, floor.now)
        else:
            for user, seat in [*floor.roster.seats(plan.queue).items()]:
                if user not in plan.members:
                    self._attendance.removed(seat)
            line.plan = plan
            for place in [*line.waiting]:
                place.plan = plan
                line.note(place)
            floor.roster.seat(plan, floor.now)
        floor.opened(plan.queue)

    def _close_down(self, line: Line) -> None:
        floor = self._floor
        for place in [*line.waiting]:
            self._waiting.close(place)
        for seat in [*floor.roster.seats(line.plan.queue).values()]:
            self._attendance.removed(seat)
        floor.roster.close(line.plan.queue)
        del floor.lines[line.plan.queue]

    def restore(self, agents: Iterable[AgentRow], callbacks: Iterable[CallbackRow], now: float) -> list[Order]:
        """Take up what was kept when the server last stopped; after :meth:`configure`. Of queues and agents that are no
        more, it is forgotten."""
        self._begin(now)
        for agent in agents:
            self._attendance.restore(agent)
        for callback in callbacks:
            plan = self._floor.lines.get(
                QueueId(callback.queue, "personal" if callback.kind == "personal" else "queue")
            )
            self._callbacks.restore(callback, plan)
        return self._end()

    def shut(self, queue: QueueId, now: float) -> list[Order]:
        """The queue closes on those who wait (TIME-3). Who is to be called back keeps his place until it opens."""
        floor = self._begin(now)
        if (line := floor.lines.get(queue)) is not None:
            self._waiting.shut(line)
        return self._end()

    def open(self, queue: QueueId, now: float) -> list[Order]:
        """The queue is open again."""
        floor = self._begin(now)
        line = floor.lines.get(queue)
        if line is not None:
            line.shut = False
            floor.opened(queue)
        return self._end()

    # Calls ---------------------------------------------------------------------------------------------------------

    def join(self, arrival: Arrival, now: float, plan: Plan | None = None) -> list[Order]:
        """A call comes to a queue, and has its place from here on; it is offered after :meth:`ready`.

        A user's own queue is made by ``plan`` where it is not there, and is gone when nobody waits in it.
        """
        self._begin(now)
        if plan is not None:
            self._plan(plan)
        self._waiting.join(arrival)
        return self._end()

    def ready(self, call: CallId, now: float) -> list[Order]:
        """The caller has heard the welcome: the call may be offered."""
        floor = self._begin(now)
        if (place := floor.places.get(call)) is not None:
            self._waiting.ready(place)
        return self._end()

    def leave(self, call: CallId, now: float) -> list[Order]:
        """The caller hung up. Who is to be called back has done so long ago, and stays."""
        floor = self._begin(now)
        place = floor.places.get(call)
        if place is not None and place.callback is None:
            floor.dequeue(place, "abandoned", "hung-up")
        return self._end()

    def take(self, call: CallId, by: str, now: float) -> list[Order]:
        """Somebody took the call out of the queue: by pickup, or the attendant who had put it through (ATT-2)."""
        floor = self._begin(now)
        place = floor.places.get(call)
        if place is not None and place.callback is None:
            floor.dequeue(place, "answered", "taken", by)
        return self._end()

    # Offers --------------------------------------------------------------------------------------------------------

    def answered(self, call: CallId, user: str, now: float) -> list[Order]:
        """The agent answered an offer: the call is his, or its caller is to be called back now."""
        floor = self._begin(now)
        place = floor.places.get(call)
        seat = place.ringing.get(user) if place is not None else None
        if place is not None and seat is not None:
            agent = seat.agent
            seat.unanswered = 0
            agent.talks, agent.talks_since = True, now
            floor.release(place, seat, "answered")
            if place.callback is None:
                floor.dequeue(place, "answered", agent=user)
            else:
                self._callbacks.call_back(place, agent)
        return self._end()

    def failed(self, call: CallId, user: str, how: Failure, now: float) -> list[Order]:
        """Nothing came of an offer."""
        floor = self._begin(now)
        place = floor.places.get(call)
        if place is not None and user in place.ringing:
            self._failed(place, user, how)
        return self._end()

    def _failed(self, place: Place, user: str, how: Failure, *, ringing: bool = False) -> None:
        """``ringing``: his phones ring still, and are to stop."""
        floor, plan = self._floor, place.plan
        seat = place.ringing[user]
        floor.release(place, seat, how)
        if ringing:
            floor.orders.append(Withdraw(call=place.call, agent=user, elsewhere=False))
        floor.discharge(seat.agent, 0.0 if how == "no-answer" and not plan.personal else REST)
        place.tries[user] = place.tries.get(user, 0) + 1
        seat.unanswered += 1
        if plan.logout_after is not None and seat.unanswered >= plan.logout_after and not plan.personal:
            self._attendance.log_out(user, [plan.queue], f"{seat.unanswered} calls in a row were not answered")
        if not place.ringing:
            place.rung = 0
            place.attempts += 1
            if plan.max_attempts is not None and place.attempts >= plan.max_attempts and place.callback is None:
                self._waiting.overflow(place, "attempts")
                return
        floor.moved(place)

    def finished(self, user: str, now: float) -> list[Order]:
        """The agent has hung up on the call that he had answered, or it went on without him."""
        floor = self._begin(now)
        agent = floor.roster.agents.get(user)
        if agent is not None and agent.place is not None and agent.talks:
            self._callbacks.given_up(agent)
            if agent.place is not None:
                floor.finish(agent)
            floor.roster.dismiss(agent)
        return self._end()

    # Agents --------------------------------------------------------------------------------------------------------

    def log_in(self, user: str, queues: Iterable[QueueId] | None, now: float, why: str) -> list[Order]:
        """Have an agent serve queues, ``None``: all that he may. Those that he may not are left alone (QUE-2)."""
        self._begin(now)
        self._attendance.log_in(user, queues, why)
        return self._end()

    def log_out(self, user: str, queues: Iterable[QueueId] | None, now: float, why: str) -> list[Order]:
        """Have him serve them no longer; the call that he talks in goes on."""
        self._begin(now)
        self._attendance.log_out(user, queues, why)
        return self._end()

    def pause(self, user: str, paused: bool, now: float, why: str) -> list[Order]:
        """Have an agent get no calls from any queue but his own, or get them again (CODE-16)."""
        self._begin(now)
        self._attendance.pause(user, paused, why)
        return self._end()

    def attend(self, user: str, available: bool, now: float) -> list[Order]:
        """The user's activity lets calls through, or does not."""
        self._begin(now)
        self._attendance.attend(user, available)
        return self._end()

    def occupy(self, user: str, occupied: bool, now: float) -> list[Order]:
        """The user is in a call, whatever kind of, or in none."""
        self._begin(now)
        self._attendance.occupy(user, occupied)
        return self._end()

    # Callbacks -----------------------------------------------------------------------------------------------------

    def call_back(self, call: CallId, number: str, now: float) -> list[Order]:
        """The caller wants to be called back on ``number``, which is his own, and keeps his place (QUE-8).

        He may hang up when what is ordered to be kept is on disk.
        """
        floor = self._begin(now)
        place = floor.places.get(call)
        if place is not None and place.callback is None:
            self._callbacks.ask(place, number)
        return self._end()

    def callback(self, call: CallId) -> CallbackRow | None:
        """Who is to be called back on behalf of a call; ``None`` where nobody is any more."""
        place = self._floor.places.get(call)
        return place.row(self._floor.organization) if place is not None and place.callback is not None else None

    def reached(self, call: CallId, now: float) -> list[Order]:
        """Who was to be called back answered, and talks to the agent."""
        self._begin(now)
        self._callbacks.reached(call)
        return self._end()

    def unreached(self, call: CallId, now: float) -> list[Order]:
        """Who was to be called back did not answer."""
        self._begin(now)
        self._callbacks.unreached(call)
        return self._end()

    # Time ----------------------------------------------------------------------------------------------------------

    def wake(self, now: float) -> list[Order]:
        """It is time for what was to happen by :attr:`deadline`."""
        floor = self._begin(now)
        while (timer := floor.agenda.take(now)) is not None:
            self._due(timer)
        return self._end()

    def _due(self, timer: Timer) -> None:
        floor = self._floor
        match timer:
            case Timer("rest" | "wrap"):
                self._attendance.rested(timer)
            case Timer("ring", user, call):
                self._failed(floor.places[CallId(str(call))], user, "no-answer", ringing=True)
            case Timer("expire" | "again", call):
                self._callbacks.due(timer.kind, floor.places[CallId(call)])
            case Timer(kind, call):
                self._waiting.due(kind, floor.places[CallId(call)])

    # Each event ----------------------------------------------------------------------------------------------------

    def _begin(self, now: float) -> Floor:
        self._floor.now = max(now, self._floor.now)
        return self._floor

    def _end(self) -> list[Order]:
        """Send away whom nobody serves any more, give free agents to those who wait, and return what is to be done."""
        floor = self._floor
        for line in floor.dirty():
            self._waiting.unserved(line)
        floor.settle()
        while floor.emptied:
            queue = floor.emptied.pop()
            if queue.kind == "personal" and queue in floor.lines and not floor.lines[queue].waiting:
                self._close_down(floor.lines[queue])
        orders, floor.orders = floor.orders, []
        return orders
