"""SIP messages as IP packets, for programs that read captures.

What came by UDP or TCP is UDP or TCP, though each TCP message is a segment of its own, and no connection is seen to
begin or end. What was encrypted or came by WebSocket is shown as UDP: then every reader finds the SIP in it, and
nothing of TLS has to be invented.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator

from pbxd.address import Address
from pbxd.siptrace.packet import Packet

MOST = 65_000
"""Bytes of a message in one packet, whose length has 16 bits. A longer one is cut off, or has several segments."""
_TCP, _UDP = 6, 17
_HOPS = 64
_PUSH_AND_ACK = 0x18
_WINDOW = 65_535


class Frames:
    """The packets of one capture."""

    def __init__(self) -> None:
        self._next: dict[tuple[Address, Address], int] = {}
        """Sequence number of the next byte, by direction of a connection."""

    def of(self, packet: Packet) -> Iterator[bytes]:
        """IPv4 or IPv6 packets (RFC 791, 8200) with the message."""
        source, target = packet.source, packet.target
        if packet.flow.transport != "tcp":
            data = packet.data[:MOST]
            yield _ip(source, target, _UDP, struct.pack("!HHH", source.port, target.port, 8 + len(data)), data)
            return
        sent, heard = (self._next.get(way, 1) for way in ((source, target), (target, source)))
        for start in range(0, len(packet.data), MOST):
            data = packet.data[start : start + MOST]
            header = struct.pack("!HHIIBBH", source.port, target.port, sent, heard, 5 << 4, _PUSH_AND_ACK, _WINDOW)
            yield _ip(source, target, _TCP, header, data)
            sent = (sent + len(data)) % 2**32
        self._next[source, target] = sent


def _ip(source: Address, target: Address, protocol: int, header: bytes, data: bytes) -> bytes:
    """A packet; ``header`` is that of the protocol up to its checksum (RFC 768, 9293)."""
    one, other = ipaddress.ip_address(source.host), ipaddress.ip_address(target.host)
    rest = b"\0\0" if protocol == _TCP else b""  # the urgent pointer
    length = len(header) + 2 + len(rest) + len(data)
    if isinstance(one, ipaddress.IPv4Address) and isinstance(other, ipaddress.IPv4Address):
        pair = one.packed + other.packed
        start = struct.pack("!BBHHHBB", 0x45, 0, 20 + length, 0, 0, _HOPS, protocol)
        start += _checksum(start + pair)
    else:
        pair = _sixteen(one) + _sixteen(other)
        start = struct.pack("!IHBB", 6 << 28, length, protocol, _HOPS)
    found = _checksum(pair + struct.pack("!II", length, protocol) + header + b"\0\0" + rest + data)
    if found == b"\0\0" and protocol == _UDP:
        found = b"\xff\xff"  # 0 says that there is none
    return start + pair + header + found + rest + data


def _sixteen(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bytes:
    """As an IPv6 address, mapped where it is none (RFC 4291 2.5.5.2)."""
    return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed


def _checksum(data: bytes) -> bytes:
    """The complement of the ones' complement sum of 16-bit words (RFC 1071)."""
    padded = data if len(data) % 2 == 0 else data + b"\0"
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)
