"""Devices register, refresh, ask, leave and expire."""

from __future__ import annotations

import asyncio

import pytest

from pbxd.events import Registered, RequestRefused, Unregistered
from pbxd.sip.message import Response
from tests.support.house import House
from tests.support.phone import Phone

pytestmark = pytest.mark.covers("DEV-1")


def contacts(response: Response) -> list[str]:
    """URIs of the Contact list of a 200."""
    assert response.contacts != "*"
    return [str(contact.uri) for contact in response.contacts]


def own(phone: Phone) -> str:
    return phone.contact.strip("<>")


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_a_phone_registers_with_either_digest(house: House, algorithm: str) -> None:
    anna = house.phone("anna")
    anna.credentials.algorithms = [algorithm]
    ok = await anna.registers(600)
    assert contacts(ok) == [own(anna)]
    assert ok.headers.get("Date")
    (registered,) = house.happened(Registered)
    assert (registered.device, registered.expires, registered.refresh) == ("anna-desk", 600, False)


async def test_a_challenge_offers_both_digests_and_names_the_organization(house: House) -> None:
    anna = house.phone("anna")
    anna.habits.authenticates = False
    refused = await anna.registers(expect=401)
    challenges = refused.headers.all("WWW-Authenticate")
    for algorithm in ("MD5", "SHA-256"):
        assert sum(f"algorithm={algorithm}," in challenge for challenge in challenges) == 1
    assert all('realm="house.example"' in challenge for challenge in challenges)


async def test_a_wrong_password_is_refused_and_told_to_the_operator(house: House) -> None:
    anna = house.phone("anna")
    anna.credentials.password = "guess"
    await anna.sends("REGISTER", headers=[("Contact", anna.contact)], expect=401)
    assert house.happened(Registered) == []
    assert [(refused.method, refused.account) for refused in house.happened(RequestRefused)] == [
        ("REGISTER", "anna-desk")
    ]


@pytest.mark.covers("SEC-1")
async def test_an_unknown_device_learns_no_more_than_a_wrong_password_does(house: House) -> None:
    stranger, anna = house.phone("bo"), house.phone("anna")
    stranger.credentials.username = stranger.username = "nobody"
    anna.credentials.password = "guess"
    answers = [
        await phone.sends("REGISTER", headers=[("Contact", phone.contact)], expect=401) for phone in (stranger, anna)
    ]
    assert answers[0].reason == answers[1].reason


async def test_a_refresh_keeps_one_binding(house: House) -> None:
    anna = house.phone("anna")
    await anna.registers(600)
    await anna.pause(300)
    ok = await anna.registers(600)
    assert contacts(ok) == [own(anna)]
    assert [event.refresh for event in house.happened(Registered)] == [False, True]


async def test_two_contacts_of_one_device(house: House) -> None:
    anna = house.phone("anna")
    await anna.registers(600)
    ok = await anna.registers(contact="<sip:anna-desk@192.0.2.10:5071>;expires=600")
    assert contacts(ok) == [own(anna), "sip:anna-desk@192.0.2.10:5071"]


async def test_a_query_changes_nothing(house: House) -> None:
    anna = house.phone("anna")
    await anna.registers(600)
    await anna.pause(100)
    ok = await anna.sends("REGISTER")
    assert contacts(ok) == [own(anna)]
    assert ok.contact
    assert ok.contact.param("expires") in ("499", "500")


async def test_unregistering_all(house: House) -> None:
    anna = house.phone("anna")
    await anna.registers(600)
    assert contacts(await anna.unregisters()) == []
    assert [event.device for event in house.happened(Unregistered)] == ["anna-desk"]


async def test_unregistering_one(house: House) -> None:
    anna = house.phone("anna")
    await anna.registers(600)
    await anna.registers(contact="<sip:anna-desk@192.0.2.10:5071>;expires=600")
    ok = await anna.registers(contact="<sip:anna-desk@192.0.2.10:5071>;expires=0")
    assert contacts(ok) == [own(anna)]


async def test_too_short_a_time_is_refused_with_the_least_that_is_taken(house: House) -> None:
    refused = await house.phone("anna").registers(10, expect=423)
    assert refused.headers.get("Min-Expires") == "60"


async def test_a_binding_expires(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    await bo.registers(60)
    await bo.pause(61)
    async with anna.calls("202"):
        await anna.fails(480)
    assert bo.calls_got == []
    assert [event.device for event in house.happened(Unregistered)] == ["bo-desk"]


async def test_an_old_nonce_is_stale_and_the_phone_needs_no_password_again(house: House) -> None:
    anna = house.phone("anna")
    anna.habits.preemptive = True
    await anna.registers(3600)
    await anna.pause(3000)
    before = len(anna.got(401))
    # The phone answers a challenge only once per request, so it has to be asked to try again by hand.
    refused = await anna.sends("REGISTER", headers=[("Contact", anna.contact)], expect=401)
    assert len(anna.got(401)) == before + 1
    assert all("stale=true" in challenge for challenge in refused.headers.all("WWW-Authenticate"))


@pytest.mark.covers("SEC-1")
async def test_a_replayed_request_is_not_accepted(house: House) -> None:
    anna = house.phone("anna")
    await anna.registers(600)
    accepted = next(
        datagram.data for datagram in house.network.datagrams if b"\r\nAuthorization: Digest" in datagram.data
    )
    await anna.pause(40)  # until the transaction is forgotten: this is not about retransmissions
    before = len(anna.received)
    replay = accepted.replace(b"branch=z9hG4bK", b"branch=z9hG4bK-again").replace(b";expires=600", b";expires=0")
    anna.wire.send(replay, anna.server)
    await anna.pause(1)
    answers = [message.status for message in anna.received[before:] if isinstance(message, Response)]
    assert answers == [401]


async def test_the_binding_is_stored_before_the_phone_is_told(house: House) -> None:
    house.store.bindings.delay = 0.5
    anna = house.phone("anna")
    begun = house.clock.monotonic()
    await anna.registers(600)
    assert house.clock.monotonic() - begun > 0.5


async def test_a_store_that_fails_is_no_200(house: House) -> None:
    house.store.bindings.failure = OSError("disk full")
    await house.phone("anna").registers(600, expect=500)
    assert house.happened(Registered) == []


async def test_a_store_that_never_answers_leaves_nobody_waiting(house: House) -> None:
    house.store.bindings.delay = 3600
    anna = house.phone("anna")
    begun = house.clock.monotonic()
    refused = await anna.registers(600, expect=500)
    assert house.clock.monotonic() - begun < 12
    assert refused.headers.get("Retry-After") == "10"
    assert house.happened(Registered) == []
    await house.settles()
    await anna.pause(3600)
    assert len(anna.got(500)) == 1
    assert anna.got(200) == []
    assert [event.device for event in house.happened(Registered)] == ["anna-desk"], "it is on disk after all"


async def test_a_connection_that_is_lost_is_told_of_once(house: House) -> None:
    anna = await house.tcp_phone("anna")
    bo = await house.tcp_phone("bo")
    for _ in range(2):
        await anna.registers(600)
    await bo.registers(600)
    anna.unplug()
    await bo.pause(1)
    assert [(event.device, event.why) for event in house.happened(Unregistered)] == [("anna-desk", "connection lost")]
    await bo.unregisters()
    bo.unplug()
    await asyncio.sleep(700)
    assert [event.why for event in house.happened(Unregistered)] == ["connection lost", "unregistered", "expired"]


@pytest.mark.covers("REL-2")
async def test_bindings_survive_a_restart(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    await house.stop()
    await house.start()
    async with anna.calls("202"):
        await bo.answers()
        await bo.hears(anna)


async def test_a_phone_on_tcp_registers_and_is_called(house: House) -> None:
    anna = await house.tcp_phone("anna")
    await anna.registers(600)
    (bo,) = await house.phones("bo")
    async with bo.calls("201"):
        await anna.answers()
        await bo.is_answered()
        await bo.hears(anna)
    await house.settles()


async def test_a_tcp_phone_whose_connection_broke_is_unreachable_at_once(house: House) -> None:
    anna = await house.tcp_phone("anna")
    await anna.registers(600)
    (bo,) = await house.phones("bo")
    house.network.streams[0].reset()
    await bo.pause(1)
    async with bo.calls("201"):
        await bo.fails(480, within=1)


async def test_options_is_answered(house: House) -> None:
    ok = await house.phone("anna").sends("OPTIONS")
    assert {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER"} <= ok.allow
