"""STUN Binding requests on a SIP port (RFC 8489, RFC 5626 3.5.2): a phone asks what we see of it. Pure.

No authentication and nothing remembered: what is sent is as long as the request at the most, plus one address.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from typing import Final

from pbxd.address import Address

MAGIC: Final = 0x2112A442
MAX_REQUEST: Final = 548
"""Bytes of a request that is looked at (RFC 8489 6.1: what every path carries)."""
_HEADER: Final = struct.Struct("!HHI12s")
_ATTRIBUTE: Final = struct.Struct("!HH")
_REQUEST: Final = 0x0001
_SUCCESS: Final = 0x0101
_ERROR: Final = 0x0111
_ERROR_CODE: Final = 0x0009
_UNKNOWN_ATTRIBUTES: Final = 0x000A
_XOR_MAPPED_ADDRESS: Final = 0x0020
_MAX_UNKNOWN: Final = 8
# USERNAME, MESSAGE-INTEGRITY, REALM, NONCE and RFC 3489's CHANGE-REQUEST of all zeroes mean nothing here.
_UNDERSTOOD: Final = frozenset({0x0006, 0x0008, 0x0014, 0x0015, 0x001C})


def is_stun(data: bytes) -> bool:
    """Whether a datagram is STUN rather than SIP, which never begins with two zero bits (RFC 8489 5)."""
    return len(data) >= _HEADER.size and data[0] < 0x40 and data[4:8] == b"\x21\x12\xa4\x42"


def binding_response(data: bytes, source: Address) -> bytes | None:
    """The answer to a Binding request that came from ``source``; ``None`` for everything else."""
    if len(data) > MAX_REQUEST or not is_stun(data):
        return None
    kind, length, _, transaction = _HEADER.unpack_from(data)
    if kind != _REQUEST or length % 4 or length != len(data) - _HEADER.size:
        return None
    try:
        unknown = [each for each in _attributes(data) if each < 0x8000 and each not in _UNDERSTOOD]
    except ValueError:
        return None
    if unknown:
        listed = b"".join(each.to_bytes(2, "big") for each in unknown[:_MAX_UNKNOWN])
        code = _attribute(_ERROR_CODE, b"\0\0\4\x14Unknown Attribute")
        return _message(_ERROR, transaction, code + _attribute(_UNKNOWN_ATTRIBUTES, listed))
    return _message(_SUCCESS, transaction, _attribute(_XOR_MAPPED_ADDRESS, _xored(source, transaction)))


def _attributes(data: bytes) -> Iterator[int]:
    """The types of all attributes. Raises ``ValueError`` where one is longer than the message."""
    at = _HEADER.size
    while at < len(data):
        kind, length = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size + length + -length % 4
        if at > len(data):
            raise ValueError("attribute reaches over the end")
        yield kind


def _message(kind: int, transaction: bytes, attributes: bytes) -> bytes:
    return _HEADER.pack(kind, len(attributes), MAGIC, transaction) + attributes


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def _xored(source: Address, transaction: bytes) -> bytes:
    """The value of XOR-MAPPED-ADDRESS (RFC 8489 14.2)."""
    packed = ipaddress.ip_address(source.host).packed
    mask = MAGIC.to_bytes(4, "big") + transaction
    host = bytes(one ^ other for one, other in zip(packed, mask, strict=False))
    return struct.pack("!BBH", 0, 1 if len(packed) == 4 else 2, source.port ^ (MAGIC >> 16)) + host
