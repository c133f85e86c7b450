"""Anna calls Bo: who rings, what each of them is shown, and how it ends."""

from __future__ import annotations

import pytest

from pbxd.events import CallArrived, CallEnded, LegAnswered, RequestRefused, RouteDecided
from pbxd.sip.message import Request
from pbxd.store import Search
from tests.support.house import House

pytestmark = pytest.mark.covers("CALL-1")


async def test_anna_calls_bo_and_they_talk(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.rings(from_="201", shows="Anna Holm")
        await anna.hears_ringing()
        await bo.answers()
        await anna.is_answered()
        await anna.hears(bo)
        await bo.hears(anna)
        await anna.pause(60)
        await anna.hangs_up()
        await bo.is_hung_up()
    await house.settles()
    (ended,) = house.happened(CallEnded)
    assert (ended.result, ended.status) == ("answered", 200)
    assert ended.talk_seconds == pytest.approx(60, abs=2)


async def test_the_callee_hangs_up(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await bo.hangs_up()
        await anna.is_hung_up()
    await house.settles()


@pytest.mark.covers("NUM-3")
@pytest.mark.parametrize("number", ["202", "+4588887702", "4588887702", "88887702", "004588887702"])
async def test_a_colleague_has_one_number_in_many_spellings(house: House, number: str) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls(number):
        await bo.answers()
        await anna.is_answered()


async def test_the_callee_is_busy(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.declines(486)
        await anna.fails(486)
    await house.settles()
    assert [ended.result for ended in house.happened(CallEnded)] == ["busy"]


async def test_the_callee_declines(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.declines(603)
        await anna.fails(603)
    await house.settles()
    assert [ended.result for ended in house.happened(CallEnded)] == ["declined"]


async def test_nobody_answers(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.rings()
        await bo.stops_ringing(within=31)
        await anna.fails(480, within=1)
    await house.settles()
    assert [ended.result for ended in house.happened(CallEnded)] == ["no-answer"]


async def test_the_callee_is_not_registered(house: House) -> None:
    (anna,) = await house.phones("anna")
    async with anna.calls("202"):
        await anna.fails(480, within=1)
    await house.settles()
    assert [ended.result for ended in house.happened(CallEnded)] == ["unreachable"]


async def test_an_unknown_number(house: House) -> None:
    (anna,) = await house.phones("anna")
    async with anna.calls("299"):
        await anna.fails(404, within=1)
    await house.settles()


async def test_the_callees_phone_is_silent(house: House) -> None:
    """Registered, but gone: timer B of the INVITE, 32 s, is longer than it rings."""
    anna, bo = await house.phones("anna", "bo")
    bo.habits.responds = False
    async with anna.calls("202"):
        await anna.fails(480, within=33)
    await house.settles()


async def test_the_caller_cancels(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.rings()
        await anna.cancels()
        await bo.stops_ringing()
    await house.settles()
    assert [ended.result for ended in house.happened(CallEnded)] == ["cancelled"]


@pytest.mark.covers("SEC-1")
async def test_a_caller_without_credentials_is_asked_and_then_nothing_more_happens(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.habits.authenticates = False
    async with anna.calls("202"):
        await anna.fails(401)
    await bo.does_not_ring()
    assert house.happened(CallArrived) == []
    await house.settles()


@pytest.mark.covers("SEC-1")
async def test_a_caller_with_a_wrong_password(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.credentials.password = "guess"
    async with anna.calls("202"):
        await anna.fails(401)
    await bo.does_not_ring()
    assert house.happened(CallArrived) == []
    assert [refused.method for refused in house.happened(RequestRefused)] == ["INVITE"]


@pytest.mark.covers("SEC-1")
async def test_nobody_calls_in_anothers_name(house: House) -> None:
    """What From says is decoration: who calls is who proved to be."""
    anna, bo = await house.phones("anna", "bo")
    anna.username = "cora-desk"
    async with anna.calls("202"):
        await bo.rings(from_="201", shows="Anna Holm")


async def test_the_decision_comes_with_its_reasons(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("88887702"):
        await bo.rings()
    (decided,) = house.happened(RouteDecided)
    assert decided.called == "+4588887702"
    assert "bo-desk" in decided.treatment
    assert any("202" in line or "+4588887702" in line for line in decided.trail)


async def test_events_tell_the_story_in_order(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    before = len(house.events)
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
    await house.settles()
    names = [type(event).__name__ for event in house.events[before:]]
    assert names == [
        "CallArrived",
        "RouteDecided",
        "LegDialled",
        "LegRinging",
        "LegAnswered",
        "LegAnswered",
        "LegEnded",
        "LegEnded",
        "CallEnded",
    ]
    assert len({event.call for event in house.happened(LegAnswered)}) == 1


@pytest.mark.covers("API-2")
async def test_the_record_of_a_call(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await anna.pause(10)
    await house.settles()
    (record,) = await house.store.calls.find(Search(limit=10))
    assert (record.called, record.result, record.caller_name) == ("202", "answered", "Anna Holm")
    assert record.talk_seconds == pytest.approx(10, abs=1)
    assert [leg.party for leg in record.legs] == ["anna-desk", "bo-desk"]


async def test_options_within_a_call(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        options = call.request("OPTIONS")
        final = await anna.watch.until(lambda: options.final, "an answer to OPTIONS", 1)
        assert final.status == 200


async def test_a_request_in_a_dialog_that_never_was(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        stranger = call.request("BYE", remote_tag="never-given")
        final = await anna.watch.until(lambda: stranger.final, "an answer to BYE", 1)
        assert final.status == 481
        await anna.hears(bo)


async def test_a_call_over_tcp_with_a_large_message(house: House) -> None:
    anna = await house.tcp_phone("anna")
    await anna.registers()
    (bo,) = await house.phones("bo")
    anna.style.attributes = tuple(f"a=x-filler-{i}:{'x' * 200}" for i in range(40))
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await anna.hears(bo)
    await house.settles()


async def test_a_caller_hears_no_more_hops_than_allowed(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        call = await bo.rings()
        assert isinstance(call.invite, Request)
        assert call.invite.max_forwards is not None
        assert 0 < call.invite.max_forwards <= 70
