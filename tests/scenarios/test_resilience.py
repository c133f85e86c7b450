"""Bugs and failures cost the call that they happen in, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbxd.calls.call import Call
from pbxd.dialplan.treatment import Outcome, Ring, Treatment
from pbxd.events import CallCrashed, CallEnded, MediaProblem
from pbxd.treatments import perform as perform_treatment
from tests.support.clock import VirtualClock
from tests.support.house import House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

pytestmark = pytest.mark.covers("REL-1")


async def is_over(phone: Phone, within: float = 5) -> int:
    """Wait until the phone's call is over; returns its status."""
    await phone.watch.until(lambda: phone.call.state == "over", f"the end of {phone.name}'s call", within)
    return phone.call.status


async def test_shutting_down_ends_calls_and_keeps_bindings(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.dials("202")
    await bo.answers()
    await anna.is_answered()
    begun = house.clock.monotonic()
    await house.stop()
    assert house.clock.monotonic() - begun < 5
    await anna.is_hung_up()
    await bo.is_hung_up()
    assert [ended.result for ended in house.happened(CallEnded)] == ["shutdown"]
    assert len(house.store.bindings.rows) == 2
    await house.start()


async def test_shutting_down_while_it_rings(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.dials("202")
    await bo.rings()
    await house.stop()
    await bo.stops_ringing()
    assert await is_over(anna) in (480, 487, 500, 503)
    await house.start()


async def test_shutting_down_does_not_wait_for_the_dead(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.dials("202")
    await bo.answers()
    await anna.is_answered()
    for phone in (anna, bo):
        house.network.partition(phone.host, phone.server.host)
    begun = house.clock.monotonic()
    await house.stop()
    assert house.clock.monotonic() - begun < 5
    house.network.heal()
    await house.start()


async def test_garbage_is_survived(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    for garbage in (b"", b"\r\n\r\n", b"\x00" * 100, b"INVITE", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 60_000):
        anna.wire.send(garbage, anna.server)
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
    await house.settles()


async def test_an_invite_with_a_broken_description_is_refused(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.style.before = ("m=audio -1 RTP/AVP 0",)
    async with anna.calls("202"):
        assert await is_over(anna) in (400, 488)
    assert bo.calls_got == []
    await house.settles()


async def test_a_bug_in_a_treatment_costs_that_call_only(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    async def perform(call: Call, treatment: Treatment) -> Outcome:
        if isinstance(treatment, Ring) and "cora-desk" in str(treatment):
            raise ZeroDivisionError("a bug")
        return await perform_treatment(call, treatment)

    async with House(configure(tmp_path), network, clock, perform=perform) as house:
        anna, bo, dan, _ = await house.phones("anna", "bo", "dan", "cora")
        async with anna.calls("202"):
            await bo.answers()
            await anna.is_answered()
            async with dan.calls("203"):
                await dan.fails(500)
            (crash,) = house.happened(CallCrashed)
            assert "ZeroDivisionError: a bug" in crash.error
            await anna.hears(bo)
        await house.settles()
        assert sorted(ended.result for ended in house.happened(CallEnded)) == ["answered", "crashed"]


async def test_a_bug_after_the_answer_hangs_up_on_both(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    async def perform(call: Call, treatment: Treatment) -> Outcome:
        await perform_treatment(call, treatment)
        raise ZeroDivisionError("a bug")

    async with House(configure(tmp_path), network, clock, perform=perform) as house:
        anna, bo = await house.phones("anna", "bo")
        anna.dials("202")
        await bo.answers()
        await anna.is_answered()
        await bo.hangs_up()
        await anna.is_hung_up()
        await house.settles()


async def test_no_port_is_free(house: House) -> None:
    engine = house.engine
    anna, bo = await house.phones("anna", "bo")
    engine.refusing = True
    async with anna.calls("202"):
        assert await is_over(anna) in (480, 500, 503)
    assert bo.calls_got == []
    engine.refusing = False
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
    await house.settles()


@pytest.mark.parametrize("command", ["open", "configure", "hear", "close"])
async def test_a_broken_engine_costs_the_calls_that_need_it(house: House, command: str) -> None:
    engine = house.engine
    anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        engine.broken.add(command)
        cora.dials("204")
        await cora.pause(0.1)
        for call in dan.calls_got:
            call.respond(200)
        await cora.pause(1)
        for phone in (cora, dan):
            for call in (*phone.calls_made, *phone.calls_got):
                if call.state == "talking":
                    call.hang_up()
        await cora.pause(1)
        engine.broken.clear()
        await anna.hears(bo)
    await house.settles(80)
    assert len(house.happened(CallCrashed)) >= 1


async def test_a_port_that_fails_ends_its_call_and_says_why(house: House) -> None:
    engine = house.engine
    anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        async with cora.calls("204"):
            await dan.answers()
            await cora.is_answered()
            call = next(call for call in house.server.exchange.calls.values() if call.subject.party == "cora-desk")
            assert call.subject.stream.end
            engine.fail(call.subject.stream.end.port, "the worker died")
            await cora.is_hung_up()
            await dan.is_hung_up()
        assert [problem.reason for problem in house.happened(MediaProblem)] == ["the worker died"]
        await anna.hears(bo)
    await house.settles()


@pytest.mark.parametrize("moment", [0.0, 0.001, 0.005, 0.099, 0.1, 0.101, 0.15, 0.2, 0.205, 0.21])
async def test_a_caller_who_cancels_while_ports_are_being_opened(house: House, moment: float) -> None:
    engine = house.engine
    (bo,) = await house.phones("bo")
    engine.slowness = 0.1
    trunk = house.trunk()
    call = trunk.dials("+4588887702")
    await bo.pause(moment)
    call.cancel()
    await trunk.fails(487)
    await bo.pause(1)
    assert all(got.state == "over" for got in bo.calls_got)
    await house.settles()


async def test_one_answers_while_the_ports_of_others_are_being_opened(house: House) -> None:
    engine = house.engine
    bo, desk, soft = await house.phones("bo", "anna", "anna-soft")
    engine.slowness = 0.5
    async with bo.calls("201"):
        await desk.rings()
        await desk.answers()
        await bo.is_answered()
        await bo.hears(desk)
        await bo.pause(2)
        assert all(call.state == "over" for call in soft.calls_got)
    await house.settles()
