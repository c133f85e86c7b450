"""SIP traces of a running server, switched on and off from the command line."""

from __future__ import annotations

import socket
from io import BytesIO
from pathlib import Path

import dpkt
import pytest

from tests.interop.operator import Place, eventually, pbxd, phones_of, started, talk
from tests.interop.server import House

pytestmark = [pytest.mark.interop, pytest.mark.covers("API-1")]


@pytest.fixture
def house(loopback: Place) -> House:
    return House(address=loopback())


def test_a_trace_of_each_kind(house: House, tmp_path: Path, loopback: Place) -> None:
    file = tmp_path / "bo.pcap"
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector,
        started(house, tmp_path / "server") as server,
        phones_of(server, loopback) as phones,
    ):
        collector.bind((loopback(), 0))
        collector.settimeout(10)
        where = "{}:{}".format(*collector.getsockname())
        anna, bo = phones("anna-desk"), phones("bo-desk")
        assert "of user bo" in server.command("sip-trace", "on", "--user", "bo", "--to", f"pcap:{file}", "--for", "1m")
        server.command("sip-trace", "on", "--address", anna.host, "--to", f"hep:{where}")
        server.command("sip-trace", "on", "--user", "anna")
        talk(anna, bo)
        [call] = server.status()["calls"]
        server.command("sip-trace", "on", "--call", call["call"])
        assert server.command("sip-trace", "list").count(" s left") == 4
        server.command("hangup", call["call"])
        for phone in (anna, bo):
            phone.replies(phone.waits_for("BYE"), 200)
        eventually(lambda: [line for line in server.events("sip-message") if line.get("call")], "the trace of the call")
        assert "off: 1\n" in server.command("sip-trace", "off", "1")
        captured = eventually(lambda: _messages(file), "the file")
        assert captured[0].startswith(b"INVITE sip:bo-desk@")
        assert collector.recv(65_535).startswith(b"HEP3")
        told = pbxd("sip-trace", "off", "9", "--config", str(server.config))
        assert (told.returncode, "no trace 9" in told.stderr) == (1, True)
        assert pbxd("sip-trace", "on", "--user", "bo", "--for", "soon", "--config", str(server.config)).returncode == 2
        server.stop()
        assert [line["why"] for line in server.events("sip-trace-ended")] == ["switched off"] + ["the server stops"] * 3
        lines = server.events("sip-message")
        assert any(line["text"].startswith("INVITE sip:202@") for line in lines)
        assert all("response=" not in line["text"] for line in lines)


def _messages(file: Path) -> list[bytes]:
    packets = [packet for _, packet in dpkt.pcap.Reader(BytesIO(file.read_bytes()))]
    return [dpkt.ip.IP(packet).data.data for packet in packets]
