"""Who is there: agents who log in and out, pause, are away or in a call."""

from __future__ import annotations

from collections.abc import Iterable

from pbxd.events.queues import AgentLoggedIn, AgentLoggedOut, AgentPaused, AgentResumed
from pbxd.queues.floor import Floor, Timer
from pbxd.queues.orders import Forget, Keep
from pbxd.queues.plan import QueueId
from pbxd.queues.roster import Agent, Seat
from pbxd.store.rows import AgentKey, AgentRow


class Attendance:
    """The part of the distributor that agents deal with."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def restore(self, row: AgentRow) -> None:
        """Log an agent in where he was when the server stopped."""
        floor = self._floor
        agent = floor.roster.agents.get(row.username)
        seats = [agent.seats.get(QueueId(name)) for name in row.queues] if agent is not None else []
        known = [seat for seat in seats if seat is not None]
        if agent is None:
            floor.orders.append(Forget(key=row.key))
            return
        agent.paused = row.paused
        for seat in known:
            seat.logged_in = True
        floor.changed(agent)
        if len(known) < len(row.queues):
            self._keep(agent)

    def log_in(self, user: str, queues: Iterable[QueueId] | None, why: str) -> None:
        """Into all that he may, where none are named; those that he may not, or is in already, are left alone."""
        floor = self._floor
        agent = floor.roster.agents.get(user)
        seats = [seat for seat in _seats(agent, queues) if not seat.logged_in]
        if agent is None or not seats:
            return
        if not agent.logged_in:
            agent.idle_since, agent.talked = floor.now, 0.0
        for seat in seats:
            seat.logged_in, seat.unanswered = True, 0
            floor.tell(
                AgentLoggedIn(
                    at=floor.now, organization=floor.organization, agent=user, queue=seat.plan.queue.name, why=why
                )
            )
        floor.changed(agent)
        self._keep(agent)

    def log_out(self, user: str, queues: Iterable[QueueId] | None, why: str) -> None:
        """Out of all, where none are named."""
        agent = self._floor.roster.agents.get(user)
        seats = [seat for seat in _seats(agent, queues) if seat.logged_in]
        if agent is None or not seats:
            return
        for seat in seats:
            self._out(seat, why)
        self._take_back(agent, "logged-out")
        self._floor.changed(agent)
        self._keep(agent)

    def _out(self, seat: Seat, why: str) -> None:
        floor, queue = self._floor, seat.plan.queue
        seat.logged_in = False
        floor.tell(
            AgentLoggedOut(
                at=floor.now, organization=floor.organization, agent=seat.agent.user, queue=queue.name, why=why
            )
        )

    def removed(self, seat: Seat) -> None:
        """The agent may not serve the queue any more."""
        floor, agent, queue = self._floor, seat.agent, seat.plan.queue
        was_in = seat.logged_in and not seat.plan.personal
        if was_in:
            self._out(seat, "he does not belong to it any more")
        place = agent.place
        if place is not None and not agent.talks and place.plan.queue == queue:
            floor.withdraw(place, place.ringing[agent.user], "logged-out")
        floor.agenda.clear(Timer("wrap", agent.user, queue))
        floor.roster.unseat(seat)
        if was_in:
            self._keep(agent)

    def pause(self, user: str, paused: bool, why: str) -> None:
        floor = self._floor
        agent = floor.roster.agents.get(user)
        if agent is None or agent.paused == paused:
            return
        agent.paused = paused
        kind = AgentPaused if paused else AgentResumed
        floor.tell(kind(at=floor.now, organization=floor.organization, agent=user, why=why))
        self._take_back(agent, "paused")
        floor.changed(agent)
        self._keep(agent)

    def attend(self, user: str, available: bool) -> None:
        """Calls are to come through, or not, by his activity."""
        agent = self._floor.roster.agent(user, self._floor.now)
        agent.available = available
        self._take_back(agent, "away")
        self._floor.changed(agent)
        self._floor.roster.dismiss(agent)

    def occupy(self, user: str, occupied: bool) -> None:
        """He is in a call, or in none. An offer that rings goes on: what occupies him may be the answer to it."""
        agent = self._floor.roster.agent(user, self._floor.now)
        agent.occupied = occupied
        self._floor.changed(agent)
        self._floor.roster.dismiss(agent)

    def rested(self, timer: Timer) -> None:
        """A wrap-up, or the rest after an offer that failed, is over."""
        agent = self._floor.roster.agents.get(timer.subject)
        if agent is None:
            return
        if timer.kind == "rest":
            agent.rests = False
        elif isinstance(timer.more, QueueId) and (seat := agent.seats.get(timer.more)) is not None:
            seat.wraps = False
        self._floor.changed(agent)

    def _take_back(self, agent: Agent, why: str) -> None:
        """Have him rung no longer for a call of a queue that he does not serve just now."""
        place = agent.place
        if place is not None and not agent.talks and not (seat := place.ringing[agent.user]).serves:
            self._floor.withdraw(place, seat, why)

    def _keep(self, agent: Agent) -> None:
        organization, queues = self._floor.organization, tuple(sorted(queue.name for queue in agent.logged_in))
        if queues or agent.paused:
            row = AgentRow(organization=organization, username=agent.user, queues=queues, paused=agent.paused)
            self._floor.orders.append(Keep(row=row))
        else:
            self._floor.orders.append(Forget(key=AgentKey(organization, agent.user)))


def _seats(agent: Agent | None, queues: Iterable[QueueId] | None) -> list[Seat]:
    """The agent's seats in these queues, or in all; never in his own."""
    if agent is None:
        return []
    found = agent.seats.values() if queues is None else [agent.seats[queue] for queue in queues if queue in agent.seats]
    return [seat for seat in found if not seat.plan.personal]
