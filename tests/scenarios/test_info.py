"""Keys by INFO in whole calls."""

from __future__ import annotations

import pytest

from tests.support.house import House
from tests.support.phone import Habits

KEY = b"Signal=5\r\nDuration=160\r\n"
RELAY = "application/dtmf-relay"


@pytest.mark.parametrize("presser", ["anna", "bo"])
async def test_a_key_reaches_the_other_party(house: House, presser: str) -> None:
    phones = anna, bo = await house.phones("anna", "bo")
    one, other = phones if presser == "anna" else reversed(phones)
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        info = one.call.request("INFO", body=KEY, content_type=RELAY)
        passed_on = await other.gets("INFO")
        assert (passed_on.body, passed_on.content_type) == (KEY, RELAY)
        final = await one.watch.until(lambda: info.final, "an answer to the INFO", 5)
        assert final.status == 200
    await house.settles()


async def test_a_phone_without_info_gets_none(house: House) -> None:
    (anna,) = await house.phones("anna")
    bo = house.phone("bo", habits=Habits(allows="INVITE, ACK, CANCEL, BYE"))
    await bo.registers(3600)
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        info = call.request("INFO", body=KEY, content_type=RELAY)
        final = await anna.watch.until(lambda: info.final, "an answer to the INFO", 5)
        assert final.status == 200
        await anna.pause(1)
        assert bo.got("INFO") == []
    await house.settles()
