"""The shell round the distributors: it tells them what happens, and does what they order.

There is one distributor for each organization. Callers are told what concerns them through the :class:`Stay` that their
call has in a queue; agents' rows go to the store, events to the bus. Nothing is decided here.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from pbxd.dialplan.situation import Situation
from pbxd.dialplan.source import FromTrunk
from pbxd.events import (
    Bus,
    CallEnded,
    CallId,
    ConfigReloaded,
    LegAnswered,
    LegEnded,
    LegId,
    LegMoved,
)
from pbxd.queues.acd import Distributor
from pbxd.queues.orders import (
    Arrival,
    CallBack,
    Forget,
    Keep,
    Notify,
    Offer,
    Order,
    Tell,
)
from pbxd.queues.plan import Plan, QueueId
from pbxd.queues.planning import plans
from pbxd.queues.sight import queues
from pbxd.queues.stay import Stay
from pbxd.queues.surroundings import Happening, Surroundings
from pbxd.store.rows import AgentKey, AgentRow, CallbackKey, CallbackRow

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.dialogs import LiveDialogs
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.people import People
    from pbxd.config.snapshot import Configuration
    from pbxd.store.interface import AgentStore, CallbackStore

Originate: TypeAlias = "Callable[[Situation, str, Stay], Call | None]"
"""Starts a call of our own: how it stands, on whose behalf, and the stay that has it ring agents."""

_log = logging.getLogger("pbxd.queues")


class Distribution:
    """All queues of all organizations."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        configuration: Callable[[], Configuration],
        people: People,
        dialogs: LiveDialogs,
        agents: AgentStore,
        callbacks: CallbackStore,
        chance: Random,
    ) -> None:
        self._kernel = kernel
        self._configuration = configuration
        self._agents = agents
        self._callbacks = callbacks
        self._chance = chance
        self._houses: dict[str, Distributor] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._stays: dict[CallId, Stay] = {}
        """By the call that came to the queue."""
        self._calling: dict[CallId, Stay] = {}
        """Calls of our own for those who are to be called back."""
        self.originate: Originate = _nothing
        """Starts such a call."""
        self.notify: Callable[[str, Notify], None] = _nobody
        """Tells attendants of a call that they put through and that waits still (ATT-2)."""
        self.serving: dict[LegId, tuple[str, str, QueueId]] = {}
        """Legs on which agents talk in a call of a queue: organization, user and queue."""
        dialogs.queue_of = self._queue_of
        self.surroundings = Surroundings(kernel, configuration, people, dialogs, self.run, self._concerns)
        self._orders: deque[tuple[str, Order]] = deque()
        self._performing = False
        self.version = 0
        """Another one whenever anything in any queue may be another thing."""
        self.watching: list[Callable[[], None]] = []
        """Called once, at the next change."""
        self._begun = kernel.wall - kernel.now

    # Life ------------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Seconds since 1970 by the clock on the wall as it was at the start: it never goes back."""
        return self._begun + self._kernel.now

    async def restore(self) -> None:
        """Take up what was kept when the server last stopped. Raises :class:`pbxd.store.interface.StoreError`."""
        agents, callbacks = await self._agents.load(), await self._callbacks.load()
        self._configure()
        for name in self._houses:
            mine = [row for row in agents if row.organization == name]
            theirs = [row for row in callbacks if row.organization == name]
            self.run(name, partial(_restore, mine, theirs))
        self.surroundings.look_at_schedules()

    def stop(self) -> None:
        """Set no more timers."""
        for timer in self._timers.values():
            timer.cancel()
        self.surroundings.stop()

    def _configure(self) -> None:
        configured = self._configuration().organizations
        for name in [*self._houses]:
            if name not in configured:
                self.run(name, lambda acd, now: acd.configure({}, now))
                del self._houses[name]
        for name, organization in configured.items():
            wanted = plans(organization)
            if name not in self._houses and not wanted and not organization.users:
                continue
            self._houses.setdefault(name, Distributor(name, self._chance))
            self.run(name, partial(_configure, wanted))
            for user in {member for plan in wanted.values() for member in plan.members}:
                self.surroundings.look_up(organization, user)
                self.surroundings.attend(organization, user)

    def _concerns(self, organization: str, user: str) -> bool:
        acd = self._houses.get(organization)
        return acd is not None and acd.knows(user)

    # What happens ----------------------------------------------------------------------------------------------------

    def follow(self, bus: Bus) -> None:
        """Have the queues learn of what happens to calls and people."""
        bus.subscribe(self._finished, LegEnded)
        bus.subscribe(self._finished, LegMoved)
        bus.subscribe(self._answered, LegAnswered)
        bus.subscribe(self._ended, CallEnded)
        bus.subscribe(self._reloaded, ConfigReloaded)
        self.surroundings.follow(bus)

    def _reloaded(self, _: ConfigReloaded) -> None:
        self._configure()
        self.surroundings.look_at_schedules()

    def _ended(self, event: CallEnded) -> None:
        if event.call in self._calling:
            self.leave(self._calling.pop(event.call))

    def _finished(self, event: LegEnded | LegMoved) -> None:
        """An agent's leg is over; where we hung up, because who was to be called back did not answer, it counts."""
        served = self.serving.pop(event.leg, None)
        if served is None:
            return
        name, user, _ = served
        stay = self._calling.get(event.call)
        if stay is not None:
            self.leave(stay)
            if isinstance(event, LegEnded) and not event.by_peer:
                self.run(name, lambda acd, now: acd.unreached(stay.place, now))
        self.run(name, lambda acd, now: acd.finished(user, now))

    def _queue_of(self, leg: LegId) -> str:
        served = self.serving.get(leg)
        return served[2].name if served is not None and served[2].kind == "queue" else ""

    # Callbacks -------------------------------------------------------------------------------------------------------

    def _ring_for_callback(self, name: str, offer: Offer) -> None:
        """Have a call of our own ring agents for somebody who is to be called back."""
        row = self._houses[name].callback(offer.call)
        if row is None:
            return
        stay = self._stays[offer.call] = Stay(self, name, offer.call, offer.queue, None)
        stay.orders.append(offer)
        source = FromTrunk(organization=name, trunk="", number=row.number, number_format="plus_e164", name=row.name)
        stay.call = self.originate(Situation(source=source, dialled=row.number), offer.queue.name, stay)
        if stay.call is None:  # the server stops
            self.leave(stay)
            self.run(name, lambda acd, now: acd.failed(offer.call, offer.agent, "unreachable", now))
        else:
            self._calling[stay.call.id] = stay

    def _answered(self, event: LegAnswered) -> None:
        """The agent was first; whoever answers after him is who was to be called back."""
        stay = self._calling.get(event.call)
        if stay is not None and stay.number and event.leg != stay.leg:
            stay.reached = True
            self.run(stay.organization, lambda acd, now: acd.reached(stay.place, now))

    def _call_back(self, order: CallBack) -> None:
        """The agent has answered: his call is to reach the caller within a while."""
        stay = self._stays.get(order.call)
        if stay is not None and stay.call is not None:
            stay.number, stay.seconds = order.number, order.ring_seconds

    # Asking ----------------------------------------------------------------------------------------------------------

    @contextmanager
    def stay(self, organization: str, call: Call, arrival: Arrival, plan: Plan | None) -> Iterator[Stay]:
        """The call has a place in a queue for as long as the block lasts; the first order may be to leave again."""
        stay = self._stays[call.id] = Stay(self, organization, call.id, arrival.queue, call)
        if plan is not None and not self._concerns(organization, arrival.queue.name):
            self.surroundings.look_up(self._configuration().organizations[organization], arrival.queue.name)
        try:
            self.run(organization, lambda acd, now: acd.join(arrival, now, plan))
            yield stay
        finally:
            self.leave(stay)
            self.run(organization, lambda acd, now: acd.leave(call.id, now))

    def leave(self, stay: Stay) -> None:
        """It takes no orders any more."""
        if self._stays.get(stay.place) is stay:
            del self._stays[stay.place]

    async def log_in(self, organization: str, user: str, queues: Iterable[str] | None, why: str) -> None:
        """Log an agent in, ``None``: everywhere; returns when that is on disk.

        Raises :class:`pbxd.store.interface.StoreError`: then it holds until the next start.
        """
        named = None if queues is None else [QueueId(queue) for queue in queues]
        await self._kept(organization, lambda acd, now: acd.log_in(user, named, now, why))

    async def log_out(self, organization: str, user: str, queues: Iterable[str] | None, why: str) -> None:
        """Log an agent out; as :meth:`log_in`."""
        named = None if queues is None else [QueueId(queue) for queue in queues]
        await self._kept(organization, lambda acd, now: acd.log_out(user, named, now, why))

    async def pause(self, organization: str, user: str, paused: bool, why: str) -> None:
        """Have an agent pause, or work again; as :meth:`log_in`."""
        await self._kept(organization, lambda acd, now: acd.pause(user, paused, now, why))

    async def _kept(self, organization: str, event: Happening) -> None:
        for saved in self.run(organization, event):
            await saved

    # Doing -----------------------------------------------------------------------------------------------------------

    def run(self, organization: str, event: Happening) -> list[asyncio.Future[None]]:
        """Tell a distributor of an event and do what it orders; returns what is being saved."""
        acd = self._houses.get(organization)
        if acd is None:
            return []
        orders = event(acd, self.now)
        saving = [self._save(order) for order in orders if isinstance(order, Keep | Forget)]
        self._orders.extend((organization, order) for order in orders)
        self._arm(organization, acd)
        self._changed()
        if not self._performing:  # what an event brings about comes after what it is part of
            self._performing = True
            try:
                while self._orders:
                    self._perform(*self._orders.popleft())
            finally:
                self._performing = False
        return saving

    def _changed(self) -> None:
        self.version += 1
        if self.watching:
            watching, self.watching = self.watching, []
            for tell in watching:
                tell()

    def sight(self, organization: str) -> list[dict[str, Any]]:
        """How the queues of an organization stand."""
        acd = self._houses.get(organization)
        return [] if acd is None else [*queues(acd.floor, self.now)]

    def agent(self, organization: str, user: str) -> dict[str, Any]:
        """Which queues somebody serves, and whether he pauses."""
        acd = self._houses.get(organization)
        found = acd.floor.roster.agents.get(user) if acd is not None else None
        names = sorted(queue.name for queue in found.logged_in) if found is not None else []
        return {"queues": names, "paused": found is not None and found.paused}

    def _arm(self, organization: str, acd: Distributor) -> None:
        timer = self._timers.pop(organization, None)
        if timer is not None:
            timer.cancel()
        deadline = acd.deadline
        if deadline is not None:
            self._timers[organization] = self._kernel.later(max(0.0, deadline - self.now), self._wake, organization)

    def _wake(self, organization: str) -> None:
        self.run(organization, lambda acd, now: acd.wake(now))

    def _perform(self, organization: str, order: Order) -> None:
        match order:
            case Tell(event=event):
                self._kernel.bus.emit(event)
            case Keep() | Forget():
                pass  # done at once, so that it is on its way however long the rest takes
            case CallBack():
                self._call_back(order)
            case Notify():
                self.notify(organization, order)
            case Offer(call=call, callback=True) if call not in self._stays:
                self._ring_for_callback(organization, order)
            case _:
                stay = self._stays.get(order.call)
                if stay is not None:
                    stay.put(order)

    def _save(self, order: Keep | Forget) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_log_failure)
        told = partial(_tell, done)
        match order:
            case Keep(row=CallbackRow() as callback):
                self._callbacks.save([callback], [], told)
            case Keep(row=AgentRow() as agent):
                self._agents.save([agent], [], told)
            case Forget(key=CallbackKey() as callback_key):
                self._callbacks.save([], [callback_key], told)
            case Forget(key=AgentKey() as agent_key):
                self._agents.save([], [agent_key], told)
        return done


def _nothing(situation: Situation, party: str, stay: Stay) -> None:
    """As long as no calls can be started."""


def _nobody(organization: str, what: Notify) -> None:
    """As long as nobody can be told."""


def _configure(wanted: Mapping[QueueId, Plan], acd: Distributor, now: float) -> list[Order]:
    return acd.configure(wanted, now)


def _restore(agents: Sequence[AgentRow], callbacks: Sequence[CallbackRow], acd: Distributor, now: float) -> list[Order]:
    return acd.restore(agents, callbacks, now)


def _tell(done: asyncio.Future[None], error: BaseException | None) -> None:
    if done.done():  # nobody waits any more
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _log_failure(done: asyncio.Future[None]) -> None:
    error = done.exception() if not done.cancelled() else None
    if error is not None:
        _log.error("what a queue is to remember was not saved: %s", error)
