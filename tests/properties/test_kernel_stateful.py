"""People at random: call, answer, decline, cancel, hold, hang up. Every live leg has one owner and nothing leaks."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pbxd.config.snapshot import Configuration
from pbxd.events import CallArrived, CallCrashed, CallEnded
from tests.support.clock import VirtualClock
from tests.support.house import House, configure
from tests.support.loop import VirtualClockLoop
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone, PhoneCall

NAMES = ("anna", "anna-soft", "bo", "cora", "dan")
NUMBERS = ("201", "202", "203", "204", "299", "+4588887703")
MOMENTS = (0.0, 0.004, 0.006, 0.02, 1.0, 6.0)
"""Seconds between two acts: in one wake-up, on the wire, a moment later, longer than a retransmission."""

names = st.sampled_from(NAMES)
picks = st.integers(0, 5)
directions = st.sampled_from(("sendonly", "inactive", "sendrecv"))


@cache
def configuration() -> Configuration:
    with tempfile.TemporaryDirectory() as directory:
        return configure(Path(directory))


class People(RuleBasedStateMachine):
    """Phones with no manners at all, though none of them breaks the protocol."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualClockLoop)
        loop = self.runner.get_loop()
        assert isinstance(loop, VirtualClockLoop)
        self.house = House(configuration(), MemoryNetwork(), VirtualClock(loop))
        self.runner.run(self._move_in())

    async def _move_in(self) -> None:
        await self.house.start()
        for phone in await self.house.phones(*NAMES):
            phone.habits.preemptive = True

    def run(self, coroutine: Coroutine[Any, Any, object]) -> None:
        self.runner.run(coroutine)

    def calls(self, state: str) -> list[tuple[Phone, PhoneCall]]:
        return [
            (phone, call)
            for phone in map(self.house.phone, NAMES)
            for call in (*phone.calls_made, *phone.calls_got)
            if call.state == state
        ]

    @rule(name=names, number=st.sampled_from(NUMBERS), offer=st.booleans())
    def calls_somebody(self, name: str, number: str, offer: bool) -> None:
        async def act() -> None:
            self.house.phone(name).dials(number, offer=offer)

        self.run(act())

    @rule(seconds=st.sampled_from(MOMENTS))
    def time_passes(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    @precondition(lambda self: self.calls("ringing"))
    @rule(pick=picks, status=st.sampled_from((183, 200, 200, 200, 302, 486, 603)))
    def responds(self, pick: int, status: int) -> None:
        async def act() -> None:
            ringing = self.calls("ringing")
            _, call = ringing[pick % len(ringing)]
            call.respond(status)

        self.run(act())

    @precondition(lambda self: self.calls("calling"))
    @rule(pick=picks)
    def cancels(self, pick: int) -> None:
        async def act() -> None:
            calling = self.calls("calling")
            _, call = calling[pick % len(calling)]
            if not any(attempt.method == "CANCEL" for attempt in call.attempts):
                call.cancel()

        self.run(act())

    @precondition(lambda self: self.calls("talking"))
    @rule(
        pick=picks,
        direction=st.sampled_from(("sendonly", "inactive", "sendrecv")),
        method=st.sampled_from(("INVITE", "UPDATE")),
    )
    def holds_or_resumes(self, pick: int, direction: str, method: str) -> None:
        async def act() -> None:
            talking = self.calls("talking")
            _, call = talking[pick % len(talking)]
            call.request(method, body=call.sound.offer(direction))

        self.run(act())

    @precondition(lambda self: self.calls("talking"))
    @rule(pick=picks)
    def hangs_up(self, pick: int) -> None:
        async def act() -> None:
            talking = self.calls("talking")
            _, call = talking[pick % len(talking)]
            call.hang_up()

        self.run(act())

    @invariant()
    def every_live_leg_has_exactly_one_owner(self) -> None:
        calls = self.house.server.exchange.calls.values()
        legs = [leg for call in calls for leg in call.legs]
        assert len(legs) == len(set(legs))
        assert all(leg.owner is call for call in calls for leg in call.legs)

    @invariant()
    def ports_match_live_legs(self) -> None:
        legs = [leg for call in self.house.server.exchange.calls.values() for leg in call.legs]
        assert self.house.server.engine.ports_open == sum(leg.stream.end is not None for leg in legs)
        assert self.house.server.endpoint.sessions >= sum(leg.line is not None for leg in legs)

    @invariant()
    def nothing_crashed(self) -> None:
        assert self.house.happened(CallCrashed) == []

    def teardown(self) -> None:
        try:
            self.run(self._move_out())
        finally:
            self.runner.close()

    async def _move_out(self) -> None:
        house = self.house
        await asyncio.sleep(0.1)
        for _ in range(3):  # an answer may be on its way while its caller gives up
            for _, call in self.calls("talking"):
                call.hang_up()
            for _, call in self.calls("ringing"):
                call.respond(480)
            await asyncio.sleep(1)
        await house.settles(80)
        assert len(house.happened(CallArrived)) == len(house.happened(CallEnded))
        await house.__aexit__(None, None, None)


TestPeople = People.TestCase
TestPeople.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
