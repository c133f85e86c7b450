"""The distributor under anything that can happen, in any order: checked against an account of its own (theatre)."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pbxd.events import CallId
from tests.machines.theatre import NUMBERS, QUEUES, USERS, Theatre, house

users, queues = st.sampled_from(USERS), st.sampled_from(QUEUES)
NOBODY = CallId("nobody")
SHORT = 15_000
LONG = 2_000_000
STORY = 100_000
"""Events of one story of the long run: as many as a story needs to have had everything, and memory has room for."""


class Acts(RuleBasedStateMachine):
    """Hypothesis finds the shortest story that breaks something."""

    def __init__(self) -> None:
        super().__init__()
        self.theatre = Theatre(house(), USERS)
        for user in USERS[:3]:
            self.theatre.log_in(user)

    def _some_call(self, number: int) -> CallId:
        calls = [*self.theatre.callers]
        return calls[number % len(calls)] if calls else NOBODY

    @rule(queue=queues, number=st.sampled_from(NUMBERS), waited=st.sampled_from([0.0, 30.0]), ready=st.booleans())
    def join(self, queue, number, waited, ready) -> None:  # type: ignore[no-untyped-def]
        self.theatre.join(queue, number, waited, ready=ready)

    @rule(user=users)
    def answer(self, user: str) -> None:
        self.theatre.answer(user)

    @rule(user=users, how=st.sampled_from(["no-answer", "declined", "unreachable"]))
    def fail(self, user, how) -> None:  # type: ignore[no-untyped-def]
        self.theatre.fail(user, how)

    @rule(user=users)
    def finish(self, user: str) -> None:
        self.theatre.finish(user)

    @rule(user=users, on=st.booleans(), how=st.sampled_from(["log", "pause", "attend", "occupy"]))
    def change(self, user: str, on: bool, how: str) -> None:
        change(self.theatre, user, on, how)

    @rule(number=st.integers(0, 20), how=st.sampled_from(["ready", "leave", "call_back"]))
    def call(self, number: int, how: str) -> None:
        getattr(self.theatre, how)(self._some_call(number))

    @rule(number=st.integers(0, 20), reached=st.booleans())
    def reach(self, number, reached) -> None:  # type: ignore[no-untyped-def]
        self.theatre.reach(self._some_call(number), reached=reached)

    @rule(queue=st.sampled_from(QUEUES[:3]), on=st.booleans())
    def schedule(self, queue, on) -> None:  # type: ignore[no-untyped-def]
        (self.theatre.open_queue if on else self.theatre.shut_queue)(queue)

    @rule(seconds=st.sampled_from([0.0, 1.0, 5.0, 15.0, 60.0, 700.0]))
    def wait(self, seconds: float) -> None:
        self.theatre.pass_time(seconds)

    @invariant()
    def reconciles(self) -> None:
        self.theatre.check_end()


def change(theatre: Theatre, user: str, on: bool, how: str) -> None:
    """Something about an agent is another thing, or the same as before."""
    match how:
        case "log":
            (theatre.log_in if on else theatre.log_out)(user)
        case "pause":
            theatre.pause(user, on)
        case "attend":
            theatre.attend(user, on)
        case _:
            theatre.occupy(user, on)


TestActs = Acts.TestCase
TestActs.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)


def play(seed: int, steps: int) -> Theatre:
    """That many random events, more of those that real days are made of."""
    chance = Random(seed)
    theatre = Theatre(house(), USERS, seed)
    for user in USERS:
        theatre.log_in(user)
    for _ in range(steps):
        act(theatre, chance)
    theatre.check_end()
    return theatre


def act(theatre: Theatre, chance: Random) -> None:
    user = chance.choice(USERS)
    calls = [*theatre.callers]
    call = chance.choice(calls) if calls else NOBODY
    match chance.randrange(20):
        case 0 | 1 | 2 | 3:
            theatre.join(
                chance.choice(QUEUES),
                chance.choice(NUMBERS),
                chance.choice([0.0, 0.0, 40.0]),
                ready=chance.random() < 0.8,
            )
        case 4 | 5:
            theatre.answer(user)
        case 6:
            theatre.fail(user, chance.choice(["no-answer", "declined", "unreachable"]))
        case 7 | 8 | 9:
            theatre.finish(user)
        case 10:
            theatre.ready(call)
        case 11:
            theatre.leave(call)
        case 12:
            theatre.call_back(call)
        case 13:
            dialled = [one for one, caller in theatre.callers.items() if caller.with_agent]
            for one in dialled[:1]:
                theatre.reach(one, reached=chance.random() < 0.5)
        case 14:
            how = chance.choice(["log", "pause"])
            change(theatre, user, chance.random() < (0.8 if how == "log" else 0.2), how)
        case 15:
            how = chance.choice(["attend", "occupy"])
            change(theatre, user, chance.random() < (0.8 if how == "attend" else 0.2), how)
        case 16:
            queue = chance.choice(QUEUES[:3])
            (theatre.open_queue if chance.random() < 0.9 else theatre.shut_queue)(queue)
        case _:
            theatre.pass_time(chance.choice([0.0, 0.5, 2.0, 5.0, 10.0, 30.0]))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.covers("QUE-2", "QUE-3")
def test_nothing_that_happens_in_any_order_loses_a_call_or_rings_an_agent_twice(seed: int) -> None:
    theatre = play(seed, SHORT)
    assert {"answered", "abandoned", "overflowed", "closed", "called-back"} <= set(theatre.results.values())


@pytest.mark.full
@pytest.mark.timeout(600)
def test_the_same_for_millions_of_events() -> None:
    for seed in range(1000, 1000 + LONG // STORY):
        play(seed, STORY)
