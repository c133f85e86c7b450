"""People at random: call, answer, decline, cancel, hold, hang up, misbehave. Legs have one owner, nothing leaks."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pbxd.config.snapshot import Configuration
from pbxd.events import CallArrived, CallCrashed, CallEnded
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.loop import VirtualClockLoop
from tests.support.network import MemoryNetwork, Rule
from tests.support.phone import Phone, PhoneCall
from tests.support.sound import Style

NAMES = ("anna", "anna-soft", "bo", "cora", "dan")
NUMBERS = ("201", "202", "203", "204", "+4588887703", "299")
MOMENTS = (0.0, 0.0, 0.004, 0.006, 0.02, 0.02, 0.1, 1.0)
"""Seconds after an act: none (so that the next one is in the same wake-up), on the wire, a moment later."""

names = st.sampled_from(NAMES)
picks = st.integers(0, 5)
moments = st.sampled_from(MOMENTS)
directions = st.sampled_from(("sendonly", "inactive", "sendrecv"))


@cache
def configuration(organization: str) -> Configuration:
    with tempfile.TemporaryDirectory() as directory:
        return configure(Path(directory), organization=organization)


class People(RuleBasedStateMachine):
    """Phones with few manners, on a network that loses, with an engine that has its moods."""

    organization = ORGANIZATION
    """Where they work."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualClockLoop)
        loop = self.runner.get_loop()
        assert isinstance(loop, VirtualClockLoop)
        network, clock = MemoryNetwork(), VirtualClock(loop)
        self.house = House(configuration(self.organization), network, clock)
        self.runner.run(self._move_in())

    async def _move_in(self) -> None:
        await self.house.start()
        for phone in await self.house.phones(*NAMES):
            phone.habits.preemptive = True

    def act(self, what: Callable[[], object], pause: float) -> None:
        """Do it, on the loop, and let a moment pass."""

        async def acting() -> None:
            what()
            await asyncio.sleep(pause)

        self.runner.run(acting())

    def pick(self, state: str, pick: int, *, inbound: bool = False) -> PhoneCall:
        """One of the phones' calls in this state."""
        found = self.calls(state, inbound=inbound)
        return found[pick % len(found)][1]

    def calls(self, state: str, *, inbound: bool = False) -> list[tuple[Phone, PhoneCall]]:
        return [
            (phone, call)
            for phone in map(self.house.phone, NAMES)
            for call in (*phone.calls_made, *phone.calls_got)
            if call.state == state and (call.invite or not inbound)
        ]

    def everybody_answers(self) -> None:
        for _, call in self.calls("ringing"):
            call.respond(200)

    @rule(name=names, number=st.sampled_from(NUMBERS), offer=st.booleans(), pause=moments)
    def calls_somebody(self, name: str, number: str, offer: bool, pause: float) -> None:
        self.act(lambda: self.house.phone(name).dials(number, offer=offer), pause)

    @rule(name=names, number=st.sampled_from(NUMBERS), pause=moments)
    def reaches_somebody(self, name: str, number: str, pause: float) -> None:
        self.act(lambda: self.house.phone(name).dials(number), 0.1)
        self.act(self.everybody_answers, pause)

    @rule(seconds=st.sampled_from((0.5, 6.0, 31.0)))
    def time_passes(self, seconds: float) -> None:
        self.act(lambda: None, seconds)

    @precondition(lambda self: self.calls("ringing"))
    @rule(pick=picks, status=st.sampled_from((183, 200, 200, 200, 200, 302, 486, 603)), pause=moments)
    def responds(self, pick: int, status: int, pause: float) -> None:
        self.act(lambda: self.pick("ringing", pick).respond(status), pause)

    @precondition(lambda self: self.calls("talking", inbound=True))
    @rule(pick=picks, pause=moments)
    def another_fork_answers_too(self, pick: int, pause: float) -> None:
        def answer() -> None:
            call = self.pick("talking", pick, inbound=True)
            first = call.tag
            call.respond(200, tag=f"{first}-fork")
            call.tag = first

        self.act(answer, pause)

    @precondition(lambda self: self.calls("calling"))
    @rule(pick=picks, pause=moments)
    def cancels(self, pick: int, pause: float) -> None:
        call = self.pick("calling", pick)
        if not any(attempt.method == "CANCEL" for attempt in call.attempts):
            self.act(call.cancel, pause)

    @precondition(lambda self: self.calls("talking"))
    @rule(pick=picks, direction=directions, method=st.sampled_from(("INVITE", "UPDATE")), pause=moments)
    def holds_or_resumes(self, pick: int, direction: str, method: str, pause: float) -> None:
        call = self.pick("talking", pick)
        self.act(lambda: call.request(method, body=call.sound.offer(direction)), pause)

    @precondition(lambda self: self.calls("talking"))
    @rule(pick=picks, pause=moments)
    def wants_an_offer(self, pick: int, pause: float) -> None:
        call = self.pick("talking", pick)
        call.offered = False
        self.act(lambda: call.request("INVITE"), pause)

    @precondition(lambda self: self.calls("talking"))
    @rule(pick=picks, formats=st.sampled_from(({8: "PCMA/8000"}, {9: "G722/8000"}, {18: "G729/8000"})), pause=moments)
    def wants_other_formats(self, pick: int, formats: dict[int, str], pause: float) -> None:
        call = self.pick("talking", pick)
        call.sound.style = Style(formats=formats)
        self.act(call.reoffer, pause)

    @precondition(lambda self: self.calls("talking"))
    @rule(pick=picks, pause=moments)
    def hangs_up(self, pick: int, pause: float) -> None:
        self.act(self.pick("talking", pick).hang_up, pause)

    @rule(loss=st.sampled_from((0.0, 0.0, 0.1, 0.5)))
    def the_network_gets_better_or_worse(self, loss: float) -> None:
        self.house.network.rule(Rule(loss=loss))

    @rule(seconds=st.sampled_from((0.0, 0.0, 0.003, 0.05)), refusing=st.sampled_from((False, False, False, True)))
    def media_ports_get_scarce_or_slow(self, seconds: float, refusing: bool) -> None:
        engine = self.house.engine
        engine.slowness, engine.refusing = seconds, refusing

    @rule(name=names, acknowledges=st.booleans(), obeys_cancel=st.booleans())
    def a_phone_changes_its_habits(self, name: str, acknowledges: bool, obeys_cancel: bool) -> None:
        habits = self.house.phone(name).habits
        habits.acknowledges, habits.obeys_cancel = acknowledges, obeys_cancel

    @precondition(lambda self: self.house.server.exchange.calls)
    @rule(pick=picks, pause=moments)
    def somebody_in_the_office_ends_a_call(self, pick: int, pause: float) -> None:
        exchange = self.house.server.exchange
        calls = list(exchange.calls)
        self.act(lambda: exchange.hangup(calls[pick % len(calls)], "asked to"), pause)

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
            self.runner.run(self._move_out())
        finally:
            self.runner.close()

    async def _move_out(self) -> None:
        house = self.house
        house.network.rule(Rule())
        house.engine.slowness = 0.0
        await asyncio.sleep(80)  # those who never acknowledge are given up by then
        for _ in range(3):  # an answer may be on its way while its caller gives up
            for _, call in self.calls("talking"):
                call.hang_up()
            await asyncio.sleep(1)
        for left in list(house.server.exchange.calls):  # whose BYE was lost eleven times
            house.server.exchange.hangup(left, "everybody has gone home")
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
