"""A SIP message as an IP packet, for programs that read captures.

Whatever it came by, it is shown as UDP: then every reader finds the SIP in it, and nothing of TLS has to be invented.
"""

from __future__ import annotations

import ipaddress
import struct

from pbxd.address import Address

MOST = 65_000
"""Bytes of a message in one packet, whose length has 16 bits; a longer one is cut off."""
_UDP = 17
_HOPS = 64


def frame(source: Address, target: Address, data: bytes) -> bytes:
    """An IPv4 or IPv6 packet with a UDP datagram of ``data`` (RFC 791, 8200, 768)."""
    one, other = ipaddress.ip_address(source.host), ipaddress.ip_address(target.host)
    data = data[:MOST]
    length = 8 + len(data)
    if isinstance(one, ipaddress.IPv4Address) and isinstance(other, ipaddress.IPv4Address):
        start = struct.pack("!BBHHHBB", 0x45, 0, 20 + length, 0, 0, _HOPS, _UDP)
        header = start + _checksum(start + one.packed + other.packed) + one.packed + other.packed
        return header + _datagram(source.port, target.port, data, b"")
    pair = _sixteen(one) + _sixteen(other)
    header = struct.pack("!IHBB", 6 << 28, length, _UDP, _HOPS) + pair
    return header + _datagram(source.port, target.port, data, pair + struct.pack("!II", length, _UDP))


def _sixteen(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bytes:
    """As an IPv6 address, mapped where it is none (RFC 4291 2.5.5.2)."""
    return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed


def _datagram(source: int, target: int, data: bytes, pseudo: bytes) -> bytes:
    """Without ``pseudo`` header there is no checksum, which IPv4 allows and IPv6 does not."""
    header = struct.pack("!HHH", source, target, 8 + len(data))
    if not pseudo:
        return header + b"\0\0" + data
    found = _checksum(pseudo + header + data)
    return header + (found if found != b"\0\0" else b"\xff\xff") + data


def _checksum(data: bytes) -> bytes:
    """The complement of the ones' complement sum of 16-bit words (RFC 1071)."""
    padded = data if len(data) % 2 == 0 else data + b"\0"
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)
