"""Taking over by INVITE with Replaces (RFC 3891): a call of one's own on another device, and what rings elsewhere."""

from __future__ import annotations

import pytest

from pbxd.events import CallEnded, LegMoved, LegReplaced
from tests.support.house import House
from tests.support.phone import Phone
from tests.support.phone_call import PhoneCall


def means(call: PhoneCall, *, early_only: bool = False) -> tuple[str, str]:
    """The header that names a dialog of a phone's with us."""
    value = f"{call.call_id};to-tag={call.remote_tag};from-tag={call.tag}"
    return "Replaces", value + (";early-only" if early_only else "")


async def talk(caller: Phone, number: str, callee: Phone) -> None:
    caller.dials(number)
    await callee.answers()
    await caller.is_answered()


@pytest.mark.parametrize("side", ["caller", "callee"])
async def test_a_call_moves_to_another_device(house: House, side: str) -> None:
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    if side == "caller":
        await talk(anna, "202", bo)
    else:
        bo.dials("201")
        await soft.rings()
        await anna.answers()
        await bo.is_answered()
    soft.dials("201", headers=[means(anna.call), ("Require", "replaces")])
    await soft.is_answered()
    bye = await anna.is_hung_up()
    assert "completed elsewhere" in (bye.headers.get("Reason") or "")
    await soft.hears(bo)
    await bo.hears(soft)
    (replaced,) = house.happened(LegReplaced)
    (moved,) = house.happened(LegMoved)
    assert (replaced.party, replaced.by, moved.into) == ("anna-desk", moved.leg, replaced.call)
    assert [ended.call for ended in house.happened(CallEnded)] == [moved.call]
    await soft.hangs_up()
    await bo.is_hung_up()
    await house.settles()


async def test_who_took_over_is_hung_up_on(house: House) -> None:
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    await talk(anna, "202", bo)
    soft.dials("201", headers=[means(anna.call)])
    await soft.is_answered()
    await bo.hangs_up()
    await soft.is_hung_up()
    await house.settles()


async def test_other_formats_are_offered_to_the_far_end(house: House) -> None:
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    anna.style.formats = {8: "PCMA/8000"}
    soft.style.formats = {9: "G722/8000"}
    await talk(anna, "202", bo)
    bo.style.formats = {8: "PCMA/8000", 9: "G722/8000"}
    soft.dials("201", headers=[means(anna.call)])
    await soft.is_answered()
    await bo.gets("INVITE")
    await bo.hears(soft)
    await soft.hears(bo)
    await soft.hangs_up()
    await house.settles()


async def test_a_call_without_offer_takes_over(house: House) -> None:
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    await talk(anna, "202", bo)
    soft.dials("201", offer=False, headers=[means(anna.call)])
    await soft.is_answered()
    await soft.hears(bo)
    await bo.hears(soft)
    await soft.hangs_up()
    await house.settles()


async def test_what_rings_on_one_device_is_answered_by_another(house: House) -> None:
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    bo.dials("201")
    ringing = await anna.rings()
    await soft.rings()
    soft.calls_got[0].respond(486)
    await bo.pause(0.1)
    soft.dials("201", headers=[means(ringing)])
    await soft.is_answered()
    await bo.is_answered()
    await anna.stops_ringing(reason="completed elsewhere")
    await bo.hears(soft)
    await soft.hears(bo)
    await bo.hangs_up()
    await soft.is_hung_up()
    await house.settles()
    assert [(ended.result, ended.reason) for ended in house.happened(CallEnded)] == [
        ("answered", "answered for anna-desk"),
        ("answered", "the caller hung up"),
    ]


async def test_the_answer_crosses_the_pickup(house: House) -> None:
    """Whoever is first has the call; the other one is sent away."""
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    bo.dials("201")
    ringing = await anna.rings()
    await soft.rings()
    ringing.respond(200)
    soft.dials("201", headers=[means(ringing)])
    await bo.is_answered()
    await bo.pause(1)
    states = [ringing.state, soft.call.state]
    assert states.count("talking") == 1
    await bo.hangs_up()
    await house.settles()


@pytest.mark.parametrize("early_only", [False, True])
async def test_the_statuses_of_rfc_3891(house: House, early_only: bool) -> None:
    anna, soft, bo, cora = await house.phones("anna", "anna-soft", "bo", "cora")
    await talk(anna, "202", bo)
    if early_only:
        async with soft.calls("201", headers=[means(anna.call, early_only=True)]):
            await soft.fails(486)  # it is confirmed already
    async with cora.calls("201", headers=[means(anna.call, early_only=early_only)]):
        await cora.fails(403)  # it is somebody else's
    known = anna.call.tag
    anna.call.tag = "another"
    async with soft.calls("201", headers=[means(anna.call)]):
        await soft.fails(481)  # all three must match
    anna.call.tag = known
    await anna.hears(bo)
    await anna.hangs_up()
    async with soft.calls("201", headers=[means(anna.call)]):
        await soft.fails(481)
    await house.settles()


async def test_an_early_dialog_that_its_own_user_began(house: House) -> None:
    """Only what we called with may be picked up (RFC 3891 3)."""
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    call = anna.dials("202")
    await bo.rings()
    provisional = await anna.hears_ringing()
    call.remote_tag = provisional.to.tag
    async with soft.calls("201", headers=[means(call)]):
        await soft.fails(481)
    await anna.cancels(call)
    await house.settles()


async def test_a_colleague_whom_the_party_sent(house: House) -> None:
    """A phone that transfers by itself tells the other one the dialog, and says who it is (RFC 3892)."""
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    by = ("Referred-By", "<sip:anna-desk@house.example>")
    cora.dials("201", headers=[means(anna.call), by])
    await cora.is_answered()
    await anna.is_hung_up()
    await cora.hears(bo)
    await cora.hangs_up()
    await house.settles()


async def test_nothing_to_talk_in(house: House) -> None:
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    soft.style.formats = {18: "G729/8000"}
    await talk(anna, "202", bo)
    async with soft.calls("201", headers=[means(anna.call)]):
        await soft.fails(488)
    await anna.hears(bo)
    await anna.hangs_up()
    await house.settles()


async def test_the_tags_as_a_busy_lamp_shows_them(house: House) -> None:
    """A phone that reads the dialog from the watched phone's side writes them the other way round."""
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    await talk(anna, "202", bo)
    value = f"{anna.call.call_id};to-tag={anna.call.tag};from-tag={anna.call.remote_tag}"
    soft.dials("201", headers=[("Replaces", value)])
    await soft.is_answered()
    await anna.is_hung_up()
    await soft.hangs_up()
    await house.settles()
