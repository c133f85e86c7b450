"""The only codecs of calls with a trunk are those that it wants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.clock import VirtualClock
from tests.support.house import SETTINGS, House, configure
from tests.support.network import MemoryNetwork
from tests.support.sound import Style, read

pytestmark = pytest.mark.covers("TRK-1")

ALL = {96: "opus/48000/2", 9: "G722/8000", 8: "PCMA/8000", 0: "PCMU/8000", 101: "telephone-event/8000"}


@pytest_asyncio.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """A house whose trunk wants G.711, the American one first."""
    settings = SETTINGS + "    codecs: [pcmu, pcma]\n"
    async with House(configure(tmp_path, settings=settings), network, clock) as house:
        yield house


def names(body: bytes) -> list[str]:
    (line,) = read(body)
    return [name.split("/")[0] for name in line.formats.values()]


async def test_a_call_to_the_trunk(house: House) -> None:
    anna = house.phone("anna", style=Style(formats=ALL))
    await anna.registers(3600)
    trunk = house.trunk()
    async with anna.calls("+4533123456"):
        call = await trunk.rings()
        assert call.invite is not None
        assert names(call.invite.body) == ["PCMU", "PCMA", "telephone-event"]
        await trunk.answers()
        await anna.is_answered()
        assert "opus" not in names(anna.got(200)[-1].body)
        await trunk.hears(anna)
    await house.settles()


async def test_a_call_from_the_trunk(house: House) -> None:
    bo = house.phone("bo", style=Style(formats=ALL))
    await bo.registers(3600)
    trunk = house.phone("trunk", style=Style(formats=ALL))
    trunk.domain = "192.0.2.1"
    async with trunk.calls("+4588887702"):
        call = await bo.rings()
        assert call.invite is not None
        assert names(call.invite.body)[:3] == ["PCMU", "PCMA", "telephone-event"], (
            "what needs no translation comes first"
        )
        await bo.answers()
        await trunk.is_answered()
        assert set(names(trunk.got(200)[-1].body)) == {"PCMU", "PCMA", "telephone-event"}
        await bo.hears(trunk)
    await house.settles()


async def test_nothing_in_common(house: House) -> None:
    """What the trunk may not be offered is translated for it."""
    anna = house.phone("anna", style=Style(formats={96: "opus/48000/2", 101: "telephone-event/8000"}))
    await anna.registers(3600)
    trunk = house.trunk()
    async with anna.calls("+4533123456"):
        call = await trunk.rings()
        assert call.invite is not None
        assert set(names(call.invite.body)) == {"PCMU", "PCMA", "telephone-event"}
        await trunk.answers()
        await anna.is_answered()
        trunk.call.sound.speak(50)
        await anna.pause(1.5)
        assert {packet.payload_type for packet in anna.call.sound.heard} == {96}
    await house.settles()


async def test_a_trunk_that_asks_for_an_offer_later_is_offered_nothing_else(house: House) -> None:
    bo = house.phone("bo", style=Style(formats=ALL))
    await bo.registers(3600)
    trunk = house.phone("trunk", style=Style(formats=ALL))
    trunk.domain = "192.0.2.1"
    async with trunk.calls("+4588887702", offer=False):
        await bo.answers()
        await trunk.is_answered()
        assert set(names(trunk.got(200)[-1].body)) == {"PCMU", "PCMA", "telephone-event"}
        await bo.hears(trunk)
    await house.settles()
