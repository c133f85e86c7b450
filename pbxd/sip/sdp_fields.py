"""What the lines of a session description mean: directions, codecs, addresses, the origin (RFC 8866)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from pbxd.errors import MalformedMessage
from pbxd.plain import plain

# Phones say the same few lines in every call; values never change, so reading a line once is enough.
_CACHED = 1024
_CACHED_LENGTH = 300


class Direction(Enum):
    """Which way media flows, seen from the side that wrote the description (RFC 8866 6.7)."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @classmethod
    def of(cls, *, sends: bool, receives: bool) -> Direction:
        if sends:
            return cls.SENDRECV if receives else cls.SENDONLY
        return cls.RECVONLY if receives else cls.INACTIVE

    @property
    def sends(self) -> bool:
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        return self in (Direction.SENDRECV, Direction.RECVONLY)

    @property
    def reversed(self) -> Direction:
        """The same flow, seen from the other side."""
        return Direction.of(sends=self.receives, receives=self.sends)

    def restricted_by(self, other: Direction) -> Direction:
        """What is left when ``other``, seen from the same side, must allow it too."""
        return Direction.of(sends=self.sends and other.sends, receives=self.receives and other.receives)


DIRECTION_LINES = {f"a={direction.value}": direction for direction in Direction}


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One RTP payload format under the number that one description gives it."""

    payload_type: int
    """0 to 127."""
    encoding: str
    """Encoding name as written; compared without case (RFC 8866 6.6)."""
    clock_rate: int
    """RTP timestamp units per second; G.722 says 8000 (RFC 3551 4.5.2)."""
    channels: int = 1
    parameters: str = ""
    """What follows the payload type in a=fmtp, unchanged."""

    name: tuple[str, int, int] = field(init=False, repr=False, compare=False)
    """What makes two formats the same: encoding in lower case, clock rate and channels."""

    def __post_init__(self) -> None:
        # Made once: a negotiation looks at it fifty times, and most codecs come out of read_codec's cache.
        object.__setattr__(self, "name", (self.encoding.lower(), self.clock_rate, self.channels))


STATIC_PAYLOAD_TYPES: dict[int, tuple[str, int, int]] = {
    0: ("PCMU", 8000, 1),
    3: ("GSM", 8000, 1),
    4: ("G723", 8000, 1),
    5: ("DVI4", 8000, 1),
    6: ("DVI4", 16000, 1),
    7: ("LPC", 8000, 1),
    8: ("PCMA", 8000, 1),
    9: ("G722", 8000, 1),
    10: ("L16", 44100, 2),
    11: ("L16", 44100, 1),
    12: ("QCELP", 8000, 1),
    13: ("CN", 8000, 1),
    14: ("MPA", 90000, 1),
    15: ("G728", 8000, 1),
    16: ("DVI4", 11025, 1),
    17: ("DVI4", 22050, 1),
    18: ("G729", 8000, 1),
}
"""Audio formats that need no a=rtpmap: encoding, clock rate, channels (RFC 3551 table 4)."""


@lru_cache(_CACHED)
def _read_codec(number_text: str, mapping: str, parameters: str) -> Codec | None:
    payload_type = number(number_text, 127)
    if payload_type is None:
        return None
    encoding, _, rest = mapping.partition("/")
    rate, slash, count = rest.partition("/")
    clock_rate, channels = number(rate, 1_000_000), number(count, 255) if slash else 1
    if not (encoding and clock_rate and channels):
        if payload_type not in STATIC_PAYLOAD_TYPES:
            return None
        encoding, clock_rate, channels = STATIC_PAYLOAD_TYPES[payload_type]
    return Codec(
        payload_type=payload_type,
        encoding=encoding,
        clock_rate=clock_rate,
        channels=channels,
        parameters=parameters,
    )


def read_codec(number_text: str, mapping: str, parameters: str) -> Codec | None:
    """A format of an ``m=`` line by its a=rtpmap (``opus/48000/2``) and a=fmtp, either may be empty.

    ``None`` for what is no RTP payload type, or has no meaning that can be read.
    """
    if len(mapping) + len(parameters) > _CACHED_LENGTH:
        return _read_codec.__wrapped__(number_text, mapping, parameters)
    return _read_codec(number_text, mapping, parameters)


def _read_codecs(formats: tuple[str, ...], about: tuple[str, ...]) -> tuple[Codec, ...]:
    mappings: dict[str, str] = {}
    parameters: dict[str, str] = {}
    for line in about:
        if line.startswith("a=rtpmap:"):
            key, _, mapping = line[9:].strip().partition(" ")
            mappings.setdefault(key, mapping.strip())
        elif line.startswith("a=fmtp:"):
            key, _, given = line[7:].strip().partition(" ")
            parameters.setdefault(key, given)
    codecs = [read_codec(text, mappings.get(text, ""), parameters.get(text, "")) for text in dict.fromkeys(formats)]
    return tuple([codec for codec in codecs if codec is not None])


_read_codecs_cached = lru_cache(_CACHED // 4)(_read_codecs)


def read_codecs(formats: tuple[str, ...], about: tuple[str, ...]) -> tuple[Codec, ...]:
    """The ``formats`` of an ``m=`` line that have a meaning, by ``about``: its lines a=rtpmap and a=fmtp."""
    if sum(map(len, about)) + len(formats) > _CACHED_LENGTH * 4:
        return _read_codecs(formats, about)
    return _read_codecs_cached(formats, about)


_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_HOST_NAME = re.compile(r"(?=[^A-Za-z]{0,253}[A-Za-z])[A-Za-z0-9._-]{1,253}")


@dataclass(frozen=True, slots=True)
class Connection:
    """The address of a ``c=`` line (RFC 8866 5.7), or of an ``a=rtcp`` (RFC 3605), as written and without TTL."""

    address: str

    @classmethod
    def parse(cls, value: str) -> Connection:
        """Read what follows ``c=``; raises :class:`MalformedMessage`. Host names are legal and kept."""
        if len(value) > _CACHED_LENGTH:
            raise MalformedMessage("SDP: connection too long")
        return _read_connection(value)

    @property
    def unspecified(self) -> bool:
        """Whether this is the old way to say "send me nothing" (RFC 3264 8.4, RFC 6157 4.1)."""
        return self.address in ("0.0.0.0", "::") or self.address.lower().endswith(".invalid")  # noqa: S104  no bind

    @property
    def host(self) -> str | None:
        """An IP address to send to in its usual spelling; ``None``: unspecified, multicast, or a host name.

        A name is not resolved (that would take a DNS query in the middle of negotiation, for a form that phones do not
        use): a peer that gives one is answered at the address that it sends from.
        """
        if self.unspecified:
            return None
        if _IPV4.fullmatch(self.address):
            return self.address if int(self.address.partition(".")[0]) < 224 else None
        if not _is_ipv6(self.address):
            return None
        address = ipaddress.IPv6Address(self.address)
        return None if address.is_multicast else str(address)


@lru_cache(_CACHED)
def _read_connection(value: str) -> Connection:
    fields = value.split()
    if len(fields) != 3 or fields[0] != "IN" or fields[1] not in ("IP4", "IP6"):
        raise MalformedMessage(f"SDP: bad connection {value[:80]!r}")
    address = fields[2].partition("/")[0]
    if not _IPV4.fullmatch(address) and not _is_ipv6(address) and not _HOST_NAME.fullmatch(address):
        raise MalformedMessage(f"SDP: bad connection address {address[:80]!r}")
    return Connection(address)


def _is_ipv6(address: str) -> bool:
    if ":" not in address or "%" in address:
        return False
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return True


def connection_fields(address: str) -> str:
    """``IN IP4 192.0.2.1`` or ``IN IP6 2001:db8::1``: network type, address type and address."""
    return f"IN {'IP6' if ':' in address else 'IP4'} {address}"


def number(text: str, highest: int) -> int | None:
    """A decimal number up to ``highest``, or ``None``; never slow and never raising, whatever ``text`` is."""
    if not 0 < len(text) <= 20 or not text.isascii() or not text.isdigit():
        return None
    number = int(text)
    return number if number <= highest else None


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Our own ``o=`` line (RFC 8866 5.2)."""

    session_id: int
    version: int
    address: str

    def next(self) -> Origin:
        """For a description that differs from the one before: the version grows by one (RFC 3264 8)."""
        return Origin(session_id=self.session_id, version=self.version + 1, address=self.address)

    @property
    def line(self) -> str:
        return f"o=- {self.session_id} {self.version} {connection_fields(self.address)}"
