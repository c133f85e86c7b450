"""A call centre in simulation: what the distributor of queues is worth and what it costs (``python -m bench.acd_sim``).

Callers come as a Poisson process, agents take exponentially distributed times, and the distributor of
:mod:`pbxd.queues.acd` is in between, with its own deadlines and no clock but the simulated one. Its waits are compared
with what Erlang's C formula says of such a queue, its estimates of the wait with simpler ways to estimate, and the
processor time of its decisions with the number of those who wait.
"""

from __future__ import annotations

import argparse
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import exp, log, sqrt
from random import Random
from statistics import fmean, stdev
from time import process_time
from typing import Literal, TypeAlias

from pbxd.events import CallDequeued, CallId
from pbxd.queues.acd import Distributor
from pbxd.queues.orders import Arrival, Offer, Order, Say, Tell
from pbxd.queues.plan import Membership, Plan, QueueId, Rhythm

QUEUE = QueueId("support")
DAY = 86_400.0


def house(agents: int, queue: QueueId = QUEUE, **more: object) -> Plan:
    """A queue with that many agents, who are equal."""
    members = {f"a{one}": Membership(user=f"a{one}", listed=one) for one in range(agents)}
    return Plan(queue=queue, members=members, **more)  # type: ignore[arg-type]


def erlang_c(agents: int, load: float) -> float:
    """The probability that a call has to wait, where ``load`` calls are served at a time on average."""
    blocked = 1.0  # Erlang B, by its recursion
    for one in range(1, agents + 1):
        blocked = load * blocked / (one + load * blocked)
    return blocked / (1 - load / agents * (1 - blocked))


def expected_wait(agents: int, load: float, service: float) -> float:
    """Mean wait of all calls, those that do not wait included, in seconds."""
    return erlang_c(agents, load) * service / (agents - load)


def expected_share(agents: int, load: float, service: float, seconds: float) -> float:
    """The share of all calls that wait for longer than ``seconds``."""
    return erlang_c(agents, load) * exp(-(agents - load) / service * seconds)


@dataclass(slots=True)
class Announced:
    """What a caller could have been told, and when."""

    at: float
    ways: dict[str, float | None]
    waited: float | None = None


Kind: TypeAlias = Literal["arrive", "finish", "give up", "change"]


@dataclass(slots=True)
class Simulation:
    """One day. ``rate`` is in calls per second and may change with the time, all else is in seconds."""

    agents: int
    rate: Callable[[float], float]
    top_rate: float
    """The highest that ``rate`` gets."""
    service: Callable[[float], float]
    """Mean, at a time of the day."""
    seed: int = 0
    patience: float | None = None
    """Mean of how long callers wait before they hang up; ``None``: for ever."""
    staff: Callable[[float], int] | None = None
    """How many agents are there, looked at every minute; ``None``: all of them."""
    rhythm: Rhythm = field(default_factory=Rhythm)
    waits: list[float] = field(default_factory=list)
    abandoned: int = 0
    announced: list[Announced] = field(default_factory=list)

    def run(self, seconds: float) -> Simulation:
        """Simulate that long, and until all are served."""
        _Day(self, seconds).run()
        return self


class _Day:
    def __init__(self, wanted: Simulation, seconds: float) -> None:
        self.wanted, self.seconds = wanted, seconds
        self.chance = Random(wanted.seed)
        self.acd = Distributor("house", Random(wanted.seed + 1))
        self.heap: list[tuple[float, int, Kind, str]] = []
        self.serial = count()
        self.now = 0.0
        self.said: dict[str, list[Announced]] = {}
        self.simple = Simple()
        self.staffed = 0

    def at(self, moment: float, kind: Kind, what: str = "") -> None:
        heappush(self.heap, (moment, next(self.serial), kind, what))

    def run(self) -> None:
        self.perform(self.acd.configure({QUEUE: house(self.wanted.agents, rhythm=self.wanted.rhythm)}, 0.0))
        self.change()
        self.arrive_next()
        while self.heap:
            moment = self.heap[0][0]
            deadline = self.acd.deadline
            if deadline is not None and deadline <= moment:
                self.now = deadline
                self.perform(self.acd.wake(deadline))
                continue
            self.now, _, kind, what = heappop(self.heap)
            self.happen(kind, what)

    def happen(self, kind: Kind, what: str) -> None:
        match kind:
            case "arrive":
                self.arrive(CallId(what))
            case "finish":
                self.perform(self.acd.finished(what, self.now))
            case "give up":
                self.perform(self.acd.leave(CallId(what), self.now))
            case _:
                self.change()

    def arrive_next(self) -> None:
        """The next call of a Poisson process whose rate changes: candidates at the highest rate, thinned out."""
        moment = self.now
        while True:
            moment += self.chance.expovariate(self.wanted.top_rate)
            if moment > self.seconds:
                return
            if self.chance.random() * self.wanted.top_rate < self.wanted.rate(moment):
                self.at(moment, "arrive", f"c{next(self.serial)}")
                return

    def arrive(self, call: CallId) -> None:
        if self.wanted.patience is not None:
            self.at(self.now + self.chance.expovariate(1 / self.wanted.patience), "give up", call)
        self.simple.arrived(call, self.now)
        self.perform(self.acd.join(Arrival(call=call, queue=QUEUE), self.now))
        self.perform(self.acd.ready(call, self.now))
        self.arrive_next()

    def change(self) -> None:
        """Have as many agents as the roster says."""
        wanted = self.wanted.agents if self.wanted.staff is None else self.wanted.staff(self.now)
        while self.staffed < wanted:
            self.perform(self.acd.log_in(f"a{self.staffed}", None, self.now, "on duty"))
            self.staffed += 1
        while self.staffed > wanted:
            self.staffed -= 1
            self.perform(self.acd.log_out(f"a{self.staffed}", None, self.now, "off duty"))
        if self.wanted.staff is not None and self.now < self.seconds:
            self.at(self.now + 60, "change")

    def perform(self, orders: list[Order]) -> None:
        for order in orders:
            match order:
                case Offer(call=call, agent=agent):
                    self.perform(self.acd.answered(call, agent, self.now))
                    self.at(self.now + self.chance.expovariate(1 / self.wanted.service(self.now)), "finish", agent)
                case Say(call=call, wait=wait):
                    ways = {"pbxd": wait, **self.simple.ways(call, self.now)}
                    self.said.setdefault(call, []).append(Announced(at=self.now, ways=ways))
                case Tell(event=CallDequeued() as left):
                    self.left(left)
                case _:
                    pass

    def left(self, event: CallDequeued) -> None:
        if event.result != "answered":
            self.wanted.abandoned += 1
        else:
            self.wanted.waits.append(event.waited)
            self.simple.answered(event.call, event.waited)
            for one in self.said.get(event.call, ()):
                one.waited = self.now - one.at
                self.wanted.announced.append(one)
        self.said.pop(event.call, None)
        self.simple.gone(event.call)


class Simple:
    """Ways to estimate a wait that need no thought: what others waited, what the first in line has waited so far."""

    def __init__(self) -> None:
        self.line: dict[str, float] = {}
        self.last: float | None = None
        self.recent: deque[float] = deque(maxlen=20)

    def arrived(self, call: str, now: float) -> None:
        self.line[call] = now

    def answered(self, call: str, waited: float) -> None:
        self.last = waited
        self.recent.append(waited)

    def gone(self, call: str) -> None:
        self.line.pop(call, None)

    def ways(self, call: str, now: float) -> dict[str, float | None]:
        """What each says of a whole wait, less what this caller has waited already."""
        so_far = now - self.line[call]
        first = now - next(iter(self.line.values()))
        mean = fmean(self.recent) if self.recent else None
        whole = {"the last one's": self.last, "mean of the last 20": mean, "the first one's so far": first}
        return {way: None if wait is None else max(0.0, wait - so_far) for way, wait in whole.items()}


# Waits, beside what is expected -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compared:
    """A mean over independent runs, its confidence interval, and what theory says."""

    measured: float
    margin: float
    expected: float

    @property
    def agrees(self) -> bool:
        return abs(self.measured - self.expected) <= self.margin

    def __str__(self) -> str:
        return f"{self.measured:.4g} +- {self.margin:.2g}, expected {self.expected:.4g}"


STUDENT = {8: 5.04, 10: 4.59, 20: 3.85}
"""By the number of runs: the quantile of Student's distribution for 99.9 % on both sides."""


def against_erlang(agents: int, occupancy: float, service: float, calls: int, runs: int) -> tuple[Compared, Compared]:
    """Mean wait, and share that waits longer than half of a mean call, in that many runs of about ``calls`` calls."""
    load = agents * occupancy
    rate = load / service
    means, shares = [], []
    for seed in range(runs):
        waits = Simulation(agents, lambda _: rate, rate, lambda _: service, seed=seed).run(calls / rate).waits
        settled = waits[len(waits) // 10 :]  # the day begins without anybody in line
        means.append(fmean(settled))
        shares.append(sum(wait > service / 2 for wait in settled) / len(settled))
    return (
        _compared(means, expected_wait(agents, load, service)),
        _compared(shares, expected_share(agents, load, service, service / 2)),
    )


def _compared(found: list[float], expected: float) -> Compared:
    return Compared(fmean(found), STUDENT[len(found)] * stdev(found) / sqrt(len(found)), expected)


# Estimates of the wait ------------------------------------------------------------------------------------------------


def busy_day(seed: int) -> Simulation:
    """A working day of ten hours as they are: two rushes, agents who come and go, callers who lose patience."""
    return Simulation(
        agents=40,
        rate=lambda now: 0.15 + 0.13 * _rush(now, 3 * 3600) + 0.10 * _rush(now, 7 * 3600),
        top_rate=0.45,
        service=lambda now: 110 + 40 * _rush(now, 7 * 3600),
        seed=seed,
        patience=900,
        staff=lambda now: 22 if 4.5 * 3600 < now < 6 * 3600 else 27,
        rhythm=Rhythm(estimate=True, every=30.0),
    ).run(10 * 3600)


def _rush(now: float, at: float) -> float:
    return exp(-(((now - at) / 2700) ** 2))


def errors(days: list[Simulation]) -> dict[str, tuple[float, float, float]]:
    """For each way: root mean square error, mean error, and how often it spoke; over what all could be asked."""
    announced = [one for day in days for one in day.announced]
    found = {}
    for way in announced[0].ways:
        said = [(one.ways[way], one.waited) for one in announced if one.ways["pbxd"] is not None]
        wrong = [estimate - waited for estimate, waited in said if estimate is not None and waited is not None]
        spoke = sum(one.ways[way] is not None for one in announced) / len(announced)
        found[way] = sqrt(fmean(error**2 for error in wrong)), fmean(wrong), spoke
    return found


# Cost -----------------------------------------------------------------------------------------------------------------


def crowded(waiting: int, agents: int, plan: Plan | None = None) -> Distributor:
    """All agents talk, and that many calls wait."""
    acd = Distributor("house", Random(1))
    acd.configure({QUEUE: plan or house(agents, wrap_up=0.0)}, 0.0)
    for one in range(agents):
        acd.log_in(f"a{one}", None, 0.0, "on duty")
    for one in range(agents + waiting):
        call = CallId(f"c{one}")
        acd.join(Arrival(call=call, queue=QUEUE, number=f"+45{one:08}"), float(one))
        for order in acd.ready(call, float(one)):
            if isinstance(order, Offer):
                acd.answered(order.call, order.agent, float(one))
    return acd


def decision_cost(waiting: int, agents: int, rounds: int = 2_000, plan: Plan | None = None) -> float:
    """Processor seconds from an agent's hang-up to the orders for the next offer, as many waiting all the time."""
    acd, now = crowded(waiting, agents, plan), float(waiting + agents)
    chance, spent = Random(1), 0.0
    for one in range(rounds):
        now += 0.1
        call = CallId(f"n{one}")
        acd.join(Arrival(call=call, queue=QUEUE), now)
        acd.ready(call, now)
        agent = f"a{chance.randrange(agents)}"
        begun = process_time()
        orders = acd.finished(agent, now)
        spent += process_time() - begun
        [offer] = [order for order in orders if isinstance(order, Offer)]
        acd.answered(offer.call, offer.agent, now)
    return spent / rounds


def idle_cost(agents: int, rounds: int = 1_000) -> float:
    """Processor seconds to choose one of as many idle agents for a call that comes."""
    acd, now, spent = crowded(0, agents), float(agents), 0.0
    for one in range(agents):
        acd.finished(f"a{one}", now)
    for one in range(rounds):
        now += 1.0
        call = CallId(f"n{one}")
        acd.join(Arrival(call=call, queue=QUEUE), now)
        begun = process_time()
        orders = acd.ready(call, now)
        spent += process_time() - begun
        [offer] = [order for order in orders if isinstance(order, Offer)]
        acd.answered(offer.call, offer.agent, now)
        acd.finished(offer.agent, now)
    return spent / rounds


def grows_like_n_log_n(sizes: list[int], costs: list[float], slack: float = 2.0) -> bool:
    """Whether the costs of ``sizes`` stay under those of the smallest, grown like n log n, times ``slack``."""
    first, cost = sizes[0], costs[0]
    return all(
        found <= slack * cost * (size * log(size)) / (first * log(first))
        for size, found in zip(sizes, costs, strict=True)
    )


def day_of(calls: int, agents: int = 100, occupancy: float = 0.926) -> tuple[float, int]:
    """Processor seconds to simulate a day of about that many calls, and how many were answered."""
    rate = calls / DAY
    service = agents * occupancy / rate
    begun = process_time()
    simulation = Simulation(agents, lambda _: rate, rate, lambda _: service).run(DAY)
    return process_time() - begun, len(simulation.waits)


def lines() -> Iterator[str]:
    """The table."""
    for agents, occupancy, calls in ((10, 0.8, 10_000), (100, 0.95, 50_000)):
        mean, share = against_erlang(agents, occupancy, 180.0, calls, runs=20)
        yield f"{agents} agents at {occupancy:.0%}: mean wait {mean} s; share over 90 s {share}"
    yield f"{'estimates of the wait, seconds':<32}{'rms error':>10}{'mean error':>12}{'spoke':>8}"
    for way, (rms, mean_error, spoke) in errors([busy_day(seed) for seed in range(5)]).items():
        yield f"{way:<32}{rms:>10.0f}{mean_error:>+12.0f}{spoke:>8.0%}"
    for size in (1_000, 2_000, 4_000):
        cost = decision_cost(size, size // 2) * 1e6
        yield f"{size:,} waiting, {size // 2:,} agents: {cost:.0f} us for a decision; among as many idle agents "[
            :-1
        ] + (f": {idle_cost(size // 2) * 1e6:.0f} us")
    seconds, answered = day_of(100_000)
    yield f"a day of {answered:,} calls, 100 agents: {seconds:.1f} s"


def main() -> None:
    """What a person types."""
    argparse.ArgumentParser(description=sys.modules[__name__].__doc__).parse_args()
    for line in lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()
