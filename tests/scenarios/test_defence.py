"""Strangers and old passwords: what they learn, and when they are not heard any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbxd.events import Banned, Registered, RequestRefused, RequestsRefused, Unbanned
from pbxd.sip.message import Response
from pbxd.standing import alive
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, SERVER, SETTINGS, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone
from tests.support.wire import UdpWire

pytestmark = pytest.mark.covers("SEC-2")

LIMIT = 5


@pytest_asyncio.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    settings = f"{SETTINGS}limits: {{ban_after: {LIMIT}}}\n"
    async with House(configure(tmp_path, settings=settings), network, clock) as house:
        yield house


def forgets(phone: Phone) -> None:
    """The phone has another password than the server."""
    phone.credentials.password = "old"


async def is_ignored(phone: Phone) -> None:
    """A REGISTER is not answered, though it is repeated for two seconds."""
    exchange = phone.outside("REGISTER", f"sip:{phone.domain}", [("Contact", phone.contact)])
    await phone.pause(2)
    assert exchange.result() is None
    exchange.attempt.stop()


async def test_a_phone_with_an_old_password_is_not_heard_for_a_minute(house: House) -> None:
    anna, bo = house.phone("anna"), house.phone("bo")
    await bo.registers()
    forgets(anna)
    for _ in range(LIMIT):
        await anna.registers(expect=401)
    (ban,) = house.happened(Banned)
    assert (ban.account, ban.address, ban.seconds, ban.failures) == ("anna-desk", anna.host, 60, LIMIT)
    anna.credentials.password = "anna-secret"
    await is_ignored(anna)
    assert house.server.defence.status()["turned_away"]["banned"] > 1
    assert alive(house.server)["defence"]["bans"] == 1
    await anna.pause(60)
    await anna.registers()
    await house.settles()


async def test_an_operator_lists_and_lifts_bans(house: House) -> None:
    anna = house.phone("anna")
    forgets(anna)
    for _ in range(LIMIT):
        await anna.registers(expect=401)
    (shown,) = house.server.defence.bans()
    assert (shown["account"], shown["address"], shown["seconds_left"]) == ("anna-desk", anna.host, 60)
    assert house.server.defence.unban("192.0.2.200") == []
    assert [lifted["account"] for lifted in house.server.defence.unban("anna-desk")] == ["anna-desk"]
    assert [event.why for event in house.happened(Unbanned)] == ["lifted by an operator"]
    anna.credentials.password = "anna-secret"
    await anna.registers()


async def test_one_bad_phone_does_not_cost_its_site(house: House) -> None:
    anna = house.phone("anna")
    await anna.registers()
    for number in range(4 * LIMIT):
        anna.credentials.username = f"bad{number}"
        forgets(anna)
        await anna.registers(expect=401)
    assert [ban.account for ban in house.happened(Banned)] == [""] * 0
    anna.credentials.username, anna.credentials.password = "anna-desk", "anna-secret"
    await anna.registers()
    assert len(house.happened(Registered)) == 2


async def test_a_scanner_learns_nothing_and_is_not_heard_any_more(house: House) -> None:
    scanner = house.phone("dan")
    scanner.habits.authenticates = False
    answers: list[Response] = []
    for name in ("anna-desk", "nobody", "bo-desk", "1000", "1001"):
        scanner.username = name
        answers += [await scanner.sends(method, expect=401) for method in ("REGISTER", "SUBSCRIBE", "MESSAGE")]
    shapes = {
        (
            answer.status,
            answer.reason,
            tuple(name for name, _ in answer.headers),
            len(answer.to_bytes()) - noise(answer),
        )
        for answer in answers
    }
    assert len(shapes) == 1
    await scanner.pause(3)
    await scanner.sends("REGISTER", expect=401)
    (ban,) = house.happened(Banned)
    assert (ban.account, ban.address) == ("", scanner.host)
    await is_ignored(scanner)
    scanner.username = "anna-desk"
    await is_ignored(scanner)
    await house.settles()


def noise(answer: Response) -> int:
    """Bytes of what an answer repeats from its request."""
    repeated = ("Via", "From", "To", "Call-ID", "CSeq")
    return sum(len(answer.headers.get(name) or "") for name in repeated)


async def test_the_realm_tells_nothing_where_several_organizations_are(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    other = ORGANIZATION.replace("house.example", "mill.example").replace("organization: house", "organization: mill")
    for name in ("anna", "bo", "cora", "dan"):
        other = other.replace(f"{name}-desk", f"{name}-mill").replace(f"{name}-soft,", f"{name}-mill-soft,")
    (tmp_path / "mill.yaml").write_text(other.replace("+45888877", "+45777777"))
    settings = SETTINGS.replace("[house.yaml]", "[house.yaml, mill.yaml]")
    async with House(configure(tmp_path, settings=settings), network, clock) as house:
        scanner = house.phone("dan")
        scanner.habits.authenticates, scanner.domain = False, SERVER.host
        realms = {}
        for name in ("anna-desk", "anna-mill", *(f"nobody{number}" for number in range(10))):
            scanner.username = name
            answer = await scanner.sends("REGISTER", expect=401)
            challenge = answer.headers.get("WWW-Authenticate") or ""
            realms[name] = challenge.partition('realm="')[2].partition('"')[0]
        assert realms["anna-desk"] == "house.example"
        assert realms["anna-mill"] == "mill.example"
        strangers = {realm for name, realm in realms.items() if name.startswith("nobody")}
        assert strangers == {"house.example", "mill.example"}


async def test_a_trunk_is_never_banned(house: House) -> None:
    trunk = house.trunk()
    trunk.habits.authenticates = False
    for number in range(4 * LIMIT):
        trunk.username = f"user{number}"
        await trunk.sends("REGISTER", expect=401)
        await trunk.pause(1)
    assert house.happened(Banned) == []


async def test_refusals_of_one_address_are_summed_up(house: House) -> None:
    anna = house.phone("anna")
    forgets(anna)
    for _ in range(LIMIT - 1):
        await anna.registers(expect=401)
    assert len(house.happened(RequestRefused)) == 1
    await anna.pause(30)
    assert [(said.address, said.count) for said in house.happened(RequestsRefused)] == [(anna.host, LIMIT - 2)]
    await anna.registers(expect=401)
    assert len(house.happened(RequestRefused)) == 2


async def test_a_banned_address_is_not_even_read(house: House, network: MemoryNetwork) -> None:
    test = house.phone("cora")
    for number in range(LIMIT):
        test.credentials.username = f"nobody{number}"
        await test.registers(expect=401)
    assert [ban.account for ban in house.happened(Banned)] == [""]
    malformed = house.server.endpoint.counters["malformed"]
    test.wire.send(b"REGISTER garbage", SERVER)
    await test.pause(1)
    assert house.server.endpoint.counters["malformed"] == malformed
    assert isinstance(test.wire, UdpWire)


@pytest.mark.covers("SEC-3")
async def test_a_flood_from_a_stranger_does_not_reach_the_phones(house: House) -> None:
    anna, bo, flood = house.phone("anna"), house.phone("bo"), house.phone("cora")
    for phone in (anna, bo):
        await phone.registers()
    for number in range(1000):
        branch = f"z9hG4bK-flood-{number}"
        head = f"INVITE sip:202@{SERVER} SIP/2.0\r\nVia: {flood.via(branch)}\r\nMax-Forwards: 70\r\n"
        names = f"From: <sip:x@{flood.host}>;tag=1\r\nTo: <sip:202@{SERVER}>\r\nCall-ID: {number}\r\n"
        flood.wire.send(f"{head}{names}CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n".encode(), SERVER)
    await anna.pause(0.5)
    found = alive(house.server)["defence"]
    assert found["turned_away"]["pace"] >= 700
    assert found["server_transactions"] < 250
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
    await house.settles(80)
    assert alive(house.server)["defence"]["server_transactions"] == 0


@pytest.mark.covers("SEC-3")
async def test_more_calls_a_second_than_configured_go_elsewhere(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    settings = f"{SETTINGS}limits: {{calls_per_second: 2}}\n"
    async with House(configure(tmp_path, settings=settings), network, clock) as house:
        bo, trunk = house.phone("bo"), house.trunk()
        await bo.registers()
        calls = [trunk.dials("+4588887702") for _ in range(2)]
        refused = trunk.dials("+4588887702")
        answer = await trunk.fails(503, refused)
        assert answer.headers.get("Retry-After") == "2"
        urgent = trunk.dials("112")
        await trunk.watch.until(lambda: urgent.attempt.final, "an answer to the emergency call", 5)
        assert urgent.status != 503
        for call in calls:
            await trunk.cancels(call)
        await house.settles()


@pytest.mark.covers("SEC-3")
async def test_nobody_dials_a_thousand_digits(house: House) -> None:
    (anna,) = await house.phones("anna")
    async with anna.calls("1" * 1000):
        await anna.fails(414)
