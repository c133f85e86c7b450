"""A second opinion on the distributor: what is done to it and what it orders, with its own account of who is where.

Every order is checked against that account when it comes, and the whole of it after every event. The account is kept
from orders and from what was reported, never from the distributor's own state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from pbxd.events import CallId
from pbxd.events.queues import CallDequeued, CallQueued, QueueCallEvent
from pbxd.org.rules import ToNumber
from pbxd.queues.acd import Distributor
from pbxd.queues.callbacks import AGAIN
from pbxd.queues.floor import REST
from pbxd.queues.orders import (
    Arrival,
    CallBack,
    Close,
    Failure,
    Forget,
    Keep,
    Notify,
    Offer,
    Order,
    Overflow,
    Ringback,
    Say,
    Tell,
    Withdraw,
)
from pbxd.queues.plan import CallbackPlan, Membership, Plan, QueueId, Rhythm
from pbxd.store.rows import AgentRow, CallbackRow

START = 1_800_000_000.0


@dataclass(slots=True)
class Person:
    """An agent, as far as the account goes."""

    queues: set[QueueId] = field(default_factory=set)
    paused: bool = False
    available: bool = True
    occupied: bool = False
    rings: CallId | None = None
    talks: CallId | None = None
    rests_until: float = 0.0
    wraps_until: dict[QueueId, float] = field(default_factory=dict)


@dataclass(slots=True)
class Caller:
    """A call in a queue, as far as the account goes."""

    queue: QueueId
    number: str
    since: float
    serial: int
    standing_in: int = 0
    ready: bool = False
    rung_by: set[str] = field(default_factory=set)
    back: bool = False
    """Whether he is to be called back."""
    with_agent: str = ""
    rests_until: float = 0.0
    expires: float | None = None
    instead: CallId | None = None
    """The caller's new call, while it waits in this one's place."""

    @property
    def key(self) -> tuple[float, int, int]:
        return self.since, self.serial, -self.standing_in


class Theatre:
    """A distributor, those who act upon it, and the account."""

    def __init__(self, plans: Iterable[Plan], users: Iterable[str], seed: int = 0) -> None:
        self.now = START
        self.plans = {plan.queue: plan for plan in plans}
        self.people = {user: Person() for user in users}
        self.callers: dict[CallId, Caller] = {}
        self.merged: dict[CallId, CallId] = {}
        """Calls that end with another one."""
        self.undone: set[CallId] = set()
        """Those of them that have not ended yet."""
        self.queued: dict[CallId, QueueId] = {}
        """Where each call came to; all that ever came."""
        self.shut: set[QueueId] = set()
        self.arrived = 0
        self.results: dict[CallId, str] = {}
        self.rows: dict[object, AgentRow | CallbackRow] = {}
        self.events: list[QueueCallEvent] = []
        self.said: list[Say] = []
        self.told: list[Notify] = []
        self.overflowed: list[Overflow] = []
        self.distributor = Distributor("house", Random(seed))
        self._perform(self.distributor.configure(self.plans, self.now))

    # What happens --------------------------------------------------------------------------------------------------

    def log_in(self, user: str, *queues: QueueId) -> None:
        mine = {queue for queue, plan in self.plans.items() if user in plan.members and not plan.personal}
        self.people[user].queues |= mine & set(queues or mine)
        self._perform(self.distributor.log_in(user, queues or None, self.now, "test"))
        self._check()

    def log_out(self, user: str, *queues: QueueId) -> None:
        self.people[user].queues -= set(queues or self.plans)
        self._perform(self.distributor.log_out(user, queues or None, self.now, "test"))
        self._check()

    def pause(self, user: str, paused: bool) -> None:
        self.people[user].paused = paused
        self._perform(self.distributor.pause(user, paused, self.now, "test"))
        self._check()

    def attend(self, user: str, available: bool) -> None:
        self.people[user].available = available
        self._perform(self.distributor.attend(user, available, self.now))
        self._check()

    def occupy(self, user: str, occupied: bool) -> None:
        self.people[user].occupied = occupied
        self._perform(self.distributor.occupy(user, occupied, self.now))
        self._check()

    def join(self, queue: QueueId, number: str = "", waited: float = 0.0, *, ready: bool = True) -> CallId:
        self.arrived += 1
        call = CallId(f"c{self.arrived}")
        caller = Caller(queue=queue, number=number, since=self.now - waited, serial=self.arrived)
        kept = self._kept_place(queue, number)
        if kept is not None:
            back = self.callers[kept]
            back.instead = call
            caller.since, caller.serial, caller.standing_in = back.since, back.serial, back.standing_in + 1
        waiting = [one for one in self.callers.values() if one.queue == queue]
        self.callers[call] = caller
        plan = self.plans[queue] if self.plans[queue].personal else None
        before = len(self.overflowed)
        arrival = Arrival(call=call, queue=queue, number=number, waited=waited)
        self._perform(self.distributor.join(arrival, self.now, plan))
        self._check_entry(queue, waiting, refused=[one.why for one in self.overflowed[before:]], kept=kept is not None)
        self._check()
        if ready and call in self.callers:
            self.ready(call)
        return call

    def _kept_place(self, queue: QueueId, number: str) -> CallId | None:
        for call, caller in self.callers.items():
            same = number and caller.back and caller.queue == queue and caller.number == number
            if same and not caller.with_agent and caller.instead is None:
                return call
        return None

    def ready(self, call: CallId) -> None:
        if call in self.callers:
            self.callers[call].ready = True
        self._perform(self.distributor.ready(call, self.now))
        self._check()

    def leave(self, call: CallId) -> None:
        self._perform(self.distributor.leave(call, self.now))
        assert call not in self.callers or self.callers[call].back
        self._check()

    def answer(self, user: str) -> None:
        """The agent answers what he is offered, if anything."""
        person = self.people[user]
        call = person.rings
        if call is None:
            self._perform(self.distributor.answered(CallId("nobody"), user, self.now))
        else:
            person.rings, person.talks = None, call
            caller = self.callers[call]
            caller.rung_by.discard(user)
            if caller.back:
                caller.with_agent = user
            self._perform(self.distributor.answered(call, user, self.now))
            assert caller.back or self.results[call] == "answered"
        self._check()

    def fail(self, user: str, how: Failure) -> None:
        """The agent does not answer what he is offered."""
        person = self.people[user]
        call = person.rings
        if call is not None:
            caller = self.callers[call]
            self._unanswered(user, call, how)
            self._perform(self.distributor.failed(call, user, how, self.now))
            del caller
        self._check()

    def _unanswered(self, user: str, call: CallId, how: Failure) -> None:
        person, caller = self.people[user], self.callers[call]
        person.rings = None
        caller.rung_by.discard(user)
        if how != "no-answer" or caller.queue.kind == "personal":
            person.rests_until = self.now + REST

    def finish(self, user: str) -> None:
        """The agent hangs up."""
        person = self.people[user]
        call = person.talks
        if call is not None:
            person.talks = None
            caller = self.callers.get(call)
            if caller is not None and caller.with_agent == user:
                caller.with_agent = ""
                person.rests_until = self.now + REST
            else:
                queue = self.queued[call]
                person.wraps_until[queue] = self.now + self.plans[queue].wrap_up
        self._perform(self.distributor.finished(user, self.now))
        self._check()

    def call_back(self, call: CallId) -> None:
        """The caller asks to be called back, if he may."""
        caller = self.callers.get(call)
        if caller is None or caller.back or not caller.number or self.plans[caller.queue].callback is None:
            return
        other = next((one for one, back in self.callers.items() if self._is_same(back, caller)), None)
        if other is not None:
            self.merged[call] = other
            self.undone.add(call)
            caller.ready = False
            if self.callers[other].instead == call:
                self.callers[other].instead = None
        else:
            caller.back = caller.ready = True
            valid = self.plans[caller.queue].callback.valid  # type: ignore[union-attr]
            caller.expires = None if valid is None else self.now + valid
        self._perform(self.distributor.call_back(call, caller.number, self.now))
        if other is not None:
            assert not caller.rung_by
            del self.callers[call]
        self._check()

    @staticmethod
    def _is_same(back: Caller, caller: Caller) -> bool:
        return back.back and back.queue == caller.queue and back.number == caller.number

    def reach(self, call: CallId, *, reached: bool) -> None:
        """Whether the caller answers who is called back."""
        caller = self.callers.get(call)
        if caller is None or not caller.with_agent:
            return
        agent = caller.with_agent
        if reached:
            self._perform(self.distributor.reached(call, self.now))
            assert self.results[call] == "called-back"
        else:
            caller.with_agent, caller.rests_until = "", self.now + AGAIN
            self.people[agent].talks = None
            self._perform(self.distributor.unreached(call, self.now))
        self._check()

    def shut_queue(self, queue: QueueId) -> None:
        assert queue.kind == "queue", "users' own queues have no schedule"
        self.shut.add(queue)
        self._perform(self.distributor.shut(queue, self.now))
        assert not [one for one in self.callers.values() if one.queue == queue and not one.back]
        self._check()

    def open_queue(self, queue: QueueId) -> None:
        self.shut.discard(queue)
        self._perform(self.distributor.open(queue, self.now))
        self._check()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, waking the distributor whenever it wants."""
        until = self.now + seconds
        while (deadline := self.distributor.deadline) is not None and deadline <= until:
            assert deadline >= self.now, "a deadline lies in the past"
            self.now = deadline
            self._perform(self.distributor.wake(self.now))
            self._check()
        self.now = until

    # What is ordered -----------------------------------------------------------------------------------------------

    def _perform(self, orders: list[Order]) -> None:
        for order in orders:
            match order:
                case Offer():
                    self._offered(order)
                case Withdraw(call=call, agent=agent):
                    assert self.people[agent].rings == call
                    self.people[agent].rings = None
                    self.callers[call].rung_by.discard(agent)
                case Tell(event=event):
                    if isinstance(event, QueueCallEvent):
                        self.events.append(event)
                    self._told(event)
                case Overflow():
                    self.overflowed.append(order)
                case Keep(row=row):
                    self.rows[row.key] = row
                case Forget(key=key):
                    self.rows.pop(key, None)
                case Say():
                    assert order.call in self.callers
                    self.said.append(order)
                case Notify():
                    self.told.append(order)
                case CallBack(call=call, agent=agent):
                    assert self.callers[call].with_agent == agent
                case Close() | Ringback():
                    pass

    def _offered(self, offer: Offer) -> None:
        person, caller = self.people[offer.agent], self.callers[offer.call]
        assert self._free(offer.agent, offer.queue), f"{offer.agent} is not free"
        assert offer.queue == caller.queue
        assert offer.queue not in self.shut
        assert offer.callback == caller.back
        assert self._waits(caller)
        if not caller.rung_by:
            before = [one for one in self.callers.values() if one.queue == caller.queue and one.key < caller.key]
            assert not [one for one in before if self._waits(one) and not one.rung_by], "somebody was overtaken"
        person.rings = offer.call
        caller.rung_by.add(offer.agent)
        plan = self.plans[offer.queue]
        assert len(caller.rung_by) <= (len(plan.members) if plan.by == "ring-all" else plan.parallel)

    def _told(self, event: object) -> None:
        match event:
            case CallDequeued(call=call, result=result):
                assert call not in self.results, "a call ended twice"
                self.results[call] = result
                self.undone.discard(call)
                if call in self.merged:
                    return
                caller = self.callers.pop(call)
                assert not caller.rung_by or result == "answered"
                for kept in self.callers.values():
                    if kept.instead == call:
                        kept.instead = None
            case CallQueued(call=call, queue=queue, kind=kind):
                self.queued[call] = QueueId(queue, "personal" if kind == "personal" else "queue")
            case _:
                self._told_otherwise(event)

    def _told_otherwise(self, event: object) -> None:
        name = type(event).__name__
        if name == "AgentLoggedOut" and (user := getattr(event, "agent", "")) in self.people:
            self.people[user].queues.discard(QueueId(getattr(event, "queue", "")))
        elif name == "OfferEnded" and getattr(event, "why", "") == "no-answer":
            user, call = getattr(event, "agent", ""), getattr(event, "call", CallId(""))
            if self.people[user].rings == call and self.callers[call].queue.kind == "personal":
                self.people[user].rests_until = self.now + REST  # its own timer, not our report

    # What must be so -----------------------------------------------------------------------------------------------

    def _serves(self, user: str, queue: QueueId) -> bool:
        person, plan = self.people[user], self.plans[queue]
        if plan.personal:
            return user in plan.members
        return queue in person.queues and not person.paused and (person.available or not plan.respect_presence)

    def _free(self, user: str, queue: QueueId) -> bool:
        person = self.people[user]
        return (
            self._serves(user, queue)
            and not person.occupied
            and person.rings is None
            and person.talks is None
            and person.rests_until <= self.now
            and person.wraps_until.get(queue, 0.0) <= self.now
        )

    def _waits(self, caller: Caller) -> bool:
        resting = caller.rests_until > self.now
        return caller.ready and not caller.with_agent and not resting and caller.instead is None

    def _check(self) -> None:
        """No caller is lost, and none waits for an agent who is free."""
        assert len(self.results) + len(self.callers) + len(self.undone) == self.arrived
        for user, person in self.people.items():
            assert person.rings is None or person.talks is None
            if person.rings is not None:
                assert user in self.callers[person.rings].rung_by
                assert self._serves(user, self.callers[person.rings].queue)
        starving = {one.queue: one for one in self.callers.values() if self._waits(one) and not one.rung_by}
        for queue in starving.keys() - self.shut:
            idle = [user for user in self.people if self._free(user, queue)]
            assert not idle or self._due_now(), f"{idle} could answer {starving[queue]}"

    def _due_now(self) -> bool:
        deadline = self.distributor.deadline
        return deadline is not None and deadline <= self.now

    def _check_entry(self, queue: QueueId, waiting: list[Caller], *, refused: list[str], kept: bool) -> None:
        plan = self.plans[queue]
        if plan.max_waiting is not None and len(waiting) < plan.max_waiting:
            assert "full" not in refused
        if kept:
            assert not {"full", "longest-wait"} & set(refused)

    def check_end(self) -> None:
        """Everything reconciles: each call that was queued was dequeued once, or is still there."""
        offered = [event.call for event in self.events if isinstance(event, CallQueued)]
        dequeued = [event.call for event in self.events if isinstance(event, CallDequeued)]
        assert len(offered) == len(set(offered)) == self.arrived
        assert len(dequeued) == len(set(dequeued))
        pending = {call for call, into in self.merged.items() if call not in self.results and into in self.callers}
        assert set(offered) - set(dequeued) == set(self.callers) | pending
        kept = {row.call for row in self.rows.values() if isinstance(row, CallbackRow)}
        assert kept == {call for call, caller in self.callers.items() if caller.back}
        logged_in = {row.username: row for row in self.rows.values() if isinstance(row, AgentRow)}
        for user, person in self.people.items():
            queues = tuple(sorted(queue.name for queue in person.queues))
            row = logged_in.get(user)
            assert (row.queues, row.paused) == (queues, person.paused) if row else not queues and not person.paused


SUPPORT, SALES, DESK = QueueId("support"), QueueId("sales"), QueueId("desk")
OWN = QueueId("a1", "personal")
QUEUES = (SUPPORT, SALES, DESK, OWN)
USERS = ("a1", "a2", "a3", "a4", "a5")
NUMBERS = ("", "+4511", "+4522")


def _members(*users: str) -> dict[str, Membership]:
    return {user: Membership(user=user, skill=at % 2, listed=at or None) for at, user in enumerate(users)}


def house() -> list[Plan]:
    """Queues that differ in everything, with agents in several of them."""
    return [
        Plan(
            queue=SUPPORT,
            members=_members("a1", "a2", "a3"),
            by="skill",
            ring_seconds=15.0,
            wrap_up=5.0,
            logout_after=3,
            callback=CallbackPlan(attempts=2, valid=600.0),
            rhythm=Rhythm(status=True, position=True, estimate=True, alternate=True, every=20.0, ringing=True),
        ),
        Plan(
            queue=SALES,
            members=_members("a2", "a3", "a4", "a5"),
            by="ring-all",
            respect_presence=False,
            max_attempts=3,
            then=ToNumber("200"),
            no_agents=ToNumber("201"),
        ),
        Plan(
            queue=DESK,
            members=_members("a1", "a4", "a5"),
            by="priority",
            parallel=2,
            longest_idle=False,
            max_waiting=3,
            max_longest_wait=100.0,
            max_wait=120.0,
            then=ToNumber("202"),
            callback=CallbackPlan(valid=None),
            wrap_up=2.0,
        ),
        Plan(queue=OWN, members=_members("a1"), max_waiting=2, respect_presence=False),
    ]
