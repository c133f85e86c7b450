"""Transfers by REFER: to somebody new, to whom one has talked to before, and back again (CALL-3)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from pbxd.events import CallEnded, CallTransferred, LegAdopted, LegMoved, RouteDecided, TransferFailed
from tests.support.house import House
from tests.support.phone import Habits, Phone

pytestmark = pytest.mark.covers("CALL-3")


def trail(house: House) -> list[str]:
    """The words of all decisions."""
    return [words for decided in house.happened(RouteDecided) for words in decided.trail]


async def talk(caller: Phone, number: str, callee: Phone) -> None:
    """``caller`` calls ``callee``, who answers."""
    caller.dials(number)
    await callee.answers()
    await caller.is_answered()


@pytest.mark.parametrize("referrer", ["anna", "bo"])
async def test_a_blind_transfer(house: House, referrer: str) -> None:
    """Whoever transfers, caller or callee: the other one gets through, and the one who transferred is let go."""
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    leaving, staying = (anna, bo) if referrer == "anna" else (bo, anna)
    await leaving.transfers("203")
    first = await leaving.hears_of_transfer(100)
    assert (first.headers.get("Subscription-State") or "").startswith("active")
    await cora.rings(from_={"anna": "201", "bo": "202"}[staying.name])
    await leaving.hears_of_transfer(180)
    await cora.answers()
    last = await leaving.hears_of_transfer(200)
    assert last.headers.get("Subscription-State") == "terminated;reason=noresource"
    bye = await leaving.is_hung_up()
    assert "Call transferred" in (bye.headers.get("Reason") or "")
    await staying.hears(cora)
    await cora.hears(staying)
    (moved,) = house.happened(CallTransferred)
    assert (moved.party, moved.to, moved.attended) == (f"{referrer}-desk", "203", False)
    assert f"transfer: {referrer} transfers {staying.name} to 203" in trail(house)
    await staying.hangs_up()
    await cora.is_hung_up()
    (ended,) = house.happened(CallEnded)
    assert ended.result == "answered"
    await house.settles()


async def test_the_callee_of_a_transfer_hangs_up(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await cora.answers()
    await bo.is_hung_up()
    await cora.hangs_up()
    await anna.is_hung_up()
    await house.settles()


async def test_who_transferred_hangs_up_at_once(house: House) -> None:
    """And is told the outcome all the same (RFC 5057): its dialog lives on for that."""
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    call = bo.call
    await bo.transfers("203")
    await bo.hangs_up()
    await cora.answers()
    await bo.hears_of_transfer(200, call)
    assert [one for one in call.requests if one.method == "BYE"] == []
    await anna.hears(cora)
    await anna.hangs_up()
    await house.settles()


@pytest.mark.parametrize("status", [486, 603])
async def test_a_failed_transfer_comes_back(house: House, status: int) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    await bo.holds()
    await bo.transfers("203")
    await cora.declines(status)
    last = await bo.hears_of_transfer(status)
    assert (last.headers.get("Subscription-State") or "").startswith("terminated")
    (failed,) = house.happened(TransferFailed)
    assert (failed.party, failed.to, failed.status) == ("bo-desk", "203", status)
    assert house.happened(CallTransferred) == []
    await bo.resumes()
    await anna.hears(bo)
    await bo.hears(anna)
    await bo.transfers("204", expect=202)  # once more, to nobody's phone
    await bo.hears_of_transfer(480)
    await bo.hangs_up()
    await anna.is_hung_up()
    await house.settles()


async def test_a_failed_transfer_rings_back_whoever_hung_up(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await bo.hangs_up()
    await cora.declines(486)
    await bo.rings(from_="201", shows="Anna Holm")
    await bo.answers()
    await anna.hears(bo)
    assert "transfer: Busy Here, so the call goes back to bo" in trail(house)
    await anna.hangs_up()
    await bo.is_hung_up()
    await house.settles()


async def test_nobody_is_there_when_the_transfer_comes_back(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await bo.hangs_up()
    await cora.declines(486)
    await bo.declines(486)
    await anna.is_hung_up()
    (ended,) = house.happened(CallEnded)
    assert (ended.result, ended.reason) == ("answered", "transfer: whoever asked for it can't be reached")
    await house.settles()


async def test_whom_a_transfer_is_about_hangs_up_meanwhile(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await cora.rings()
    await anna.hangs_up()
    await cora.stops_ringing()
    await bo.hears_of_transfer(487)
    await bo.is_hung_up()
    await house.settles()


@pytest.mark.parametrize("first", ["REFER", "BYE"])
async def test_a_refer_that_crosses_the_other_side_s_bye(house: House, first: str) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    refer = [("Refer-To", "<sip:203@house.example>")]
    if first == "REFER":
        bo.call.request("REFER", headers=refer)
        anna.call.hang_up()
    else:
        anna.call.hang_up()
        bo.call.request("REFER", headers=refer)
    await bo.is_hung_up()
    await bo.pause(1)
    assert all(call.state == "over" for call in cora.calls_got)
    await house.settles()


async def test_the_answer_crosses_the_hang_up(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    ringing = await cora.rings()
    anna.call.hang_up()
    ringing.respond(200)
    await cora.is_hung_up()
    await bo.is_hung_up()
    await house.settles()


async def test_a_second_refer_while_one_is_under_way(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await cora.rings()
    await bo.transfers("204", expect=491)
    await anna.transfers("204", expect=491)
    await cora.answers()
    await bo.is_hung_up()
    await anna.hangs_up()
    await house.settles()


async def test_a_transfer_of_a_transfer(house: House) -> None:
    anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await cora.answers()
    await bo.is_hung_up()
    await cora.transfers("204")
    await dan.rings(from_="201")
    await dan.answers()
    await cora.is_hung_up()
    await dan.hears(anna)
    await anna.hangs_up()
    await house.settles()


@pytest.mark.covers("CODE-11")
async def test_a_transfer_to_somebody_s_voicemail(house: House) -> None:
    """Whoever is put through to us has got through: who transferred is told so, and is out, while we talk."""
    anna, bo = await house.phones("anna", "bo")
    await talk(anna, "202", bo)
    await bo.transfers("*1*203*")
    last = await bo.hears_of_transfer(200)
    assert last.headers.get("Subscription-State") == "terminated;reason=noresource"
    await bo.is_hung_up()
    assert anna.call.state == "talking"
    assert [one.to for one in house.happened(CallTransferred)] == ["*1*203*"]
    await anna.hangs_up()
    await house.settles()


async def test_a_transfer_without_notify(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    accepted = await bo.transfers("203", headers=[("Refer-Sub", "false"), ("Require", "norefersub")])
    assert accepted.headers.get("Refer-Sub") == "false"
    await cora.answers()
    await bo.is_hung_up()
    assert [one for one in bo.call.requests if one.method == "NOTIFY"] == []
    await anna.hangs_up()
    await house.settles()


async def test_a_caller_from_outside_is_transferred(house: House) -> None:
    bo, cora = await house.phones("bo", "cora")
    outsider = house.trunk()
    await talk(outsider, "+4588887702", bo)
    await bo.transfers("203")
    await cora.rings(from_="trunk")
    await cora.answers()
    await bo.is_hung_up()
    await cora.hears(outsider)
    await outsider.hangs_up()
    await house.settles()


@pytest.mark.parametrize(("to", "status"), [("+4533123456", 200), ("+4588887799", 404)])
async def test_a_transfer_to_a_number_outside(house: House, to: str, status: int) -> None:
    """It goes where the one who transfers may call, and shows his number."""
    anna, bo = await house.phones("anna", "bo")
    outsider = house.trunk()
    await talk(anna, "202", bo)
    await bo.transfers(to)
    if status == 200:
        await outsider.rings(from_="+4588887702")
        await outsider.answers()
        await outsider.hears(anna)
    await bo.hears_of_transfer(status)
    await anna.hangs_up()
    await house.settles()


async def test_a_carrier_transfers_to_our_own_numbers_only(house: House) -> None:
    bo, cora = await house.phones("bo", "cora")
    outsider = house.trunk()
    await talk(outsider, "+4588887702", bo)
    await outsider.transfers("+4533123456")
    await outsider.hears_of_transfer(404)
    await outsider.transfers("+4588887703")
    await cora.answers()
    await cora.hears(bo)
    await bo.hangs_up()
    await house.settles()


async def test_no_formats_in_common_with_the_new_party(house: House) -> None:
    """Whoever can't hear the other is offered what that one has."""
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    cora.style.formats = {9: "G722/8000"}
    anna.style.formats = {8: "PCMA/8000", 9: "G722/8000"}
    bo.style.formats = {8: "PCMA/8000"}
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await cora.answers()
    await bo.is_hung_up()
    await anna.gets("INVITE")
    await anna.hears(cora)
    await cora.hears(anna)
    await anna.hangs_up()
    await house.settles()


async def test_a_refer_outside_of_any_call(house: House) -> None:
    (anna,) = await house.phones("anna")
    await anna.sends("REFER", "sip:202@house.example", headers=[("Refer-To", "<sip:203@house.example>")], expect=403)


async def test_a_phone_that_does_not_answer_its_notify_keeps_its_call(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    bo.habits = Habits(responds=False)
    await cora.declines(486)
    await bo.pause(40)
    assert bo.call.state == "talking"
    bo.habits = Habits()
    await bo.hears(anna)
    await bo.hangs_up()
    await house.settles()


# To whom one has talked to before ----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["anna calls", "bo calls"])
@pytest.mark.parametrize("second", ["bo calls", "cora calls"])
@pytest.mark.parametrize("escaped", [True, False])
async def test_an_attended_transfer(house: House, first: str, second: str, escaped: bool) -> None:
    """Bo talks to Anna and to Cora, whoever called whom, and lets them talk to each other."""
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await (talk(anna, "202", bo) if first == "anna calls" else talk(bo, "201", anna))
    with_anna = bo.call
    await bo.holds()
    await (talk(bo, "203", cora) if second == "bo calls" else talk(cora, "202", bo))
    with_cora = bo.call
    await bo.hears(cora)
    await bo.transfers("203", with_anna, replacing=with_cora, escaped=escaped)
    await bo.hears_of_transfer(200, with_anna)
    await bo.is_hung_up(with_anna)
    await bo.is_hung_up(with_cora)
    await anna.hears(cora)
    await cora.hears(anna)
    (done,) = house.happened(CallTransferred)
    assert (done.party, done.to, done.attended) == ("bo-desk", "cora-desk", True)
    (moved,), (adopted,) = house.happened(LegMoved), house.happened(LegAdopted)
    assert (moved.party, moved.into, moved.call) == ("cora-desk", adopted.call, adopted.out_of)
    assert [ended.call for ended in house.happened(CallEnded)] == [moved.call]
    await cora.hangs_up()
    await anna.is_hung_up()
    assert {ended.result for ended in house.happened(CallEnded)} == {"answered"}
    await house.settles()


async def test_an_attended_transfer_before_the_answer(house: House) -> None:
    """Then it is a blind one to where the second call was to go."""
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    with_anna = bo.call
    consulting = bo.dials("203")
    await cora.rings()
    await bo.hears_ringing(consulting)
    provisional = consulting.attempt.provisional
    assert provisional is not None
    consulting.remote_tag = provisional.to.tag
    await bo.transfers("203", with_anna, replacing=consulting)
    await bo.fails(487, consulting)
    await cora.stops_ringing()
    await cora.rings(from_="201")
    await cora.answers()
    await bo.is_hung_up(with_anna)
    await anna.hears(cora)
    await anna.hangs_up()
    await house.settles()


async def test_an_attended_transfer_to_a_call_that_is_over(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    with_anna = bo.call
    await talk(bo, "203", cora)
    with_cora = bo.call
    await cora.hangs_up()
    await bo.transfers("203", with_anna, replacing=with_cora)
    await bo.hears_of_transfer(481, with_anna)
    await anna.hears(bo, theirs=with_anna)
    await anna.hangs_up()
    await house.settles()


async def test_a_transfer_into_somebody_else_s_call(house: House) -> None:
    anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
    await talk(anna, "202", bo)
    await talk(cora, "204", dan)
    await bo.transfers("203", replacing=cora.call, expect=403)
    await anna.hears(bo)
    await cora.hears(dan)
    await anna.hangs_up()
    await cora.hangs_up()
    await house.settles()


async def test_the_far_end_leaves_while_an_attended_transfer_is_asked_for(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    with_anna = bo.call
    await talk(bo, "203", cora)
    with_cora = bo.call
    means = f"{quote(with_cora.call_id)}%3Bto-tag%3D{with_cora.remote_tag}%3Bfrom-tag%3D{with_cora.tag}"
    cora.call.hang_up()
    with_anna.request("REFER", headers=[("Refer-To", f"<sip:203@house.example?Replaces={means}>")])
    await bo.hears_of_transfer(481, with_anna)
    await anna.hears(bo, theirs=with_anna)
    await anna.hangs_up()
    await house.settles()


@pytest.mark.covers("CALL-3")
async def test_a_transfer_rings_for_its_own_time(house: House) -> None:
    """Twenty seconds, and not the thirty for which calls ring."""
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await cora.rings()
    await cora.pause(19.5)
    assert cora.calls_got[0].state != "over"
    await cora.stops_ringing(reason="No answer")
    await bo.hears_of_transfer(480)
    await anna.hears(bo)
    await anna.hangs_up()
    await house.settles()
