"""Captures are read by dpkt, which is not ours, and HEP by the bytes of its specification."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import dpkt
import pytest

from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.siptrace.frames import MOST, Frames
from pbxd.siptrace.hep import encapsulated
from pbxd.siptrace.packet import Failed, Packet
from pbxd.siptrace.pcap import WAITING, PcapFile

SAID = b"OPTIONS sip:bo@house.example SIP/2.0\r\nCall-ID: c1@host\r\n\r\n"
FLOW = Flow("udp", Address("192.0.2.1", 5060), Address("192.0.2.7", 5062))
V6 = Flow("tls", Address("2001:db8::1", 5061), Address("2001:db8::7", 40_000))
TCP = Flow("tcp", Address("192.0.2.1", 5060), Address("192.0.2.7", 40_001), 1)
MIXED = Flow("tcp", Address("2001:db8::1", 5060), Address("192.0.2.7", 40_000))


def at_once(work: Callable[[], None], failed: Failed) -> None:
    try:
        work()
    except OSError as error:
        failed(str(error))


def failure(words: str) -> None:
    pytest.fail(words)


def test_a_capture_file(tmp_path: Path) -> None:
    path = tmp_path / "trace.pcap"
    file = PcapFile(path, at_once, failure)
    file.write(Packet(1_700_000_000.25, False, SAID, FLOW))
    file.write(Packet(1_700_000_001.0, True, SAID, V6))
    file.close()
    assert path.stat().st_mode & 0o777 == 0o600
    reader = dpkt.pcap.Reader(BytesIO(path.read_bytes()))
    assert reader.datalink() == 101, "LINKTYPE_RAW: IPv4 or IPv6, as its first bits say"
    (first, received), (second, sent) = list(reader)
    assert (float(first), float(second)) == (1_700_000_000.25, 1_700_000_001.0)
    ip = dpkt.ip.IP(received)
    assert (ip.src, ip.dst) == (bytes([192, 0, 2, 7]), bytes([192, 0, 2, 1]))
    assert (ip.data.sport, ip.data.dport, ip.data.data) == (5062, 5060, SAID)
    ip6 = dpkt.ip6.IP6(sent)
    assert (ip6.data.sport, ip6.data.dport, ip6.data.data) == (5061, 40_000, SAID)


@pytest.mark.parametrize("flow", [FLOW, V6, TCP, MIXED], ids=str)
@pytest.mark.parametrize("size", [1, 2, 1301, MOST + 1])
def test_packets_are_right_to_the_checksum(flow: Flow, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    packet, *_ = Frames().of(Packet(1.0, False, data[:size], flow))
    if packet[0] >> 4 == 4:
        parsed = dpkt.ip.IP(packet)
        assert parsed.sum == dpkt.in_cksum(packet[:10] + b"\0\0" + packet[12:20])
        assert parsed.len == len(packet)
    else:
        parsed = dpkt.ip6.IP6(packet)
    tcp = flow.transport == "tcp"
    above = packet[20:] if packet[0] >> 4 == 4 else packet[40:]
    pseudo = parsed.src + parsed.dst + struct.pack("!II", len(above), 6 if tcp else 17)
    assert dpkt.in_cksum(pseudo + above) == 0
    assert isinstance(parsed.data, dpkt.tcp.TCP if tcp else dpkt.udp.UDP)
    assert tcp or parsed.data.ulen == 8 + min(size, MOST)
    assert parsed.data.data == data[: min(size, MOST)]


def test_a_connection_is_one_stream_each_way() -> None:
    long = b"x" * (2 * MOST + 1)
    frames = Frames()
    passed = [Packet(1.0, False, SAID, TCP), Packet(2.0, True, long, TCP), Packet(3.0, False, SAID, TCP)]
    segments = [dpkt.ip.IP(found).data for packet in passed for found in frames.of(packet)]
    said = len(SAID)
    assert [(segment.seq, segment.ack, len(segment.data)) for segment in segments] == [
        (1, 1, said),
        (1, 1 + said, MOST),
        (1 + MOST, 1 + said, MOST),
        (1 + 2 * MOST, 1 + said, 1),
        (1 + said, 1 + len(long), said),
    ]
    assert b"".join(segment.data for segment in segments[1:4]) == long


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "trace.pcap"
    path.write_text("mine")
    with pytest.raises(ValueError, match="file exists"):
        PcapFile(path, at_once, failure)
    assert path.read_text() == "mine"


def test_a_slow_disk_costs_messages(tmp_path: Path) -> None:
    waiting: list[Callable[[], None]] = []
    file = PcapFile(tmp_path / "trace.pcap", lambda work, _: waiting.append(work), failure)
    for _ in range(WAITING + 10):
        file.write(Packet(1.0, False, SAID, FLOW))
    assert len(waiting) == 1, "one job for all that waits"
    assert file.lost == 11, "the header waits as well"
    file.close()
    for work in waiting:
        work()
    reader = dpkt.pcap.Reader(BytesIO((tmp_path / "trace.pcap").read_bytes()))
    assert len(list(reader)) == WAITING - 1


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """``/dev/full`` is one; writing to it fails as writing to a file on a full disk does."""
    told: list[str] = []
    file = PcapFile(tmp_path / "trace.pcap", at_once, told.append)
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        os.dup2(full.fileno(), file._descriptor)
        file.write(Packet(1.0, False, SAID, FLOW))
    assert told == ["[Errno 28] No space left on device"]


@pytest.mark.parametrize("flow", [FLOW, V6], ids=str)
def test_hep(flow: Flow) -> None:
    data = encapsulated(Packet(1_700_000_000.25, True, SAID, flow))
    assert data[:4] == b"HEP3"
    assert struct.unpack_from("!H", data, 4) == (len(data),)
    chunks, at = {}, 6
    while at < len(data):
        vendor, kind, length = struct.unpack_from("!HHH", data, at)
        assert vendor == 0
        chunks[kind] = data[at + 6 : at + length]
        at += length
    assert at == len(data)
    four = flow is FLOW
    assert chunks[1] == bytes([2 if four else 10])
    assert chunks[2] == bytes([17 if four else 6])
    assert len(chunks[3 if four else 5]) == len(chunks[4 if four else 6]) == (4 if four else 16)
    assert chunks[7] == struct.pack("!H", flow.local.port), "it went out"
    assert chunks[8] == struct.pack("!H", flow.remote.port)
    assert struct.unpack("!II", chunks[9] + chunks[10]) == (1_700_000_000, 250_000)
    assert chunks[11] == b"\x01"
    assert chunks[17] == b"c1@host"
    assert chunks[15] == SAID
