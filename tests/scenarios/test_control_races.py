"""What people do to the same call at the same time, and what makes no sense: it ends well, and nothing is left over.

Moments are swept in steps of the network's half round trip, so that each message meets each other one on its way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbxd.events import CallCrashed, CallTransferred, RouteDecided, TransferFailed
from tests.scenarios.test_replaces import means
from tests.scenarios.test_visits import GROUPED, GROUPS
from tests.support.clock import VirtualClock
from tests.support.house import House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone
from tests.support.phone_call import PhoneCall

MOMENTS = [round(0.0025 * step, 4) for step in range(1, 13)]
"""Seconds, from before the first message arrives to after the last of an exchange with a challenge."""
LATER = [0.1, 0.5, 1.5]
"""While somebody is told something, and when all have heard it."""


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """The house, where Cora may come into Anna's calls."""
    async with House(configure(tmp_path, organization=GROUPED + GROUPS), network, clock) as house:
        yield house


async def talk(caller: Phone, number: str, callee: Phone) -> None:
    caller.dials(number)
    await callee.answers()
    await caller.is_answered()


async def all_end(house: House, *phones: Phone) -> None:
    """Whoever still talks hangs up, whoever still calls gives up; then the server is as it was, and no bug was met."""
    await phones[0].pause(1)
    for phone in phones:
        for call in [*phone.calls_made, *phone.calls_got]:
            if call.state == "talking":
                call.hang_up()
            elif call.state == "calling":
                call.cancel()
    await house.settles()
    assert house.happened(CallCrashed) == []


async def gives_up(call: PhoneCall) -> None:
    """Cancels, and hangs up where the answer has crossed that, as a phone does."""
    while call.state in ("calling", "talking"):
        call.cancel() if call.state == "calling" else call.hang_up()
        await call.phone.pause(0.1)


def refer(phone: Phone, to: str) -> None:
    phone.call.request("REFER", headers=[("Refer-To", f"<{phone.uri_of(to)}>")])


@pytest.mark.covers("CALL-3")
async def test_both_sides_transfer_at_once(house: House) -> None:
    """The first one's wish counts; the other one is asked to try again, and is where it went then."""
    anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
    await talk(anna, "202", bo)
    refer(anna, "203")
    refer(bo, "204")
    await cora.answers()
    await cora.hears(bo)
    await bo.hears(cora)
    assert len(bo.got(491)) == 1
    assert dan.calls_got == []
    assert [(one.party, one.to) for one in house.happened(CallTransferred)] == [("anna-desk", "203")]
    await anna.is_hung_up()
    await all_end(house, bo, cora)


@pytest.mark.covers("CALL-3")
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("leaver", ["bo", "anna"])
async def test_somebody_hangs_up_while_the_other_transfers_him(house: House, moment: float, leaver: str) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    refer(anna, "203")
    await anna.pause(moment)
    {"anna": anna, "bo": bo}[leaver].call.hang_up()
    await cora.pause(1)
    for call in cora.calls_got:
        if call.state == "ringing":
            call.respond(200)
    await all_end(house, anna, bo, cora)


@pytest.mark.covers("CALL-3")
@pytest.mark.parametrize("moment", MOMENTS)
async def test_the_target_answers_and_hangs_up_at_once(house: House, moment: float) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    refer(anna, "203")
    ringing = await cora.rings()
    ringing.respond(200)
    await cora.pause(moment)
    if ringing.state == "talking":
        ringing.hang_up()
    await anna.is_hung_up()
    await bo.is_hung_up()
    await all_end(house, anna, bo, cora)


@pytest.mark.covers("CALL-3")
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("leaver", ["bo", "cora", "anna"])
async def test_somebody_hangs_up_while_two_calls_are_joined(house: House, moment: float, leaver: str) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    first = anna.call
    await anna.holds(first)
    await talk(anna, "203", cora)
    second = anna.call
    means_second = f"{second.call_id}%3Bto-tag%3D{second.remote_tag}%3Bfrom-tag%3D{second.tag}"
    first.request("REFER", headers=[("Refer-To", f"<{anna.uri_of('203')}?Replaces={means_second}>")])
    await anna.pause(moment)
    for call in [first, second] if leaver == "anna" else [{"bo": bo, "cora": cora}[leaver].call]:
        if call.state == "talking":
            call.hang_up()
    await all_end(house, anna, bo, cora)


@pytest.mark.covers("CALL-4")
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_pickup_while_the_callee_answers(house: House, moment: float) -> None:
    """One of the two has the call."""
    anna, bo, soft = await house.phones("anna", "bo", "anna-soft")
    bo.dials("201")
    ringing = await anna.rings()
    await soft.rings()
    soft.dials("*8*")
    await soft.pause(moment)
    if ringing.state == "ringing":
        ringing.respond(200)
    await bo.is_answered()
    await bo.pause(1)
    assert [ringing.state, soft.calls_made[-1].state].count("talking") == 1
    await all_end(house, bo, anna, soft)


@pytest.mark.covers("CALL-4")
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_pickup_while_the_caller_gives_up(house: House, moment: float) -> None:
    anna, bo, soft = await house.phones("anna", "bo", "anna-soft")
    bo.dials("201")
    await anna.rings()
    await soft.rings()
    soft.dials("*8*")
    await soft.pause(moment)
    await gives_up(bo.call)
    await soft.pause(1)
    assert soft.calls_made[-1].state == "over"
    await all_end(house, bo, anna, soft)


@pytest.mark.covers("CALL-5")
@pytest.mark.parametrize("moment", MOMENTS + LATER)
@pytest.mark.parametrize("leaver", ["anna", "bo", "cora"])
@pytest.mark.parametrize("code", ["*65*201*", "*68*201*"], ids=["intrude", "barge"])
async def test_somebody_hangs_up_at_each_step_of_an_intrusion(
    house: House, moment: float, leaver: str, code: str
) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    coming = cora.dials(code)
    await cora.pause(moment)
    await gives_up({"anna": anna.call, "bo": bo.call, "cora": coming}[leaver])
    await cora.pause(3)
    if leaver == "cora":
        await anna.hears(bo)
        await bo.hears(anna)
    elif leaver == "anna" or code == "*68*201*":
        assert [phone.call.state for phone in (anna, bo)] == ["over", "over"]
        assert coming.state == "over"
    elif coming.state == "talking":  # who waited has gone: they go on
        await anna.hears(cora)
        await cora.hears(anna)
    await all_end(house, anna, bo, cora)


@pytest.mark.covers("CALL-3")
@pytest.mark.parametrize("moment", [0.0, *MOMENTS])
async def test_a_call_is_taken_over_that_has_just_ended(house: House, moment: float) -> None:
    """RFC 3891 3: of a dialog that is no more there is nothing to take, which is 481; and 603 nothing to be seen of."""
    anna, bo, soft = await house.phones("anna", "bo", "anna-soft")
    await talk(anna, "202", bo)
    taking = soft.dials("202", headers=[means(anna.call)])
    await soft.pause(moment)
    bo.call.hang_up()
    await soft.pause(1)
    assert taking.state == "over"
    assert anna.call.state == "over"
    await all_end(house, anna, bo, soft)


@pytest.mark.covers("CALL-3")
@pytest.mark.parametrize("to", ["201", "202"], ids=["to oneself", "to whom one talks to"])
async def test_a_transfer_to_who_is_in_the_call(house: House, to: str) -> None:
    """No phone rings itself, and so the two talk on."""
    anna, bo = await house.phones("anna", "bo")
    await talk(anna, "202", bo)
    await anna.transfers(to)
    await anna.hears_of_transfer(480)
    await anna.hears(bo)
    await bo.hears(anna)
    assert [(one.to, one.status) for one in house.happened(TransferFailed)] == [(to, 480)]
    await all_end(house, anna, bo)


@pytest.mark.covers("CALL-3")
async def test_a_transfer_to_another_phone_of_one_s_own(house: House) -> None:
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    await talk(anna, "202", bo)
    await anna.transfers("201")
    await soft.answers()
    await anna.is_hung_up()
    await soft.hears(bo)
    await all_end(house, soft, bo)


@pytest.mark.covers("CALL-3")
async def test_calls_are_transferred_in_a_circle(house: House) -> None:
    """As long as people want to: it stays one call of one caller, and nothing grows with it."""
    anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
    await talk(anna, "202", bo)
    circle = [(bo, "203", cora), (cora, "204", dan), (dan, "202", bo)]
    for referrer, number, target in circle * 7:
        refer(referrer, number)
        await target.answers()
        await referrer.is_hung_up()
        await anna.hears(target)
    assert len(house.happened(CallTransferred)) == 21
    assert len(house.server.exchange.calls) == 1
    await all_end(house, anna, bo, cora, dan)


@pytest.mark.covers("CALL-3")
async def test_a_transfer_into_a_circle_of_diversions(house: House) -> None:
    """Nobody rings; the voicemail of who was wanted answers, and who transferred is out."""
    anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
    for phone, to in ((cora, "204"), (dan, "203")):
        phone.dials(f"*21*{to}*")
        await phone.fails(480)
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await bo.hears_of_transfer(200)
    await bo.is_hung_up()
    assert not cora.calls_got
    assert not dan.calls_got
    assert house.happened(RouteDecided)[-1].treatment == "voicemail of cora"
    assert anna.call.state == "talking"
    await all_end(house, anna)
