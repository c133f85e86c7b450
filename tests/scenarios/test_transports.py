"""What a whole server makes of networks: NAT, flows, long requests, addresses of its own, TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import trustme

from pbxd.calls.keepalive import INTERVAL
from pbxd.network import Address, StreamConnection, StreamReceiver
from pbxd.sip.transport.certificates import Certificates, TlsFiles
from pbxd.sip.transport.tls import TlsStream
from pbxd.standing import alive
from tests.support.clock import VirtualClock
from tests.support.house import DOMAIN, HOSTS, SERVER, SETTINGS, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone
from tests.support.wire import TcpWire

PING = b"\r\n\r\n"


@asynccontextmanager
async def told(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock, settings: str) -> AsyncIterator[House]:
    """A house whose server's file says something more."""
    async with House(configure(tmp_path, settings=SETTINGS + settings), network, clock) as house:
        yield house


# NAT -----------------------------------------------------------------------------------------------------------------


def pings(network: MemoryNetwork, host: str) -> list[float]:
    return [each.sent for each in network.datagrams if each.data == PING and each.target.host == host]


@pytest.mark.covers("DEV-1")
async def test_the_way_to_a_phone_behind_nat_is_kept_open(house: House) -> None:
    anna, bo = house.phone("anna"), house.phone("bo")
    await anna.registers(3600, contact="<sip:anna-desk@10.0.0.7:5060>;expires=3600")
    await bo.registers(3600)
    await asyncio.sleep(10 * INTERVAL)
    sent = pings(house.network, anna.host)
    assert len(sent) >= 9
    assert {round(later - earlier) for earlier, later in pairwise(sent)} == {INTERVAL}
    assert pings(house.network, bo.host) == []


async def test_pings_are_spread_over_the_interval(house: House) -> None:
    for name in ("anna", "bo", "cora", "dan"):
        await house.phone(name).registers(3600, contact=f"<sip:{name}@10.0.0.7:5060>;expires=3600")
    await asyncio.sleep(3 * INTERVAL)
    moments = [each.sent for each in house.network.datagrams if each.data == PING][-4:]
    assert len(set(moments)) == 4
    assert max(moments) - min(moments) > INTERVAL / 2


async def test_stun_on_the_sip_port(house: House) -> None:
    answers: list[bytes] = []
    socket = house.network.datagram(Address("192.0.2.50", 1234), lambda data, _: answers.append(data))
    socket.send(b"\0\1\0\0\x21\x12\xa4\x42" + b"transaction!", SERVER)
    socket.send(b"\r\n\r\n", SERVER)
    await asyncio.sleep(1)
    (answer,) = answers
    assert answer[:2] == b"\1\1"
    assert house.server.endpoint.counters["malformed"] == 0
    socket.close()


# RFC 5626 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_an_outbound_phone_is_told_so(house: House, transport: str) -> None:
    anna = await house.tcp_phone("anna") if transport == "tcp" else house.phone("anna")
    uri = anna.contact.strip("<>")
    contact = f'<{uri};ob>;+sip.instance="<urn:uuid:0>";reg-id=1'
    ok = await anna.sends("REGISTER", headers=[("Contact", contact), ("Supported", "outbound, path")])
    assert ok.headers.get("Require") == "outbound"
    assert ok.headers.get("Flow-Timer") == ("120" if transport == "tcp" else None)
    (binding,) = house.server.location.reachable("house", "anna-desk")
    assert str(binding.contact).endswith(";ob")
    assert binding.reg_id == 1


async def test_a_phone_that_does_not_ask_for_outbound_hears_nothing_of_it(house: House) -> None:
    ok = await house.phone("anna").registers()
    assert ok.headers.get("Require") is None


# Long requests -------------------------------------------------------------------------------------------------------


LONG = [("User-to-User", "ab" * 600 + ";encoding=hex")]
"""What is passed on, and too long for one datagram."""


async def test_a_long_request_to_a_trunk_goes_by_tcp(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    async with told(tmp_path, network, clock, "large_requests: tcp\n") as house:
        (anna,) = await house.phones("anna")
        trunk = Far()
        listener = await network.listen(Address(HOSTS["trunk"], 5060), lambda _: trunk)
        anna.dials("+4533123456", headers=LONG)
        await asyncio.sleep(1)
        assert trunk.got.startswith(
            b"INVITE sip:+4533123456@192.0.2.99:5060 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1:5060;"
        )
        listener.close()


async def test_it_goes_by_udp_where_tcp_fails(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> None:
    async with told(tmp_path, network, clock, "large_requests: tcp\n") as house:
        (anna,) = await house.phones("anna")
        trunk = house.trunk()
        for _ in range(2):
            async with anna.calls("+4533123456", headers=LONG):
                await trunk.rings()
                await trunk.answers()
                await anna.is_answered()
        assert not network.streams
        await house.settles()


async def test_nothing_changes_unless_it_is_asked_for_or_where_a_phone_has_registered(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    async with told(tmp_path, network, clock, "large_requests: tcp\n") as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("202", headers=LONG):
            await bo.answers()
            await anna.is_answered()
        assert len(network.streams) == 0


# Addresses -----------------------------------------------------------------------------------------------------------


async def test_each_network_is_told_the_address_that_it_reaches_us_at(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    external = "external_address: {0.0.0.0/0: 203.0.113.7, 192.0.2.11/32: 10.1.1.1}\n"
    async with told(tmp_path, network, clock, external) as house:
        anna, bo, cora = await house.phones("anna", "bo", "cora")
        for callee, number, host in ((bo, "202", "10.1.1.1"), (cora, "203", "203.0.113.7")):
            call = anna.dials(number)
            invite = (await callee.rings()).invite
            assert invite is not None
            assert invite.contact is not None
            assert (invite.via.host, invite.contact.uri.host) == (host, host)
            assert f"c=IN IP4 {host}".encode() in invite.body
            call.stop()


async def test_ipv6_all_the_way(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> None:
    settings = SETTINGS.replace("tcp://192.0.2.1:5060", '"udp://[2001:db8::1]:5060"')
    async with House(configure(tmp_path, settings=settings), network, clock) as house:
        phones: list[Phone] = []
        for name, host in (("anna", "2001:db8::10"), ("bo", "2001:db8::11")):
            phone = house._everybody[name] = house._new(name, None, None)
            phone.server = Address("2001:db8::1", 5060)
            phone.plug_in(network, host)
            await phone.registers(3600)
            phones.append(phone)
        anna, bo = phones
        async with anna.calls("202"):
            invite = (await bo.rings()).invite
            assert invite is not None
            assert str(invite.headers.get("Via")).startswith("SIP/2.0/UDP [2001:db8::1]:5060;")
            assert "@[2001:db8::1]:5060>" in (invite.headers.get("Contact") or "")
            assert b"c=IN IP6 2001:db8::1\r\n" in invite.body
            await bo.answers()
            await anna.is_answered()
            await anna.hears(bo)
            await bo.hears(anna)


# TLS -----------------------------------------------------------------------------------------------------------------


def written(directory: Path, name: str, into: str, authority: trustme.CA | None = None) -> trustme.CA:
    """Write a certificate, its key, and the authority's own."""
    authority = authority or trustme.CA()
    made = authority.issue_cert(name)
    (directory / f"{into}.pem").write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    made.private_key_pem.write_to_path(str(directory / f"{into}.key"))
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    return authority


class Far:
    """Who keeps what comes over one connection, plain or TLS."""

    def __init__(self) -> None:
        self.got = b""

    def opened(self, stream: StreamConnection) -> None: ...

    def received(self, data: bytes) -> None:
        self.got += data

    def lost(self, error: Exception | None) -> None: ...


async def test_a_request_over_tls_is_answered_there(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    written(tmp_path, DOMAIN, "server")
    settings = SETTINGS.replace("tcp://192.0.2.1:5060", "tls://192.0.2.1:5061")
    tls = "tls: {certificate: server.pem, key: server.key}\n"
    async with House(configure(tmp_path, settings=settings + tls), network, clock) as house:
        assert alive(house.server)["certificates"][0]["names"] == [DOMAIN]
        peer, context = Far(), Certificates(TlsFiles(pairs=(), ca=tmp_path / "ca.pem")).client
        channels: list[TlsStream] = []

        def opened(stream: StreamConnection) -> TlsStream:
            channels.append(TlsStream(stream, context, peer, server_name=DOMAIN))
            return channels[0]

        await network.connect_from("192.0.2.50", Address("192.0.2.1", 5061), opened)
        await asyncio.sleep(1)
        channels[0].write(
            f"OPTIONS sips:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.50;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
            f"To: <sips:{DOMAIN}>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n".encode()
        )
        await asyncio.sleep(1)
        assert peer.got.startswith(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS 192.0.2.50;")
        channels[0].close()


async def test_a_trunk_with_sips_is_called_over_tls_only(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    ca = written(tmp_path, DOMAIN, "server")
    written(tmp_path, "192.0.2.99", "trunk", ca)
    settings = SETTINGS.replace("tcp://192.0.2.1:5060", "tls://192.0.2.1:5061").replace(
        "sip:192.0.2.99:5060", "sips:192.0.2.99:5061"
    )
    tls = "tls: {certificate: server.pem, key: server.key, ca: ca.pem}\n"
    async with House(configure(tmp_path, settings=settings + tls), network, clock) as house:
        (anna,) = await house.phones("anna")
        peer = Far()
        context = Certificates(TlsFiles(pairs=((tmp_path / "trunk.pem", tmp_path / "trunk.key"),))).server
        listener = await network.listen(Address("192.0.2.99", 5061), lambda stream: TlsStream(stream, context, peer))
        anna.dials("+4533123456")
        await asyncio.sleep(1)
        assert peer.got.startswith(b"INVITE sips:+4533123456@192.0.2.99:5061 SIP/2.0\r\n")
        assert b"\r\nVia: SIP/2.0/TLS 192.0.2.1:5061;" in peer.got
        contact = next(line for line in peer.got.split(b"\r\n") if line.startswith(b"Contact: "))
        assert contact.startswith(b"Contact: <sips:")
        assert contact.endswith(b"@192.0.2.1:5061>")
        listener.close()


async def test_a_trunk_is_called_on_the_connection_that_it_made(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    settings = SETTINGS.replace("sip:192.0.2.99:5060", "sip:192.0.2.99:5060;transport=tcp")
    async with House(configure(tmp_path, settings=settings), network, clock) as house:
        (anna,) = await house.phones("anna")
        peer = Far()
        connection = await network.connect_from("192.0.2.99", SERVER, lambda _: peer)
        connection.write(
            f"OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.99;branch=z9hG4bK1;alias\r\n"
            f"From: <sip:a@b>;tag=1\r\nTo: <sip:{DOMAIN}>\r\n"
            "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n".encode()
        )
        await asyncio.sleep(1)
        anna.dials("+4533123456")
        await asyncio.sleep(1)
        assert b"INVITE sip:+4533123456@192.0.2.99:5060;transport=tcp SIP/2.0\r\n" in peer.got
        assert len(network.streams) == 2  # both ends of one
        connection.close()


async def test_a_phone_whose_connection_is_gone_is_told_by_another(house: House) -> None:
    """A BYE goes to its Contact, where the way that the call came by is no more (RFC 3261 8.1.2)."""
    anna = await house.tcp_phone("anna")
    await anna.registers()
    (bo,) = await house.phones("bo")
    anna.dials("202")
    await bo.answers()
    await anna.is_answered()
    house.network.streams[0].reset()
    wires: list[TcpWire] = []

    def accepted(connection: StreamConnection) -> StreamReceiver:
        wires.append(TcpWire(anna._heard))
        anna.wire = wires[0]
        return wires[0]._opened(connection)

    listener = await house.network.listen(Address(anna.host, int(anna.contact.split(":")[2].split(";")[0])), accepted)
    await bo.pause(1)
    assert anna.call.state == "talking"
    await bo.hangs_up()
    await anna.is_hung_up()
    listener.close()
    await house.settles()
