"""RTP packets as bytes (RFC 3550 5.1), and what else may arrive on an RTP port (RFC 7983, RFC 5761)."""

from __future__ import annotations

import enum
import struct

HEADER = struct.Struct("!BBHII")
"""The fixed header: V/P/X/CC, M/PT, sequence number, timestamp, SSRC."""
PLAIN = 0x80
"""First byte of a packet of version 2 with no padding, no extension and no CSRC."""
MARKER = 0x80
"""The marker bit in the second byte."""
_PADDING, _EXTENSION, _CSRC_COUNT = 0x20, 0x10, 0x0F


class Kind(enum.Enum):
    """The protocols that share a media port."""

    RTP = enum.auto()
    RTCP = enum.auto()
    STUN = enum.auto()
    DTLS = enum.auto()
    OTHER = enum.auto()


def classify(data: bytes) -> Kind:
    """Tell by the first byte which protocol a datagram belongs to (RFC 7983 7), and RTCP from RTP by the second.

    RTCP is what has a packet type of 192 to 223, which no RTP payload type may look like where both share a port
    (RFC 5761 4). A datagram too short for the header of its protocol is ``OTHER``.
    """
    if not data:
        return Kind.OTHER
    first = data[0]
    if 128 <= first <= 191:
        if len(data) >= 8 and 192 <= data[1] <= 223:
            return Kind.RTCP
        return Kind.RTP if len(data) >= HEADER.size else Kind.OTHER
    if first <= 3:
        return Kind.STUN
    return Kind.DTLS if 20 <= first <= 63 else Kind.OTHER


def body(data: bytes) -> tuple[int, bytes] | None:
    """First byte to send on and the payload of a packet that is not :data:`PLAIN`; ``None`` if its lengths are wrong.

    CSRC list and header extension are left off: the port is the only synchronization source of what it sends, and it
    has negotiated no extension (RFC 8285 5). Padding stays with its payload, because it may be the cipher's.
    """
    first = data[0]
    start = HEADER.size + 4 * (first & _CSRC_COUNT)
    if first & _EXTENSION:
        if start + 4 > len(data):
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    if start > len(data):
        return None
    if first & _PADDING and not 1 <= data[-1] <= len(data) - start:
        return None
    return PLAIN | first & _PADDING, data[start:]
