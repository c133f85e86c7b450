"""SIP traces as programs read them that are not ours: Wireshark's tshark a capture file, Kamailio's sipcapture HEP."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.siptrace.hep import encapsulated
from pbxd.siptrace.packet import Failed, Packet
from pbxd.siptrace.pcap import PcapFile
from tests.interop.kamailio import Kamailio
from tests.interop.operator import eventually

pytestmark = [pytest.mark.interop, pytest.mark.covers("API-1")]

TSHARK = shutil.which("tshark")
OPTIONS = (
    b"OPTIONS sip:bo@house.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK1\r\n"
    b"From: <sip:anna@house.example>;tag=1\r\nTo: <sip:bo@house.example>\r\nCSeq: 1 OPTIONS\r\nCall-ID: c1@host\r\n"
    b"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)
OK = OPTIONS.replace(b"OPTIONS sip:bo@house.example SIP/2.0", b"SIP/2.0 200 OK").replace(b"Max-Forwards: 70\r\n", b"")
LONG = OPTIONS.replace(b"Max-Forwards", b"X-Long: " + b"x" * 70_000 + b"\r\nMax-Forwards")
UDP = Flow("udp", Address("192.0.2.1", 5060), Address("192.0.2.7", 5062))
TCP = Flow("tcp", Address("192.0.2.1", 5060), Address("192.0.2.7", 40_001), 1)
TLS = Flow("tls", Address("2001:db8::1", 5061), Address("2001:db8::7", 40_000), 2)
MOMENT = 1_700_000_000.25


def at_once(work: Callable[[], None], _failed: Failed) -> None:
    work()


@pytest.mark.skipif(TSHARK is None, reason="tshark (Debian package tshark) is not installed")
def test_tshark_finds_every_message_of_a_capture(tmp_path: Path) -> None:
    file = PcapFile(tmp_path / "trace.pcap", at_once, pytest.fail)
    for flow, asked in ((UDP, OPTIONS), (TCP, OPTIONS), (TCP, LONG), (TLS, OPTIONS)):
        file.write(Packet(MOMENT, False, asked, flow))
        file.write(Packet(MOMENT, True, OK, flow))
    file.close()
    checked = [word for kind in ("ip", "udp", "tcp") for word in ("-o", f"{kind}.check_checksum:TRUE")]
    columns = ("ip.src", "ipv6.src", "udp.srcport", "tcp.srcport", "sip.Method", "sip.Status-Code", "sip.Call-ID")
    told = subprocess.run(
        [str(TSHARK), "-r", str(tmp_path / "trace.pcap"), "-Y", "sip", "-T", "fields", "-E", "separator=,", *checked]
        + [word for column in columns for word in ("-e", column)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert told.stdout.splitlines() == [
        *("192.0.2.7,,5062,,OPTIONS,,c1@host", "192.0.2.1,,5060,,,200,c1@host"),
        *("192.0.2.7,,,40001,OPTIONS,,c1@host", "192.0.2.1,,,5060,,200,c1@host") * 2,
        *(",2001:db8::7,40000,,OPTIONS,,c1@host", ",2001:db8::1,5061,,,200,c1@host"),
    ]
    wrong = "ip.checksum.status == 0 or udp.checksum.status == 0 or tcp.checksum.status == 0 or tcp.analysis.flags"
    command = [str(TSHARK), "-r", str(tmp_path / "trace.pcap"), "-Y", wrong, *checked]
    assert subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout == ""


def test_a_collector_reads_hep(loopback: Callable[[], str], tmp_path: Path) -> None:
    collector = Kamailio(loopback(), tmp_path / "collector")
    try:
        collector.as_collector()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for flow in (UDP, TCP, TLS):
                for outgoing, data in ((False, OPTIONS), (True, OK)):
                    sender.sendto(encapsulated(Packet(MOMENT, outgoing, data, flow)), collector.address)
        captured = eventually(lambda: len(found := collector.captured()) == 6 and found, "six messages")
    finally:
        collector.stop()
    assert captured == [
        *("OPTIONS c1@host udp:192.0.2.7:5062", "200 c1@host udp:192.0.2.1:5060"),
        *("OPTIONS c1@host tcp:192.0.2.7:40001", "200 c1@host tcp:192.0.2.1:5060"),
        *("OPTIONS c1@host tcp:2001:db8::7:40000", "200 c1@host tcp:2001:db8::1:5061"),
    ]
