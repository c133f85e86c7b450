"""Several devices of one user, forking peers, and what happens while it rings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbxd.sip.message import Response
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

pytestmark = pytest.mark.covers("CALL-1")


@pytest_asyncio.fixture
async def patient_house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """A house where phones ring for as long as anybody waits."""
    patient = configure(tmp_path, organization=ORGANIZATION + "settings: {ring_seconds: 3600}\n")
    async with House(patient, network, clock) as house:
        yield house


async def test_all_devices_ring_and_the_first_answer_wins(house: House) -> None:
    bo, desk, soft = await house.phones("bo", "anna", "anna-soft")
    async with bo.calls("201"):
        await desk.rings(from_="202")
        await soft.rings(from_="202")
        await soft.answers()
        cancel = await desk.stops_ringing(reason="Call completed elsewhere")
        assert cancel.headers.get("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'
        await bo.is_answered()
        await bo.hears(soft)
        await soft.hears(bo)
    await house.settles()


async def test_two_answers_at_once_and_one_wins(house: House) -> None:
    bo, desk, soft = await house.phones("bo", "anna", "anna-soft")
    async with bo.calls("201"):
        calls = [await desk.rings(), await soft.rings()]
        for call in calls:
            call.respond(200)
        await bo.is_answered()
        await bo.pause(1)
        assert sorted(call.state for call in calls) == ["over", "talking"]
        loser = next(call for call in calls if call.state == "over")
        assert [request.method for request in loser.requests] in (["ACK", "BYE"], ["CANCEL", "ACK", "BYE"])
    await house.settles()


async def test_a_decline_on_one_device_stops_the_other(house: House) -> None:
    bo, desk, soft = await house.phones("bo", "anna", "anna-soft")
    async with bo.calls("201"):
        await soft.rings()
        await desk.declines(603)
        await soft.stops_ringing()
        await bo.fails(603)
    await house.settles()


async def test_a_busy_device_leaves_the_other_ringing(house: House) -> None:
    bo, desk, soft = await house.phones("bo", "anna", "anna-soft")
    async with bo.calls("201"):
        await desk.declines(486)
        await soft.answers()
        await bo.is_answered()
    await house.settles()


async def test_an_unreachable_and_a_busy_device_make_busy(house: House) -> None:
    bo, desk, soft = await house.phones("bo", "anna", "anna-soft")
    async with bo.calls("201"):
        await desk.declines(480)
        await soft.declines(486)
        await bo.fails(486)
    await house.settles()


async def test_a_redirect_is_dialled_here_and_not_followed_to_another_host(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    async with anna.calls("202"):
        await bo.redirects("sip:203@evil.example")
        call = await cora.rings(from_="201")
        assert call.invite is not None
        assert call.invite.uri.host == cora.host
        await cora.declines(486)
        await anna.fails(486)
    await house.settles()


async def test_a_redirect_to_nobody_is_refused(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.redirects("sip:nobody@evil.example")
        await anna.fails(404)
    await house.settles()


async def test_early_media_is_heard_before_the_answer(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    bo.habits.rings = False
    async with anna.calls("202"):
        call = await bo.rings()
        assert call.invite
        call.respond(183, sdp=call.sound.answer(call.invite.body))
        progress = await anna.hears_ringing()
        assert (progress.status, bool(progress.body)) == (183, True)
        await anna.hears(bo)
        call.respond(200)
        await anna.is_answered()
        await anna.hears(bo)
        await bo.hears(anna)
    await house.settles()


async def test_a_forking_peer_has_many_early_dialogs_and_one_wins(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    bo.habits.rings = False
    async with anna.calls("202"):
        call = await bo.rings()
        assert call.invite
        answer = call.sound.answer(call.invite.body)
        call.respond(183, tag="left", sdp=answer)
        call.respond(180, tag="middle")
        call.respond(183, tag="right", sdp=answer)
        await anna.hears_ringing()
        call.respond(200, tag="middle")
        await anna.is_answered()
        await anna.hears(bo)
        heard = [*anna.got(180), *anna.got(183), *anna.got(200)]
        tags = {message.to.tag for message in heard if message.cseq.method == "INVITE"}
        assert len(tags) == 1, "the caller sees one phone, whatever is behind it"
    await house.settles()


@pytest.mark.parametrize("pause", [0.0, 1.0, 10.0])
async def test_a_late_2xx_of_another_fork_gets_ack_and_bye(house: House, pause: float) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        call = await bo.rings()
        call.respond(200, tag="first")
        await bo.pause(pause)
        call.respond(200, tag="second")
        await bo.gets("ACK", count=2)
        bye = await bo.gets("BYE")
        assert bye.to.tag == "second"
        call.state, call.tag = "talking", "first"
        await anna.is_answered()
        await anna.pause(40)
        assert anna.call.state == "talking"
    await house.settles()


async def test_ten_minutes_of_ringing(patient_house: House) -> None:
    anna, bo = await patient_house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.rings()
        await anna.hears_ringing()
        await anna.pause(600)
        # RFC 3261 13.3.1.1: once a minute at least, lest a proxy gives the INVITE up after three.
        assert provisionals(anna) >= 10
        await bo.answers()
        await anna.is_answered()
        await anna.hears(bo)
    await patient_house.settles()


def provisionals(phone: Phone) -> int:
    return len([m for m in phone.received if isinstance(m, Response) and 100 < m.status < 200])


async def test_a_hundred_years_of_trying_is_not_ringing(house: House) -> None:
    """A device that only says 100 rings for as long as any other, no longer."""
    anna, bo = await house.phones("anna", "bo")
    bo.habits.rings = False
    async with anna.calls("202"):
        call = await bo.rings()
        call.respond(100)
        await anna.fails(480, within=31)
        await bo.gets("CANCEL", call)
    await house.settles()


async def test_a_callee_that_ignores_cancel_and_answers_later(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    bo.habits.obeys_cancel = False
    async with anna.calls("202"):
        call = await bo.rings()
        await anna.cancels()
        await bo.gets("CANCEL", call)
        await bo.pause(5)
        call.respond(200)
        await bo.gets("ACK", call)
        await bo.gets("BYE", call)
    await house.settles()


async def test_a_callee_that_never_ends_its_cancelled_invite(house: House) -> None:
    """RFC 3261 9.1: 64*T1 after the CANCEL the client gives up waiting for the 487."""
    anna, bo = await house.phones("anna", "bo")
    bo.habits.obeys_cancel = False
    async with anna.calls("202"):
        await bo.rings()
        await anna.cancels()
    await house.settles(80)
