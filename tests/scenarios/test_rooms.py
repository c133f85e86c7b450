"""Conferences: rooms that one dials in to, and all the calls of a phone brought together (CALL-7)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbxd.events import CallEnded, KeysPressed, RoomEntered, RoomLeft, Said
from tests.support.clock import VirtualClock
from tests.support.hearing import power_at
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

ROOMS = """\
conference_rooms:
  - {name: bridge, number: "250", numbers: ["+4588887750"], max: 3}
  - {name: board, number: "251", pin: "2468"}
"""
SPEAK = 0.4
"""Seconds that somebody says something for, and hears the others."""


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """The house with two rooms."""
    async with House(configure(tmp_path, organization=ORGANIZATION + ROOMS), network, clock) as house:
        yield house


async def dials_in(*phones: Phone, number: str = "250") -> None:
    for phone in phones:
        phone.dials(number)
        await phone.is_answered()
        await phone.pause(2)  # the welcome


async def who_hears_whom(*phones: Phone) -> dict[str, str]:
    """All speak at once, each with a tone of his own; for each the initials of whom he hears."""
    tones = {phone: 500.0 + 250 * at for at, phone in enumerate(phones)}
    before = {phone: len(phone.call.sound.samples()) for phone in phones}
    for phone in phones:
        phone.call.sound.sings(SPEAK, tones[phone])
    await asyncio.sleep(SPEAK + 0.3)
    heard: dict[str, str] = {}
    for phone in phones:
        sound = phone.call.sound.samples()[before[phone] :]
        heard[phone.name] = "".join(other.name[0] for other in phones if power_at(sound, tones[other]) > -35)
    return heard


def press(phone: Phone, *keys: str) -> None:
    for key in keys:
        phone.call.sound.presses(key)


@pytest.mark.covers("CALL-7")
async def test_each_hears_all_others(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await dials_in(anna, bo, cora)
    assert await who_hears_whom(anna, bo, cora) == {"anna": "bc", "bo": "ac", "cora": "ab"}
    assert [entered.people for entered in house.happened(RoomEntered)] == [1, 2, 3]
    welcomes = ["room-first room=bridge", "room-welcome room=bridge people=1", "room-welcome room=bridge people=2"]
    assert [said.text[: len(welcome)] for said, welcome in zip(house.happened(Said), welcomes, strict=True)] == welcomes
    await cora.hangs_up()
    await bo.pause(1)
    assert await who_hears_whom(anna, bo) == {"anna": "b", "bo": "a"}
    await bo.hangs_up()
    await anna.hangs_up()
    assert [left.people for left in house.happened(RoomLeft)] == [2, 1, 0]
    await house.settles()


async def test_a_caller_from_outside_dials_in(house: House) -> None:
    (anna,) = await house.phones("anna")
    outsider = house.trunk()
    await dials_in(anna)
    await dials_in(outsider, number="+4588887750")
    assert await who_hears_whom(anna, outsider) == {"anna": "t", "trunk": "a"}
    await outsider.hangs_up()
    await anna.hangs_up()
    await house.settles()


@pytest.mark.covers("CALL-7")
@pytest.mark.parametrize(
    ("tries", "comes_in"), [(["2468#"], True), (["1#", "2468#"], True), (["1#", "2#", "3#"], False)]
)
async def test_a_room_with_a_pin(house: House, tries: list[str], comes_in: bool) -> None:
    (anna,) = await house.phones("anna")
    anna.dials("251")
    await anna.is_answered()
    for pin in tries:
        await anna.pause(1)
        press(anna, *pin)
    await anna.pause(3)
    assert bool(house.happened(RoomEntered)) is comes_in
    assert {pressed.keys for pressed in house.happened(KeysPressed)} == {"***"}
    if comes_in:
        await anna.hangs_up()
    else:
        await anna.is_hung_up()
    await house.settles()


async def test_a_full_room(house: House) -> None:
    anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
    await dials_in(anna, bo, cora)
    dan.dials("250")
    await dan.is_hung_up()
    assert house.happened(Said)[-1].text.startswith("room-full")
    for phone in (anna, bo, cora):
        await phone.hangs_up()
    await house.settles()


@pytest.mark.covers("CALL-7")
async def test_a_member_mutes_himself_and_the_guests_and_locks_the_room(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    outsider = house.trunk()
    await dials_in(anna)
    await dials_in(outsider, number="+4588887750")
    press(anna, "*", "6")
    await anna.pause(1)
    assert await who_hears_whom(anna, outsider) == {"anna": "t", "trunk": ""}
    press(anna, "*", "6")
    press(anna, "*", "2")
    await anna.pause(2)
    assert await who_hears_whom(anna, outsider) == {"anna": "", "trunk": "a"}
    press(anna, "*", "1")
    await anna.pause(1)
    bo.dials("250")
    await bo.is_hung_up()
    press(outsider, "*", "1")  # a guest may not
    await anna.pause(1)
    assert house.happened(Said)[-1].text.startswith("room-keys")
    press(anna, "*", "1")
    await anna.pause(1)
    await dials_in(bo)
    for phone in (anna, bo, outsider):
        await phone.hangs_up()
    await house.settles()


@pytest.mark.covers("CALL-7")
async def test_a_phone_brings_its_calls_together(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    bo.dials("201")
    await anna.answers()
    await bo.is_answered()
    first = anna.call
    await anna.holds()
    anna.dials("203")
    await cora.answers()
    await anna.is_answered()
    second = anna.call
    await anna.holds()
    anna.dials("*71*")
    await anna.is_answered()
    await anna.is_hung_up(first)
    await anna.is_hung_up(second)
    await anna.pause(1)
    assert await who_hears_whom(anna, bo, cora) == {"anna": "bc", "bo": "ac", "cora": "ab"}
    await anna.hangs_up()
    await bo.pause(1)
    assert await who_hears_whom(bo, cora) == {"bo": "c", "cora": "b"}
    await bo.hangs_up()
    await cora.is_hung_up()
    assert house.happened(CallEnded)[-1].reason == "everybody else has left the conference"
    await house.settles()
