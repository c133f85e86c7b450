"""Held parties hear the music of whoever holds them, and each other again at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.clock import VirtualClock
from tests.support.hearing import frequency
from tests.support.house import ORGANIZATION, House, configure
from tests.support.keys import sound_of
from tests.support.network import MemoryNetwork
from tests.support.phone import Habits, Phone
from tests.support.voices import tone

pytestmark = pytest.mark.covers("CALL-2")

MUSIC = """\
music: {calm: {kind: built-in}, bright: {kind: built-in}}
settings: {music_on_hold: calm}
"""


@pytest_asyncio.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """A house with calm music, and bright music for Bo."""
    organization = ORGANIZATION.replace(
        "  - username: bo\n", "  - username: bo\n    settings: {music_on_hold: bright}\n"
    )
    async with House(configure(tmp_path, organization=organization + MUSIC), network, clock) as house:
        yield house


async def hears_music(phone: Phone, name: str) -> None:
    """All that the phone hears in a second is this music, and it has begun within 0.2 s."""
    await phone.pause(0.2)
    since = asyncio.get_running_loop().time()
    await phone.pause(1)
    heard = sound_of(phone, since)
    assert len(heard) >= 48 * 640
    assert frequency(heard[:16000]) == pytest.approx(tone(f"music {name}").frequencies[0], abs=3)


async def hears_no_music(phone: Phone) -> None:
    await phone.pause(0.2)
    since = asyncio.get_running_loop().time()
    await phone.pause(1)
    assert sound_of(phone, since) == b""


async def test_each_holds_with_his_own_music(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await anna.holds()
        await hears_music(bo, "calm")
        await anna.resumes()
        await bo.hears(anna)
        await bo.holds()
        await hears_music(anna, "bright")
        await bo.resumes()
        await anna.hears(bo)
        await bo.hears(anna)
    await house.settles()


async def test_who_is_back_is_heard_within_200_ms(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        await anna.holds()
        await hears_music(bo, "calm")
        spoken = call.sound.speak(100)
        attempt = call.reoffer("sendrecv")
        await anna.watch.until(lambda: attempt.final, "an answer", 5)
        resumed = asyncio.get_running_loop().time()
        await anna.pause(2)
        first = next(packet for packet in bo.call.sound.heard if packet.payload in spoken)
        assert first.at - resumed < 0.2
        stamps = [packet.timestamp for packet in bo.call.sound.heard]
        before = stamps[bo.call.sound.heard.index(first) - 1]
        assert first.timestamp - before & 0xFFFF_FFFF <= 0.2 * 8000
        assert len({packet.ssrc for packet in bo.call.sound.heard}) == 1
    await house.settles()


async def test_while_both_hold_nobody_hears_music(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await anna.holds()
        await hears_music(bo, "calm")
        await bo.holds()
        await hears_no_music(bo)
        await hears_no_music(anna)
        await anna.resumes()
        await hears_music(anna, "bright")
        await bo.resumes()
        await anna.hears(bo)
        await bo.hears(anna)
    await house.settles()


async def test_hold_in_the_old_way_and_by_update(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        old = call.sound.offer().replace(f"c=IN IP4 {anna.host}".encode(), b"c=IN IP4 0.0.0.0")
        attempt = call.request("INVITE", body=old)
        await anna.watch.until(lambda: attempt.final, "an answer", 5)
        await hears_music(bo, "calm")
        update = call.request("UPDATE", body=call.sound.offer())
        await anna.watch.until(lambda: update.final, "an answer", 5)
        await bo.hears(anna)
        update = call.request("UPDATE", body=call.sound.offer("inactive"))
        await anna.watch.until(lambda: update.final, "an answer", 5)
        await hears_music(bo, "calm")
    await house.settles()


async def test_hold_before_the_answer(house: House) -> None:
    """Anna hears early media and holds; whoever answers meanwhile hears her music."""
    anna, bo = (house.phone(name, habits=Habits(rings=False, supports=("100rel",))) for name in ("anna", "bo"))
    await anna.registers(3600)
    await bo.registers(3600)
    async with anna.calls("202") as call:
        callee = await bo.rings()
        callee.respond(183, sdp=callee.sound.answer(callee.invite.body if callee.invite else b""), reliably=True)
        early = await anna.hears_ringing()
        await bo.gets("PRACK")
        await anna.hears(bo)
        update = call.request("UPDATE", body=call.sound.offer("sendonly"), remote_tag=early.to.tag)
        final = await anna.watch.until(lambda: update.final, "an answer", 5)
        assert final.status == 200
        callee.respond(200, sdp=b"")
        await anna.is_answered()
        await hears_music(bo, "calm")
        await anna.resumes()
        await bo.hears(anna)
        await anna.hears(bo)
    await house.settles()


async def test_a_transfer_from_hold_ends_the_music(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await anna.holds()
        await hears_music(bo, "calm")
        await anna.transfers("203")
        call = await cora.answers()
        await bo.watch.until(lambda: call.state == "talking", "cora talks", 5)
        await bo.hears(cora)
        await cora.hears(bo)
        await bo.hangs_up()
    await house.settles()
