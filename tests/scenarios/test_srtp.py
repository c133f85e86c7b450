"""Encrypted sound: each side of a call for itself, by what its phone or trunk can and must do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbxd.events import LegEncrypted
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, SETTINGS, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone
from tests.support.sound import Line, read
from tests.support.srtp import key_of

pytestmark = pytest.mark.covers("SEC-4")

SUITE = "AES_CM_128_HMAC_SHA1_80"


@pytest_asyncio.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """Anna's phones may encrypt, Bo's must, Cora's can't; of Dan's nothing is said, and the trunk may."""
    organization = ORGANIZATION
    for device, srtp in (("anna-desk", "offer"), ("anna-soft", "offer"), ("bo-desk", "require"), ("cora-desk", "off")):
        organization = organization.replace(f"{{name: {device}, ", f"{{name: {device}, srtp: {srtp}, ")
    settings = SETTINGS.replace("    number_format", "    srtp: offer\n    number_format")
    async with House(configure(tmp_path, settings=settings, organization=organization), network, clock) as house:
        yield house


def offered(phone: Phone) -> Line:
    """The audio line of the INVITE that came."""
    assert phone.call.invite
    return read(phone.call.invite.body)[0]


def told(phone: Phone) -> Line:
    """The audio line that the phone was last answered with, or offered."""
    assert phone.call.sound.remote
    return phone.call.sound.remote


def said(house: House) -> list[tuple[str, str]]:
    return [(event.party, event.suite) for event in house.happened(LegEncrypted)]


async def talk(anna: Phone, bo: Phone) -> None:
    await anna.hears(bo)
    await bo.hears(anna)


@pytest.mark.parametrize("protocol", ["RTP/SAVP", "RTP/AVP"])
async def test_an_encrypting_phone_calls_a_plain_one(house: House, protocol: str) -> None:
    anna, cora = await house.phones("anna", "cora")
    anna.style.encrypts = protocol
    async with anna.calls("203"):
        await cora.answers()
        await anna.is_answered()
        assert (offered(cora).protocol, offered(cora).cryptos) == ("RTP/AVP", ())
        assert told(anna).protocol == protocol
        assert anna.call.sound.cipher.active
        await talk(anna, cora)
    assert said(house) == [("anna-desk", SUITE)]
    await house.settles()


async def test_a_plain_phone_calls_an_encrypting_one(house: House) -> None:
    cora, anna = await house.phones("cora", "anna")
    anna.style.encrypts = "RTP/AVP"
    async with cora.calls("201"):
        await anna.answers()
        await cora.is_answered()
        assert offered(anna).protocol == "RTP/AVP"
        assert [line.split()[1] for line in offered(anna).cryptos] == [SUITE, "AES_CM_128_HMAC_SHA1_32"]
        assert anna.call.sound.cipher.active
        assert told(cora).cryptos == ()
        await talk(cora, anna)
    assert said(house) == [("anna-desk", SUITE)]


async def test_a_phone_that_may_encrypt_and_can_t_is_called_all_the_same(house: House) -> None:
    cora, anna = await house.phones("cora", "anna")
    async with cora.calls("201"):
        await anna.answers()
        await cora.is_answered()
        assert not anna.call.sound.cipher.active
        await talk(cora, anna)
    assert said(house) == []


async def test_both_sides_encrypt_with_keys_that_are_nobody_elses(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.style.encrypts = bo.style.encrypts = "RTP/SAVP"
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        assert offered(bo).protocol == "RTP/SAVP"
        keys = [key_of(line) for line in (*offered(bo).cryptos, *told(anna).cryptos)]
        assert len({*keys, anna.call.sound.cipher.key, bo.call.sound.cipher.key}) == 5
        await talk(anna, bo)
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        assert key_of(told(anna).cryptos[0]) not in keys, "each call has keys of its own"
    assert said(house) == [("bo-desk", SUITE), ("anna-desk", SUITE)] * 2


async def test_where_encryption_is_required_a_plain_caller_is_refused_before_anybody_rings(house: House) -> None:
    bo, cora = await house.phones("bo", "cora")
    bo.dials("203")
    await bo.fails(488)
    await cora.does_not_ring()


async def test_where_encryption_is_required_a_plain_phone_is_offered_nothing_else(house: House) -> None:
    cora, bo = await house.phones("cora", "bo")
    cora.dials("202")
    await bo.rings()
    assert offered(bo).protocol == "RTP/SAVP"
    await bo.declines(488)
    await cora.fails(488)


async def test_an_answer_in_the_clear_to_an_offer_that_must_be_encrypted_ends_the_attempt(house: House) -> None:
    cora, bo = await house.phones("cora", "bo")
    cora.dials("202")
    await bo.answers()
    await bo.is_hung_up()
    await cora.fails(488)
    await house.settles()


async def test_encryption_that_is_off_is_refused(house: House) -> None:
    cora, dan = await house.phones("cora", "dan")
    cora.style.encrypts = "RTP/SAVP"
    cora.dials("204")
    await cora.fails(488)
    await dan.does_not_ring()


async def test_what_is_off_by_default_does_not_take_keys_that_are_offered(house: House) -> None:
    dan, cora = await house.phones("dan", "cora")
    dan.style.encrypts = "RTP/AVP"
    async with dan.calls("203"):
        await cora.answers()
        await dan.is_answered()
        assert told(dan).cryptos == ()
        await talk(dan, cora)


async def test_hold_and_resume_keep_the_keys(house: House) -> None:
    anna, cora = await house.phones("anna", "cora")
    anna.style.encrypts = "RTP/SAVP"
    async with anna.calls("203"):
        await cora.answers()
        await anna.is_answered()
        await talk(anna, cora)
        ours = told(anna).cryptos
        await anna.holds()
        await anna.resumes()
        assert told(anna).cryptos == ours
        await talk(anna, cora)
        assert anna.call.sound.cipher.undecipherable == 0
    assert said(house) == [("anna-desk", SUITE)]


async def test_a_phone_that_changes_its_key_gets_a_new_one_of_ours(house: House) -> None:
    anna, cora = await house.phones("anna", "cora")
    anna.style.encrypts = "RTP/SAVP"
    async with anna.calls("203"):
        await cora.answers()
        await anna.is_answered()
        await talk(anna, cora)
        ours = told(anna).cryptos
        await anna.holds()
        anna.call.sound.cipher.rekeys()
        await anna.resumes()
        assert told(anna).cryptos != ours
        await talk(anna, cora)
        assert anna.call.sound.cipher.undecipherable == 0


async def test_encryption_may_end_and_begin_within_a_call_and_never_with_a_key_that_was_used(house: House) -> None:
    anna, cora = await house.phones("anna", "cora")
    anna.style.encrypts = "RTP/AVP"
    async with anna.calls("203"):
        await cora.answers()
        await anna.is_answered()
        ours = told(anna).cryptos
        anna.style.encrypts = ""
        await anna.resumes()
        assert told(anna).cryptos == ()
        await talk(anna, cora)
        anna.style.encrypts = "RTP/AVP"
        await anna.resumes()
        assert key_of(told(anna).cryptos[0]) != key_of(ours[0])
        await talk(anna, cora)
    assert said(house) == [("anna-desk", SUITE), ("anna-desk", ""), ("anna-desk", SUITE)]


async def test_an_established_call_that_must_be_encrypted_stays_so(house: House) -> None:
    bo, cora = await house.phones("bo", "cora")
    bo.style.encrypts = "RTP/SAVP"
    async with bo.calls("203"):
        await cora.answers()
        await bo.is_answered()
        ours = bo.call.sound.cipher.line()
        plain = bo.call.sound.offer().replace(b"RTP/SAVP", b"RTP/AVP").replace(ours.encode() + b"\r\n", b"")
        attempt = bo.call.request("INVITE", body=plain)
        final = await bo.watch.until(lambda: attempt.final, "an answer to the re-INVITE", 5)
        assert final.status == 488
        await talk(bo, cora)


async def test_an_invite_without_offer_is_offered_keys(house: House) -> None:
    anna, cora = await house.phones("anna", "cora")
    anna.style.encrypts = "RTP/SAVP"
    async with anna.calls("203", offer=False):
        await cora.answers()
        await anna.is_answered()
        assert anna.call.sound.cipher.active
        await talk(anna, cora)


async def test_a_trunk_has_a_policy_of_its_own(house: House) -> None:
    (cora,) = await house.phones("cora")
    carrier = house.trunk()
    carrier.style.encrypts = "RTP/AVP"
    async with cora.calls("+4533445566"):
        await carrier.answers()
        await cora.is_answered()
        assert carrier.call.sound.cipher.active
        await talk(cora, carrier)
    async with carrier.calls("+4588887703"):
        await cora.answers()
        await carrier.is_answered()
        assert carrier.call.sound.cipher.active
        await talk(cora, carrier)


async def test_a_server_wide_default_is_for_those_who_say_nothing(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    settings = SETTINGS.replace("media: {", "media: {srtp: require, ")
    organization = ORGANIZATION.replace("{name: cora-desk, ", "{name: cora-desk, srtp: off, ")
    async with House(configure(tmp_path, settings=settings, organization=organization), network, clock) as house:
        anna, cora = await house.phones("anna", "cora")
        anna.dials("203")
        await anna.fails(488)
        anna.style.encrypts = "RTP/SAVP"
        async with anna.calls("203"):
            await cora.answers()
            await anna.is_answered()
            await talk(anna, cora)


async def test_each_branch_of_a_fork_has_keys_of_its_own_and_the_one_that_answers_is_heard(house: House) -> None:
    cora, anna = await house.phones("cora", "anna")
    anna.style.encrypts = "RTP/AVP"
    cora.dials("201")
    call = await anna.rings()
    assert call.invite
    sound = call.sound
    call.respond(183, tag="one", sdp=sound.answer(call.invite.body))
    await cora.hears_ringing()
    await cora.hears(anna)
    sound.cipher.rekeys()
    call.respond(200, tag="two", sdp=sound.answer(call.invite.body))
    await cora.is_answered()
    await talk(cora, anna)
    assert sound.cipher.undecipherable == 0
    assert said(house) == [("anna-desk", SUITE)]
    await cora.hangs_up()


async def test_no_key_is_in_what_is_said_about_a_call(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.style.encrypts = bo.style.encrypts = "RTP/SAVP"
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        crypto = [*told(anna).cryptos, *offered(bo).cryptos, anna.call.sound.cipher.line(), bo.call.sound.cipher.line()]
    told_of = repr(house.events)
    assert "LegEncrypted" in told_of
    assert not [line for line in crypto if line.split("inline:")[1] in told_of or repr(key_of(line)) in told_of]
