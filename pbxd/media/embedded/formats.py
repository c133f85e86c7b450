"""Payload numbers from one side to the other, worked out once per route and not per packet."""

from __future__ import annotations

from collections.abc import Sequence

from pbxd.media.encodings import SPOKEN
from pbxd.media.engine import Format
from pbxd.media.telephone_event import ENCODING

NONE = 0xFF
"""In a table of payload types: the hearer has no such format."""


def payload_map(sends_as: Sequence[Format], receives_as: Sequence[Format]) -> bytes:
    """128 payload types: the speaker's number as index, the hearer's number for the same sound, or :data:`NONE`."""
    numbers: dict[tuple[str, int, int], int] = {}
    for format_ in receives_as:
        numbers.setdefault(format_.name, format_.payload_type)
    table = bytearray((NONE,)) * 128
    for format_ in sends_as:
        table[format_.payload_type] = numbers.get(format_.name, NONE)
    return bytes(table)


def sounds(formats: Sequence[Format]) -> frozenset[int]:
    """The payload types that are sound which can be decoded."""
    return frozenset(format_.payload_type for format_ in formats if format_.encoding.lower() in SPOKEN)


def fits(sends_as: Sequence[Format], receives_as: Sequence[Format]) -> bool:
    """Whether relaying is all that can be done: the hearer has all that can be decoded, or nothing that can be made."""
    has = {format_.name for format_ in receives_as}
    lacks = any(each.name not in has for each in sends_as if each.encoding.lower() in SPOKEN)
    return not lacks or not any(each.encoding.lower() in SPOKEN for each in receives_as)


def clock_rates(formats: Sequence[Format]) -> dict[int, int]:
    """Timestamp units per second by payload type."""
    return {format_.payload_type: format_.clock_rate for format_ in formats}


def events(formats: Sequence[Format]) -> frozenset[int]:
    """The payload types that are named events (RFC 4733)."""
    return frozenset(format_.payload_type for format_ in formats if format_.encoding.lower() == ENCODING)
