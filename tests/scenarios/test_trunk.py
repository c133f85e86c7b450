"""Calls to and from a trunk that is known by its address."""

from __future__ import annotations

import pytest

from pbxd.events import CallArrived, CallEnded
from tests.support.house import SERVER, House
from tests.support.phone import Phone

pytestmark = pytest.mark.covers("CALL-1")


async def test_a_call_to_the_world(house: House) -> None:
    (anna,) = await house.phones("anna")
    trunk = house.trunk()
    async with anna.calls("0045 33 12 34 56".replace(" ", "")):
        call = await trunk.rings(from_="+4588887701")
        assert call.invite
        assert call.invite.uri.user == "+4533123456"
        assert call.invite.uri.host == trunk.host
        await trunk.answers()
        await anna.is_answered()
        await anna.hears(trunk)
        await trunk.hears(anna)
    await house.settles()


@pytest.mark.covers("NUM-4")
async def test_an_emergency_call_leaves_as_it_was_dialled(house: House) -> None:
    (anna,) = await house.phones("anna")
    trunk = house.trunk()
    async with anna.calls("112"):
        call = await trunk.rings()
        assert call.invite
        assert call.invite.uri.user == "112"


async def test_a_call_from_the_world_needs_no_password(house: House) -> None:
    (bo,) = await house.phones("bo")
    trunk = house.trunk()
    async with trunk.calls("+4588887702"):
        await bo.answers()
        await trunk.is_answered()
        await bo.hears(trunk)
        await trunk.hears(bo)
    assert len(house.happened(CallArrived)) == 1
    await house.settles()


@pytest.mark.covers("SEC-1")
async def test_the_world_can_not_dial_out_through_us(house: House) -> None:
    trunk = house.trunk()
    async with trunk.calls("+4533123456"):
        await trunk.watch.until(lambda: trunk.call.state == "over", "a refusal", 5)
    assert trunk.call.status in (403, 404)
    await house.settles()


@pytest.mark.covers("SEC-1")
async def test_somebody_at_another_address_is_not_the_trunk(house: House) -> None:
    (bo,) = await house.phones("bo")
    impostor = Phone(house.watch, name="trunk", username="trunk", password="", domain=SERVER.host, server=SERVER)
    impostor.habits.authenticates = False
    impostor.plug_in(house.network, "192.0.2.66")
    call = impostor.dials("+4588887702")
    await impostor.watch.until(lambda: call.state == "over", "a refusal", 5)
    assert call.status in (401, 403, 407)
    await bo.does_not_ring()
    impostor.unplug()
    assert house.happened(CallArrived) == []


async def test_a_trunk_that_refuses(house: House) -> None:
    (anna,) = await house.phones("anna")
    trunk = house.trunk()
    async with anna.calls("+4533123456"):
        await trunk.declines(486)
        await anna.fails(486)
    await house.settles()


async def test_a_trunk_that_is_down(house: House) -> None:
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.watch.until(lambda: anna.call.state == "over", "the end of it", 40)
    assert anna.call.status in (408, 480, 503)
    assert [ended.result for ended in house.happened(CallEnded)] == ["unreachable"]
    await house.settles()


async def test_a_redirect_by_the_trunk_is_refused(house: House) -> None:
    anna, cora = await house.phones("anna", "cora")
    trunk = house.trunk()
    async with anna.calls("+4533123456"):
        await trunk.redirects("sip:+4590909090@192.0.2.99")
        await anna.watch.until(lambda: anna.call.state == "over", "the end of it", 5)
    assert len(trunk.calls_got) == 1
    assert cora.calls_got == []
    await house.settles()
