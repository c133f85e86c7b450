"""Session timers in whole calls: refreshed for hours, and ended when one side is gone (RFC 4028)."""

from __future__ import annotations

import pytest

from pbxd.events import LegEnded
from pbxd.sip.message import Request
from tests.support.house import House
from tests.support.phone import Habits, Phone

pytestmark = pytest.mark.covers("CALL-10")


def origin(body: bytes) -> bytes:
    """The o= line of a description, which names its version."""
    return next(line for line in body.split(b"\r\n") if line.startswith(b"o="))


async def test_a_long_call_is_refreshed_on_both_legs(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        for hour in range(1, 4):
            for phone in (anna, bo):
                await phone.registers(3600)
            await anna.pause(3500)
            for phone in (anna, bo):
                updates = [one for one in phone.call.requests if one.method == "UPDATE"]
                assert len(updates) == 4 * hour - 1
                assert all(one.body == b"" for one in updates)
        await anna.hears(bo)
        await bo.hears(anna)
    await house.settles()


@pytest.mark.parametrize("vanishing", ["anna", "bo"])
async def test_a_phone_that_vanishes_is_noticed(house: House, vanishing: str) -> None:
    anna, bo = await house.phones("anna", "bo")
    phones: dict[str, Phone] = {"anna": anna, "bo": bo}
    gone = phones.pop(vanishing)
    (left,) = phones.values()
    anna.dials("202")
    await bo.answers()
    await anna.is_answered()
    gone.unplug()
    await left.is_hung_up(within=900 + 40)
    first = house.happened(LegEnded)[0]
    assert (first.party, first.status) == (f"{vanishing}-desk", 408)
    await house.settles()


async def test_a_phone_without_update_gets_a_reinvite_that_changes_nothing(house: House) -> None:
    (bo,) = await house.phones("bo")
    anna = house.phone("anna", habits=Habits(allows="INVITE, ACK, CANCEL, BYE"))
    await anna.registers(3600)
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        assert call.attempt.final is not None
        agreed = origin(call.attempt.final.body)
        refresh = await anna.gets("INVITE", within=1000)
        assert origin(refresh.body) == agreed
        assert refresh.headers.get("Session-Expires") == "1800;refresher=uac"
        await anna.gets("INVITE", count=2, within=1000)
        await anna.hears(bo)
        assert [one for one in bo.got("INVITE") if isinstance(one, Request) and one.to.tag] == []
    await house.settles()


async def test_a_phone_that_promises_to_refresh_and_does_not(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    headers = [("Supported", "timer"), ("Session-Expires", "120;refresher=uac")]
    call = anna.dials("202", headers=headers)
    await bo.answers()
    await anna.is_answered()
    assert call.attempt.final is not None
    assert call.attempt.final.headers.get("Session-Expires") == "120;refresher=uac"
    assert call.attempt.final.require == {"timer"}
    await anna.pause(60)
    refresh = call.request("UPDATE", headers=headers)
    await anna.watch.until(lambda: refresh.final, "an answer to the refresh", 5)
    await anna.pause(80)
    assert call.state == "talking"
    bye = await anna.is_hung_up(within=10)
    assert 'cause=408;text="the session was not refreshed in time"' in (bye.headers.get("Reason") or "")
    await bo.is_hung_up()
    await house.settles()


async def test_a_call_with_too_short_an_interval(house: House) -> None:
    anna, _ = await house.phones("anna", "bo")
    async with anna.calls("202", headers=[("Supported", "timer"), ("Session-Expires", "60")]):
        refused = await anna.fails(422)
        assert refused.headers.get("Min-SE") == "90"
    await house.settles()


async def test_a_phone_that_wants_a_longer_interval(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        first = await bo.rings()
        first.respond(422, headers=[("Min-SE", "3600")])
        bo.calls_got.remove(first)  # what follows has the same Call-ID
        second = (await bo.answers()).invite
        assert first.invite is not None
        assert second is not None
        assert (second.headers.get("Session-Expires"), second.headers.get("Min-SE")) == ("3600", "3600")
        assert second.cseq.number == first.invite.cseq.number + 1
        await anna.is_answered()
        await anna.hears(bo)
    await house.settles()
