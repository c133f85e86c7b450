"""Every transport on real sockets, with peers that nobody here wrote: baresip, OpenSSL, a WebSocket client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import shutil
import socket
import ssl
import struct
import time
from dataclasses import replace

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from pbxd.sip.message import Request, Response
from pbxd.sip.parse import parse_message
from tests.interop.authority import Authority
from tests.interop.baresip import BARESIP, Baresip
from tests.interop.part import DOMAIN, Part, audio
from tests.interop.server import secret
from tests.interop.stage import Stage
from tests.interop.tones import ANNAS, BOS
from tests.support.credentials import Credentials

pytestmark = [pytest.mark.interop, pytest.mark.covers("DEV-1")]

SIP = Subprotocol("sip")
OPTIONS = (
    f"OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.50;branch=z9hG4bK%d;rport\r\nFrom: <sip:a@b>;tag=1\r\n"
    f"To: <sip:{DOMAIN}>\r\nCall-ID: %d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


def options(serial: int) -> bytes:
    return (OPTIONS % (serial, serial)).encode()


@pytest.fixture
def secure(stage: Stage, authority: Authority) -> Stage:
    """A stage whose server listens on everything."""
    host = stage.house.address
    certificate, key = authority.issues(host, DOMAIN)
    listen = [f"udp://{host}:5060", f"tcp://{host}:5060", f"tls://{host}:5061", f"wss://{host}:7443/sip"]
    tls = {"certificate": str(certificate), "key": str(key)}
    stage.house = replace(stage.house, server={"listen": listen, "tls": tls})
    return stage


def started(stage: Stage) -> str:
    """Start the server, wait until it listens on everything, and return its address."""
    while not stage.server.events("server-started"):
        time.sleep(0.02)
    return stage.server.address[0]


async def asks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, serial: int) -> bytes:
    """Send OPTIONS and get the head of the answer."""
    writer.write(options(serial))
    async with asyncio.timeout(10):
        return await reader.readuntil(b"\r\n\r\n")


# TLS -----------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(BARESIP is None, reason="baresip (Debian package baresip-core) is not installed")
@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_two_baresips_register_and_call(secure: Stage, authority: Authority, transport: str) -> None:
    registrar = started(secure), 5061 if transport == "tls" else 5060
    phones: list[Baresip] = []
    with contextlib.ExitStack() as stack:
        for device, voice in (("anna-desk", ANNAS), ("bo-desk", BOS)):
            directory = secure.directory / device
            phone = Baresip(
                device, voice, host=secure.place(), registrar=registrar, directory=directory, transport=transport
            )
            stack.callback(phone.stop)
            with (directory / "config").open("a") as config:
                config.write(f"sip_cafile {authority.path}\n")
            phone.registers()
            phones.append(phone)
        anna, bo = phones
        anna.calls("202")
        bo.answers()
        anna.waits_for("CALL_ESTABLISHED")
        time.sleep(0.5)
        anna.hangs_up()
        bo.waits_for("CALL_CLOSED")
    bindings = [line["address"] for line in secure.server.events("registered")]
    assert len(bindings) >= 2
    assert all(address.startswith(f"{transport}:") for address in bindings)
    (ended,) = secure.server.events("call-ended")
    assert ended["result"] == "answered"


@pytest.mark.covers("SEC-4")
async def test_openssl_gets_through_byte_by_byte(secure: Stage, authority: Authority) -> None:
    host = started(secure)
    reader, writer = await asyncio.open_connection(host, 5061, ssl=authority.client(), server_hostname=host)
    for byte in options(1):
        writer.write(bytes([byte]))
        await writer.drain()
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS 192.0.2.50;")
    writer.write(b"\r\n\r\n")
    assert await reader.readexactly(2) == b"\r\n"
    writer.close()
    await writer.wait_closed()


@pytest.mark.covers("SEC-4")
async def test_a_client_that_does_not_know_the_authority_stays_away(secure: Stage) -> None:
    host = started(secure)
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection(host, 5061, ssl=ssl.create_default_context())
    assert not secure.server.events("registered")


@pytest.mark.covers("SEC-4")
async def test_a_new_certificate_while_a_connection_is_open(secure: Stage, authority: Authority) -> None:
    host = started(secure)
    before = await asyncio.open_connection(host, 5061, ssl=authority.client(), server_hostname=host)
    assert b" 200 " in await asks(*before, 1)
    (shown,) = secure.server.status()["certificates"]
    assert shown["days_left"] > 30
    # A bad one first: nothing changes.
    other, _ = authority.issues("pbx.example", into="other")
    shutil.copy(other, shown["certificate"])
    secure.server.command("reload")
    assert secure.server.status()["certificates"] == [shown]
    assert any("refused" in json.dumps(line) for line in secure.server.log())
    authority.issues("new.example")
    secure.server.command("reload")
    after = await asyncio.open_connection(host, 5061, ssl=authority.client(), server_hostname="new.example")
    assert b" 200 " in await asks(*after, 2)
    assert b" 200 " in await asks(*before, 3)
    for _, writer in (before, after):
        writer.close()
        await writer.wait_closed()


@pytest.mark.covers("SEC-4")
async def test_a_client_certificate_where_it_is_demanded(secure: Stage, authority: Authority) -> None:
    tls = dict(secure.house.server["tls"], client_ca=str(authority.path))
    secure.house = replace(secure.house, server={**secure.house.server, "tls": tls})
    host = started(secure)
    context = authority.client()
    reader, writer = await asyncio.open_connection(host, 5061, ssl=context, server_hostname=host)
    with pytest.raises((ssl.SSLError, ConnectionError, asyncio.IncompleteReadError)):
        await asks(reader, writer, 1)
    context.load_cert_chain(*authority.issues("phone.example", into="phone"))
    reader, writer = await asyncio.open_connection(host, 5061, ssl=context, server_hostname=host)
    assert b" 200 " in await asks(reader, writer, 2)
    writer.close()
    await writer.wait_closed()


# WebSocket -----------------------------------------------------------------------------------------------------------


async def test_a_phone_in_a_browser_registers_and_is_called(secure: Stage, authority: Authority) -> None:
    host = started(secure)
    credentials = Credentials("bo-desk", secret("bo-desk"))
    async with connect(f"wss://{host}:7443/sip", ssl=authority.client(), subprotocols=[SIP]) as browser:

        async def gets() -> Request | Response:
            async with asyncio.timeout(10):
                data = await browser.recv()
            return parse_message(data.encode() if isinstance(data, str) else data)

        def register(cseq: int, *more: str) -> str:
            lines = [
                f"REGISTER sip:{DOMAIN} SIP/2.0",
                f"Via: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK{cseq}",
                f"From: <sip:bo-desk@{DOMAIN}>;tag=1",
                f"To: <sip:bo-desk@{DOMAIN}>",
                "Call-ID: browser",
                f"CSeq: {cseq} REGISTER",
                "Contact: <sip:bo@df7jal23ls0d.invalid;transport=ws>;expires=600",
                *more,
            ]
            return "\r\n".join([*lines, "", ""])

        await browser.send(register(1))
        challenged = await gets()
        challenge = credentials.choose(challenged.headers.all("WWW-Authenticate"))
        answer = credentials.answer(challenge, "REGISTER", f"sip:{DOMAIN}")
        await browser.send(register(2, f"Authorization: {answer}"))
        registered = await gets()
        assert isinstance(registered, Response)
        assert registered.status == 200

        anna = secure.phone("anna-desk")
        anna.calls(
            "202", Part.calling("202", user="anna-desk").invites_with_credentials(audio()).gets(486).acks(failure=True)
        )
        invite = await gets()
        assert isinstance(invite, Request)
        assert str(invite.uri) == "sip:bo@df7jal23ls0d.invalid;transport=ws"
        assert (invite.headers.get("Via") or "").startswith(f"SIP/2.0/WSS {host}:7443;")
        assert f"@{host}:7443;transport=ws>" in (invite.headers.get("Contact") or "")
        copied = [f"{name}: {invite.headers.get(name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
        busy = ["SIP/2.0 486 Busy Here", *copied, f"To: {invite.headers.get('To')};tag=2", "Content-Length: 0", "", ""]
        await browser.send("\r\n".join(busy))
        ack = await gets()
        assert isinstance(ack, Request)
        assert ack.method == "ACK"
        await asyncio.to_thread(secure.plays)
        assert await (await browser.ping()) >= 0


# Datagrams and versions of IP ----------------------------------------------------------------------------------------


def test_stun_tells_the_address(stage: Stage) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((stage.place(), 0))
        probe.settimeout(5)
        probe.sendto(b"\0\1\0\0\x21\x12\xa4\x42" + b"transaction!", stage.server.address)
        answer = probe.recv(1000)
        host, port = probe.getsockname()
    found_port, found_host = struct.unpack("!H4s", answer[-6:])
    assert found_port ^ 0x2112 == port
    assert socket.inet_ntoa(bytes(a ^ b for a, b in zip(found_host, b"\x21\x12\xa4\x42", strict=True))) == host


@pytest.fixture
def ipv6_port() -> int:
    """A port that is free on ::1, below those for sound."""
    for port in random.sample(range(5100, 19_000), 20):
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
            probe.bind(("::1", port))
            return port
    pytest.skip("this machine has no IPv6")


async def test_ipv6(stage: Stage, authority: Authority, ipv6_port: int) -> None:
    certificate, key = authority.issues("::1")
    host = stage.house.address
    listen = [f"udp://{host}:5060", f"udp://[::1]:{ipv6_port}", f"tls://[::1]:{ipv6_port}"]
    tls = {"certificate": str(certificate), "key": str(key)}
    stage.house = replace(stage.house, server={"listen": listen, "tls": tls})
    started(stage)
    reader, writer = await asyncio.open_connection("::1", ipv6_port, ssl=authority.client(), server_hostname="::1")
    assert b" 200 " in await asks(reader, writer, 1)
    writer.close()
    await writer.wait_closed()
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::1", 0))
        probe.settimeout(5)
        probe.sendto(options(2).replace(b"/TLS", b"/UDP"), ("::1", ipv6_port))
        assert probe.recv(5000).startswith(b"SIP/2.0 200 ")


# Limits --------------------------------------------------------------------------------------------------------------


@pytest.mark.covers("SEC-3")
async def test_one_address_gets_so_many_connections(stage: Stage) -> None:
    stage.house = replace(stage.house, server={"limits": {"connections_per_address": 5}})
    host = started(stage)
    opened = [await asyncio.open_connection(host, 5060) for _ in range(8)]
    refused = 0
    for serial, (reader, writer) in enumerate(opened):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            assert b" 200 " in await asks(reader, writer, serial)
            continue
        refused += 1
    for _, writer in opened:
        writer.close()
    assert refused == 3
