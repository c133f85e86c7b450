"""Messages that cross each other, and peers that don't keep to the rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pbxd.events import CallCrashed, CallEnded
from tests.support.house import House

pytestmark = pytest.mark.covers("CALL-1", "REL-4")


async def test_invite_and_cancel_in_one_wake_up(house: House) -> None:
    (bo,) = await house.phones("bo")
    trunk = house.trunk()
    call = trunk.dials("+4588887702")
    call.cancel()
    await trunk.fails(487)
    await bo.pause(1)
    assert all(got.state == "over" for got in bo.calls_got)
    assert house.happened(CallCrashed) == []
    await house.settles()


async def test_invite_cancel_and_again_a_hundred_times(house: House) -> None:
    (bo,) = await house.phones("bo")
    trunk = house.trunk()
    for _ in range(100):
        trunk.dials("+4588887702").cancel()
    await bo.pause(5)
    assert [call.status for call in trunk.calls_made] == [487] * 100
    assert all(got.state == "over" for got in bo.calls_got)
    await house.settles()


async def test_answer_and_cancel_cross(house: House) -> None:
    """Both reach pbxd in one wake-up; whichever comes first, caller and callee agree in the end."""
    anna, bo = await house.phones("anna", "bo")
    anna.dials("202")
    callee = await bo.rings()
    await anna.hears_ringing()
    callee.respond(200)
    anna.call.cancel()
    await anna.pause(1)
    if anna.call.state == "talking":
        assert callee.state == "talking"
        await anna.hangs_up()
        await bo.is_hung_up(callee)
    else:
        assert (anna.call.status, callee.state) == (487, "over")
    await house.settles()


@pytest.mark.parametrize("order", ["200 cancel bye", "cancel 200 bye", "bye 200 cancel", "200 bye cancel"])
async def test_answer_cancel_and_bye_in_one_wake_up(house: House, order: str) -> None:
    anna, bo = await house.phones("anna", "bo")
    caller = anna.dials("202")
    callee = await bo.rings()
    await anna.hears_ringing()
    ring = anna.got(180)[-1]
    caller.remote_tag = ring.to.tag
    acts: dict[str, Callable[[], object]] = {
        "200": lambda: callee.respond(200),
        "cancel": caller.cancel,
        "bye": lambda: caller.request("BYE"),
    }
    for what in order.split():
        acts[what]()
    await anna.pause(2)
    assert callee.state == "over"
    assert caller.attempt.final is not None
    assert house.happened(CallCrashed) == []
    assert len(house.happened(CallEnded)) == 1
    await house.settles()


async def test_bye_from_both_sides_at_once(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.dials("202")
    await bo.answers()
    await anna.is_answered()
    byes = [anna.call.hang_up(), bo.call.hang_up()]
    for bye in byes:
        final = await anna.watch.until(lambda bye=bye: bye.final, "an answer to BYE", 5)  # type: ignore[misc]
        assert final.status in (200, 481)
    await house.settles()


async def test_a_caller_that_never_acknowledges(house: House) -> None:
    """13.3.1.4: the 2xx is repeated for 64*T1, then the dialog is ended with BYE, for both."""
    anna, bo = await house.phones("anna", "bo")
    anna.habits.acknowledges = False
    anna.dials("202")
    await bo.answers()
    await anna.is_answered()
    await anna.is_hung_up(within=34)
    await bo.is_hung_up(within=1)
    answers = [response for response in anna.got(200) if response.cseq.method == "INVITE"]
    assert len(answers) == 11  # at 0, 0.5, 1.5, 3.5 and then every 4 s up to 31.5
    await house.settles()


async def test_a_callee_that_repeats_its_answer_gets_an_ack_each_time(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        call = await bo.answers()
        call.respond(200)
        call.respond(200)
        await bo.gets("ACK", count=3)
        assert len({request.to_bytes() for request in bo.got("ACK")}) == 1
    await house.settles()


async def test_a_retransmitted_invite_rings_nobody_twice(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.rings()
        for _ in range(3):
            anna.wire.send(call.attempt.data, anna.server)
        await anna.pause(1)
        assert len(bo.calls_got) == 1
        await bo.answers()
        await anna.is_answered()
        anna.wire.send(call.attempt.data, anna.server)
        await anna.hears(bo)
    await house.settles()


async def test_a_bye_that_nobody_answers(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.dials("202")
    await bo.answers()
    await anna.is_answered()
    bo.habits.responds = False
    await anna.hangs_up()
    await anna.pause(33)
    assert len(bo.got("BYE")) == 11  # timer E for 64*T1
    await house.settles()


async def test_a_cancel_for_nothing(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        cancel = call.cancel()
        final = await anna.watch.until(lambda: cancel.final, "an answer to CANCEL", 5)
        assert final.status in (200, 481)
        await anna.hears(bo)
    await house.settles()


async def test_a_caller_that_vanishes_while_it_rings_is_given_up(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.dials("202")
    await bo.rings()
    anna.habits.acknowledges = False
    house.network.partition(anna.host, anna.server.host)
    await bo.answers()
    await bo.is_hung_up(within=40)
    house.network.heal()
    await house.settles(80)
