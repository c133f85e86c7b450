"""Payload numbers from one side to the other, worked out once for each set of formats and shared by all its calls."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from pbxd.media.encodings import SPOKEN
from pbxd.media.engine import Format
from pbxd.media.telephone_event import ENCODING

NONE = 0xFF
"""In a table of payload types: the hearer has no such format."""
NO_NUMBERS: Final[frozenset[int]] = frozenset()
_shared = lru_cache(256)


@_shared
def payload_map(sends_as: tuple[Format, ...], receives_as: tuple[Format, ...]) -> bytes:
    """128 payload types: the speaker's number as index, the hearer's number for the same sound, or :data:`NONE`."""
    numbers: dict[tuple[str, int, int], int] = {}
    for format_ in receives_as:
        numbers.setdefault(format_.name, format_.payload_type)
    table = bytearray((NONE,)) * 128
    for format_ in sends_as:
        table[format_.payload_type] = numbers.get(format_.name, NONE)
    return bytes(table)


@_shared
def sounds(formats: tuple[Format, ...]) -> frozenset[int]:
    """The payload types that are sound which can be decoded."""
    return frozenset(format_.payload_type for format_ in formats if format_.encoding.lower() in SPOKEN)


@_shared
def fits(sends_as: tuple[Format, ...], receives_as: tuple[Format, ...]) -> bool:
    """Whether relaying is all that can be done: the hearer has all that can be decoded, or nothing that can be made."""
    has = {format_.name for format_ in receives_as}
    lacks = any(each.name not in has for each in sends_as if each.encoding.lower() in SPOKEN)
    return not lacks or not any(each.encoding.lower() in SPOKEN for each in receives_as)


@_shared
def clock_rates(formats: tuple[Format, ...]) -> Mapping[int, int]:
    """Timestamp units per second by payload type."""
    return {format_.payload_type: format_.clock_rate for format_ in formats}


@_shared
def events(formats: tuple[Format, ...]) -> frozenset[int]:
    """The payload types that are named events (RFC 4733)."""
    return frozenset(format_.payload_type for format_ in formats if format_.encoding.lower() == ENCODING)
