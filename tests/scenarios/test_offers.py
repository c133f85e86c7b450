"""Offers and answers during calls: hold, resume, glare, delayed offers, and what can't be spoken."""

from __future__ import annotations

import pytest

from pbxd.events import LegHeld, LegResumed
from pbxd.sip.message import Request, Response
from tests.support.attempt import Attempt
from tests.support.house import SERVER, House
from tests.support.phone import Phone
from tests.support.sound import read

pytestmark = pytest.mark.covers("CALL-2", "CALL-9")


async def answer_to(phone: Phone, attempt: Attempt) -> Response:
    return await phone.watch.until(lambda: attempt.final, f"an answer to {phone.name}'s {attempt.method}", 40)


@pytest.mark.parametrize("holder", ["anna", "bo"])
async def test_hold_and_resume_are_answered_by_pbxd(house: House, holder: str) -> None:
    phones = anna, bo = await house.phones("anna", "bo")
    one, other = phones if holder == "anna" else reversed(phones)
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await one.holds()
        assert [event.party for event in house.happened(LegHeld)] == [f"{holder}-desk"]
        await one.hears_nothing_from(other)
        await one.resumes()
        assert [event.party for event in house.happened(LegResumed)] == [f"{holder}-desk"]
        await one.hears(other)
        await other.hears(one)
        assert [r for r in other.got("INVITE") if isinstance(r, Request) and r.to.tag] == [], "hold is not passed on"
    await house.settles()


async def test_both_hold_and_resume(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await anna.holds()
        await bo.holds()
        await anna.resumes()
        await bo.resumes()
        await anna.hears(bo)
        await bo.hears(anna)
    await house.settles()


async def test_hold_in_the_old_way(house: House) -> None:
    """c=0.0.0.0, RFC 2543: nothing is to be sent there."""
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        old = call.sound.offer().replace(f"c=IN IP4 {anna.host}".encode(), b"c=IN IP4 0.0.0.0")
        final = await answer_to(anna, call.request("INVITE", body=old))
        assert final.status == 200
        await anna.hears_nothing_from(bo)
    await house.settles()


async def test_inactive_is_answered_inactive(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        final = await answer_to(anna, call.reoffer("inactive"))
        assert read(final.body)[0].direction == "inactive"
    await house.settles()


async def test_an_update_holds_too(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        final = await answer_to(anna, call.request("UPDATE", body=call.sound.offer("sendonly")))
        assert (final.status, read(final.body)[0].direction) == (200, "recvonly")
    await house.settles()


async def test_a_refresh_without_offer_gets_an_offer(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        call.offered = False
        final = await answer_to(anna, call.request("INVITE"))
        assert (final.status, read(final.body)[0].host) == (200, SERVER.host)
        await anna.hears(bo)
        await bo.hears(anna)
    await house.settles()


async def test_a_new_address_of_a_phone_that_moved(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        await anna.hears(bo)
        call.sound.close()
        call.sound = anna.new_sound()
        final = await answer_to(anna, call.reoffer())
        assert final.status == 200
        await anna.hears(bo)
    await house.settles()


async def test_an_offer_that_comes_with_the_answer(house: House) -> None:
    """INVITE without SDP: the 200 carries the offer, the ACK the answer."""
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202", offer=False):
        await bo.answers()
        await anna.is_answered()
        await anna.hears(bo)
        await bo.hears(anna)
    await house.settles()


async def test_an_ack_without_the_answer_that_we_wait_for_ends_the_call(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    call = anna.dials("202", offer=False)
    call._take_description = lambda response: b""  # type: ignore[method-assign]  # noqa: ARG005
    await bo.answers()
    await bo.is_hung_up(within=1)
    await anna.is_hung_up(within=1)
    await house.settles()


async def test_two_offers_of_one_phone_at_once(house: House) -> None:
    """The second is refused (14.2: 500 with Retry-After, or 491), the call goes on."""
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        first, second = call.reoffer("sendonly"), call.request("UPDATE", body=call.sound.offer())
        answers = [await answer_to(anna, attempt) for attempt in (first, second)]
        assert answers[0].status == 200
        assert answers[1].status in (491, 500)
        await anna.resumes()
        await anna.hears(bo)
    await house.settles()


async def test_both_phones_offer_at_once(house: House) -> None:
    """Each is answered by pbxd: on two legs there is no glare."""
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        attempts = [(anna, anna.call.reoffer("sendonly")), (bo, bo.call.reoffer("sendonly"))]
        assert [(await answer_to(phone, attempt)).status for phone, attempt in attempts] == [200, 200]
    await house.settles()


async def test_new_formats_are_asked_of_the_far_side(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        bo.style.formats = {9: "G722/8000", 8: "PCMA/8000"}
        anna.style.formats = {9: "G722/8000"}
        final = await answer_to(anna, call.reoffer())
        assert (final.status, list(read(final.body)[0].formats)) == (200, [9])
        await bo.gets("INVITE")
        await anna.hears(bo)
    await house.settles()


async def test_glare_while_the_far_side_is_asked(house: House) -> None:
    """Anna wants new formats, pbxd asks Bo, whose own offer is on its way: both get 491, and the call survives."""
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        bo.style.formats = anna.style.formats = {9: "G722/8000"}
        asked = call.reoffer()
        await anna.pause(0.007)  # pbxd's offer to Bo is on the wire now
        crossing = bo.call.reoffer()
        answers = [(await answer_to(anna, asked)).status, (await answer_to(bo, crossing)).status]
        assert answers == [491, 491]
        await anna.pause(10)
        assert (anna.call.state, bo.call.state) == ("talking", "talking")
        await anna.hangs_up()
    await house.settles()


async def test_formats_that_nobody_has_leave_the_call_as_it_was(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        before = call.sound.remote
        anna.style.formats = {18: "G729/8000"}
        final = await answer_to(anna, call.reoffer())
        assert final.status == 488
        assert call.sound.remote == before
        await anna.hears(bo)
    await house.settles()


async def test_a_call_that_offers_nothing_usable(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.style.formats = {18: "G729/8000"}
    async with anna.calls("202"):
        await anna.fails(488)
    assert bo.calls_got == []
    await house.settles()


async def test_an_answer_that_makes_no_sense(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        callee = await bo.rings()
        callee.respond(200, sdp=b"v=0\r\nthis is not a session description\r\n")
        await bo.gets("ACK", callee)
        await bo.gets("BYE", callee)
        await anna.watch.until(lambda: anna.call.state == "over", "the end of it", 5)
    await house.settles()


async def test_other_media_are_refused_in_their_place(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.style.before = ("m=video 4000 RTP/AVP 96", "a=rtpmap:96 VP8/90000")
    anna.style.after = ("m=application 4002 UDP/BFCP *",)
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        assert call.attempt.final
        lines = read(call.attempt.final.body)
        assert [(line.kind, line.port > 0) for line in lines] == [
            ("video", False),
            ("audio", True),
            ("application", False),
        ]
        await anna.hears(bo)
    await house.settles()


async def test_an_offer_that_is_cancelled_while_the_far_side_is_asked(house: House) -> None:
    """It gets 487 at once (RFC 3261 9.2), and what Bo agrees to meanwhile is settled by an offer of ours."""
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        bo.habits.responds = False
        bo.style.formats = {9: "G722/8000", 8: "PCMA/8000"}
        anna.style.formats = {9: "G722/8000", 8: "PCMA/8000"}
        attempt = call.request("INVITE", body=call.sound.offer().replace(b"RTP/AVP 9 8", b"RTP/AVP 9"))
        await anna.pause(0.1)
        assert (await answer_to(anna, call.cancel())).status == 200
        assert (await answer_to(anna, attempt)).status == 487
        bo.habits.responds = True
        await anna.pause(5)
        assert (call.state, bo.call.state) == ("talking", "talking")
        await anna.hears(bo)
        await bo.hears(anna)
    await house.settles()
