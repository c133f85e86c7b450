"""Keys as named events in RTP (RFC 4733): their payload, read and written. Pure."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

ENCODING: Final = "telephone-event"
KEYS: Final = "0123456789*#ABCD"
"""Keys by their event code (RFC 4733 3.2)."""
LONGEST: Final = 0xFFFF
"""Timestamp units that one payload can say."""

_PAYLOAD = struct.Struct("!BBH")
_END = 0x80
_VOLUME = 10  # -10 dBm0, as loud as phones send their keys


class Event(NamedTuple):
    """One packet's word about a key."""

    key: str
    end: bool
    """Whether the key was let go."""
    duration: int
    """Timestamp units since it was pressed."""


def parse(payload: bytes) -> Event | None:
    """What a payload says; ``None`` where it is too short or about something that is no key (a flash, a tone)."""
    if len(payload) < _PAYLOAD.size:
        return None
    code, flags, duration = _PAYLOAD.unpack_from(payload)
    return Event(KEYS[code], bool(flags & _END), duration) if code < len(KEYS) else None


def build(event: Event) -> bytes:
    """The payload of an event."""
    return _PAYLOAD.pack(KEYS.index(event.key), (_END if event.end else 0) | _VOLUME, min(event.duration, LONGEST))
