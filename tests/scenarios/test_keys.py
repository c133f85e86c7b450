"""Keys between phones and trunks that send and want them in different ways."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from pbxd.media.telephone_event import KEYS
from tests.support.clock import VirtualClock
from tests.support.house import SETTINGS, House, configure
from tests.support.keys import keys_in_sound, says_keys
from tests.support.network import MemoryNetwork
from tests.support.phone import Habits, Phone
from tests.support.sound import Style, read

pytestmark = pytest.mark.covers("TRK-1")

RELAY = "application/dtmf-relay"
KEY = b"Signal=5\r\nDuration=80\r\n"
Houses = Callable[[str], AbstractAsyncContextManager[House]]


@pytest.fixture
def houses(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Houses:
    """Houses whose trunk sends keys as a test wants it."""

    @asynccontextmanager
    async def furnished(dtmf: str) -> AsyncIterator[House]:
        settings = SETTINGS + f"    dtmf: {dtmf}\n"
        async with House(configure(tmp_path, settings=settings), network, clock) as house:
            yield house

    return furnished


def events_in(body: bytes) -> bool:
    return any("telephone-event" in name for line in read(body) for name in line.formats.values())


async def heard(phone: Phone, keys: str) -> None:
    """The phone hears these keys as events, and no others."""
    await phone.watch.until(lambda: phone.call.sound.keys() == keys, f"{phone.name} hears {keys}", 5)


async def got_info(phone: Phone, body: bytes, *, count: int = 1) -> None:
    info = await phone.gets("INFO", count=count)
    assert (info.content_type, info.body) == (RELAY, body)


async def test_a_trunk_with_events_gets_events(houses: Houses) -> None:
    async with houses("rfc4733") as house:
        (anna,) = await house.phones("anna")
        trunk = house.trunk()
        async with anna.calls("+4533123456") as call:
            invite = (await trunk.rings()).invite
            assert invite is not None
            assert events_in(invite.body)
            await trunk.answers()
            await anna.is_answered()
            call.request("INFO", body=KEY, content_type=RELAY)
            await heard(trunk, "5")
            trunk.call.sound.presses("7")
            await heard(anna, "7")
            assert (anna.got("INFO"), trunk.got("INFO")) == ([], [])
            await trunk.hears(anna)
        await house.settles()


async def test_a_trunk_with_info_gets_info_and_the_phone_events(houses: Houses) -> None:
    async with houses("info") as house:
        (anna,) = await house.phones("anna")
        trunk = house.phone("trunk", habits=Habits(allows="INVITE, ACK, CANCEL, BYE"))
        async with anna.calls("+4533123456") as call:
            invite = (await trunk.rings()).invite
            assert invite is not None
            assert not events_in(invite.body)
            await trunk.answers()
            await anna.is_answered()
            assert events_in(anna.got(200)[-1].body)
            anna.call.sound.presses("9")
            await got_info(trunk, b"Signal=9\r\nDuration=100\r\n")
            trunk.call.request("INFO", body=KEY, content_type=RELAY)
            await heard(anna, "5")
            call.request("INFO", body=KEY, content_type=RELAY)
            await got_info(trunk, KEY, count=2)
            await trunk.hears(anna)
        await house.settles()


async def test_a_trunk_with_info_calls(houses: Houses) -> None:
    async with houses("info") as house:
        (bo,) = await house.phones("bo")
        trunk = house.phone("trunk", style=Style(formats={8: "PCMA/8000"}))
        trunk.domain = "192.0.2.1"
        async with trunk.calls("+4588887702") as call:
            invite = (await bo.rings()).invite
            assert invite is not None
            assert events_in(invite.body), "what it presses is told by INFO"
            await bo.answers()
            await trunk.is_answered()
            call.request("INFO", body=KEY, content_type=RELAY)
            await heard(bo, "5")
            bo.call.sound.presses("1")
            await got_info(trunk, b"Signal=1\r\nDuration=100\r\n")
            assert (await bo.holds()).status == 200
            assert (await bo.resumes()).status == 200
            bo.call.sound.presses("2")
            await got_info(trunk, b"Signal=2\r\nDuration=100\r\n", count=2)
        await house.settles()


async def test_a_trunk_that_wants_tones_gets_tones_and_the_phone_events(houses: Houses) -> None:
    """All keys in all three forms, each once."""
    async with houses("inband") as house:
        (anna,) = await house.phones("anna")
        trunk = house.trunk()
        async with anna.calls("+4533123456") as call:
            invite = (await trunk.rings()).invite
            assert invite is not None
            assert not events_in(invite.body)
            await trunk.answers()
            await anna.is_answered()
            assert events_in(anna.got(200)[-1].body)
            for pressed in KEYS:
                anna.call.sound.presses(pressed)
                await anna.pause(0.2)
            await trunk.pause(1)
            assert keys_in_sound(trunk) == KEYS
            call.request("INFO", body=KEY, content_type=RELAY)
            await trunk.pause(1)
            assert keys_in_sound(trunk) == KEYS + "5"
            await says_keys(trunk, KEYS)
            await heard(anna, KEYS)
            assert keys_in_sound(anna) == "", "no key is heard twice"
            assert trunk.got("INFO") == []
        await house.settles()


async def test_a_trunk_with_info_gets_tones_of_a_phone_by_info(houses: Houses) -> None:
    async with houses("info") as house:
        anna = house.phone("anna", style=Style(formats={8: "PCMA/8000"}))
        await anna.registers(3600)
        trunk = house.trunk()
        async with anna.calls("+4533123456"):
            await trunk.answers()
            await anna.is_answered()
            await says_keys(anna, KEYS)
            bodies = [info.body.split(b"\r\n")[0].removeprefix(b"Signal=").decode() for info in trunk.got("INFO")]
            assert "".join(bodies) == KEYS
        await house.settles()


async def test_a_phone_without_info_hears_events(house: House) -> None:
    (anna,) = await house.phones("anna")
    bo = house.phone("bo", habits=Habits(allows="INVITE, ACK, CANCEL, BYE"))
    await bo.registers(3600)
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        call.request("INFO", body=KEY, content_type=RELAY)
        await heard(bo, "5")
    await house.settles()


async def test_a_phone_without_events_gets_info(house: House) -> None:
    (anna,) = await house.phones("anna")
    bo = house.phone("bo", style=Style(formats={8: "PCMA/8000"}))
    await bo.registers(3600)
    async with bo.calls("201"):
        await anna.answers()
        await bo.is_answered()
        assert not events_in(bo.got(200)[-1].body)
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await bo.hears(anna)
    await house.settles()
