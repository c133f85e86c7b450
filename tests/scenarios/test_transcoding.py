"""Calls between phones that have no format in common, and keys between those that press them in different ways."""

from __future__ import annotations

from functools import partial

import pytest

from pbxd.events import Transcoding
from pbxd.media.telephone_event import KEYS
from pbxd.sip.message import Request
from tests.support.house import House
from tests.support.keys import keys_in_sound
from tests.support.phone import Habits, Phone
from tests.support.sound import Style, read

pytestmark = pytest.mark.covers("CALL-9")

PCMA = {8: "PCMA/8000", 101: "telephone-event/8000"}
PCMU = {0: "PCMU/8000", 101: "telephone-event/8000"}
G722 = {9: "G722/8000", 101: "telephone-event/8000"}
OPUS = {96: "opus/48000/2", 101: "telephone-event/8000"}
NO_KEYS = {8: "PCMA/8000"}


async def pair(house: House, ones: dict[int, str], others: dict[int, str]) -> tuple[Phone, Phone]:
    anna = house.phone("anna", style=Style(formats=ones))
    bo = house.phone("bo", style=Style(formats=others))
    for phone in (anna, bo):
        await phone.registers(3600)
    return anna, bo


def transcoded(house: House) -> list[tuple[str, str, str]]:
    return [(event.party, event.heard, event.made) for event in house.happened(Transcoding)]


def offers_of_ours(phone: Phone) -> list[Request]:
    return [each for each in phone.got("INVITE") if isinstance(each, Request) and each.to.tag]


async def talk(one: Phone, other: Phone) -> None:
    """Each says something; what the other hears need not be the same packets."""
    before = len(one.call.sound.heard), len(other.call.sound.heard)
    one.call.sound.speak(50)
    other.call.sound.speak(50)
    await one.pause(1.5)
    assert len(one.call.sound.heard) - before[0] >= 48
    assert len(other.call.sound.heard) - before[1] >= 48


async def test_two_phones_without_a_common_format(house: House) -> None:
    anna, bo = await pair(house, PCMU, G722)
    async with anna.calls("202"):
        invite = (await bo.rings()).invite
        assert invite is not None
        offered = [name.split("/")[0] for name in read(invite.body)[0].formats.values()]
        assert offered[:2] == ["PCMU", "telephone-event"], "what the caller has comes first"
        assert set(offered) == {"PCMU", "PCMA", "G722", "opus", "telephone-event"}
        await bo.answers()
        await anna.is_answered()
        await talk(anna, bo)
        assert {packet.payload_type for packet in bo.call.sound.heard} == {9}
        assert {packet.payload_type for packet in anna.call.sound.heard} == {0}
        assert sorted(transcoded(house)) == [("anna-desk", "G722", "PCMU"), ("bo-desk", "PCMU", "G722")]
        assert offers_of_ours(anna) == [], "she has said what she has"
        anna.call.sound.presses("5")
        await anna.watch.until(lambda: bo.call.sound.keys() == "5", "bo hears the key", 5)
    await house.settles()


async def test_a_common_format_is_relayed(house: House) -> None:
    anna, bo = await pair(house, PCMA | PCMU, G722 | PCMA)
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await bo.hears(anna)
        await anna.hears(bo)
        assert transcoded(house) == []
        assert offers_of_ours(bo) == []


async def test_who_has_passed_over_the_formats_of_the_other_is_not_offered_them_again(house: House) -> None:
    anna, bo = await pair(house, PCMA, G722)
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await anna.holds()
        await anna.resumes()
        await talk(anna, bo)
        assert offers_of_ours(bo) == offers_of_ours(anna) == []
    await house.settles()


@pytest.mark.parametrize("agreeable", [False, True])
async def test_new_formats_that_the_far_side_refuses(house: House, *, agreeable: bool) -> None:
    """It is asked once, and its sound goes on even if its answer was 200 with nothing in it."""
    anna, bo = await pair(house, PCMA, PCMA)
    bo.style.agreeable = agreeable
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        anna.style.formats = OPUS
        for _ in range(2):
            attempt = call.reoffer()
            final = await anna.watch.until(partial(getattr, attempt, "final"), "an answer", 5)
            assert final.status == 200
            await anna.pause(1)
        await talk(anna, bo)
        assert ("bo-desk", "opus", "PCMA") in transcoded(house)
        assert len(offers_of_ours(bo)) == (2 if agreeable else 1)
    await house.settles()


async def test_without_an_offer_of_the_caller(house: House) -> None:
    anna, bo = await pair(house, OPUS, PCMA)
    async with anna.calls("202", offer=False):
        await bo.answers()
        await anna.is_answered()
        await talk(anna, bo)
    await house.settles()


async def test_early_media(house: House) -> None:
    anna, bo = await pair(house, OPUS, PCMA)
    async with anna.calls("202") as call:
        ringing = await bo.rings()
        ringing.respond(183, sdp=ringing.sound.answer(ringing.invite.body if ringing.invite else b""))
        await anna.watch.until(lambda: call.sound.remote, "early media", 5)
        ringing.sound.speak(25)
        await anna.pause(1)
        assert len(call.sound.heard) >= 20
        assert transcoded(house) == [("anna-desk", "PCMA", "opus")]
        await bo.answers()
        await anna.is_answered()
        await talk(anna, bo)
    await house.settles()


# Keys ----------------------------------------------------------------------------------------------------------------


async def test_events_become_tones(house: House) -> None:
    anna = house.phone("anna", style=Style(formats=PCMA))
    bo = house.phone("bo", style=Style(formats=NO_KEYS), habits=Habits(allows="INVITE, ACK, CANCEL, BYE"))
    for phone in (anna, bo):
        await phone.registers(3600)
    async with bo.calls("201"):
        await anna.answers()
        await bo.is_answered()
        leg = next(leg for call in house.server.exchange.calls.values() for leg in call.legs if leg.party == "bo-desk")
        for pressed in KEYS:
            leg.stream.press(pressed, 60)
        await bo.pause(3)
        assert keys_in_sound(bo) == KEYS
    await house.settles()
