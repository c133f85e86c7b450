"""Session descriptions (RFC 8866) as lines: what is not changed is passed on byte for byte.

:func:`SessionDescription.parse` checks what negotiation relies on (bounds, ``v=``, ``o=``, every ``m=`` and ``c=``) and
keeps all lines as they are; attributes are read when asked for. An attribute that can't be understood counts as absent,
because one odd line of a phone is no reason to lose a call. Text is UTF-8 with ``surrogateescape``, as in
:mod:`pbxd.sip.parse`, so that every byte survives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from pbxd.errors import MalformedMessage
from pbxd.plain import plain
from pbxd.sip.sdp_fields import (
    DIRECTION_LINES,
    STATIC_PAYLOAD_TYPES,
    Codec,
    Connection,
    Direction,
    Origin,
    connection_fields,
    number,
    read_codecs,
)

__all__ = [
    "STATIC_PAYLOAD_TYPES",
    "Attribute",
    "Codec",
    "Connection",
    "Direction",
    "Media",
    "Origin",
    "SessionDescription",
    "connection_fields",
]

_ABOUT_FORMATS = ("a=rtpmap:", "a=fmtp:")
MAX_SIZE = 16_384
"""Bytes of one description."""
MAX_LINES = 1_000
MAX_MEDIA = 32
"""``m=`` lines of one description, refused ones included: they can never be taken away again (RFC 3264 8)."""
MAX_FORMATS = 64
"""Formats of one ``m=`` line."""


class Attribute(NamedTuple):
    """One ``a=`` line; ``value`` is ``None`` for a property attribute such as ``a=rtcp-mux``."""

    name: str
    value: str | None


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One ``m=`` line and the lines below it."""

    kind: str
    """``audio``, ``video``, ``image``, ``application``, ..."""
    port: int
    """0 refuses the stream (RFC 3264 6)."""
    port_count: int = 1
    protocol: str
    """``RTP/AVP``, ``udptl``, ... as written."""
    formats: tuple[str, ...]
    lines: tuple[str, ...] = ()
    """The lines below, without line ends: ``c=``, ``b=``, ``a=`` and so on."""
    session: tuple[str, ...] = ()
    """The lines of the session level, which count where this level is silent."""
    _wire: str = field(default="", repr=False, compare=False)
    _connection: Connection | None = field(default=None, repr=False, compare=False)
    """Known of what was parsed: negotiation asks for it again and again."""

    @classmethod
    def parse(cls, line: str, lines: tuple[str, ...] = (), session: tuple[str, ...] = ()) -> Media:
        """Read an ``m=`` line (RFC 8866 5.14), to stand above ``lines``; raises :class:`MalformedMessage`."""
        fields = line[2:].split()
        if not 4 <= len(fields) <= MAX_FORMATS + 3:
            raise MalformedMessage(f"SDP: bad media line {line[:80]!r}")
        kind, ports, protocol, *formats = fields
        first, slash, count = ports.partition("/")
        port, port_count = number(first, 65_535), number(count, 65_535) if slash else 1
        if port is None or not port_count:
            raise MalformedMessage(f"SDP: bad media port {ports[:80]!r}")
        return cls(
            kind=kind,
            port=port,
            port_count=port_count,
            protocol=protocol,
            formats=tuple(formats),
            lines=lines,
            session=session,
            _wire=line,
            _connection=_connection(lines) or _connection(session),
        )

    @property
    def line(self) -> str:
        """The ``m=`` line, as it came if it was parsed."""
        if self._wire:
            return self._wire
        ports = f"{self.port}/{self.port_count}" if self.port_count > 1 else str(self.port)
        return f"m={self.kind} {ports} {self.protocol} {' '.join(self.formats)}"

    @property
    def connection(self) -> Connection | None:
        """The first own ``c=`` line, or the session's."""
        return self._connection or _connection(self.lines) or _connection(self.session)

    @property
    def direction(self) -> Direction:
        """Own direction, or the session's, or both ways (RFC 3264 5.1)."""
        for lines in (self.lines, self.session):
            for line in lines:
                if line in DIRECTION_LINES:
                    return DIRECTION_LINES[line]
        return Direction.SENDRECV

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All own ``a=`` lines in order."""
        split = (line[2:].partition(":") for line in self.lines if line.startswith("a="))
        return tuple(Attribute(name, value if colon else None) for name, colon, value in split)

    def attribute(self, name: str) -> str | None:
        """Value of the first own attribute of this name: "" for a property attribute, ``None`` if there is none."""
        prefix, whole = f"a={name}:", f"a={name}"
        for line in self.lines:
            if line.startswith(prefix):
                return line[len(prefix) :]
            if line == whole:
                return ""
        return None

    def rtpmaps(self) -> tuple[Codec, ...]:
        """The formats that are RTP payload types with a known meaning, in order of preference.

        Meaning comes from a=rtpmap and a=fmtp, or from RFC 3551 for static numbers; other formats are left out.
        """
        about = tuple([line for line in self.lines if line.startswith(_ABOUT_FORMATS)])
        return read_codecs(self.formats, about)

    @property
    def ptime(self) -> int | None:
        """Preferred milliseconds per packet (RFC 8866 6.4), 1 to 1000."""
        return number((self.attribute("ptime") or "").strip(), 1000) or None

    @property
    def rtcp_mux(self) -> bool:
        """Whether RTCP may share RTP's port (RFC 5761 5.1.1)."""
        return "a=rtcp-mux" in self.lines

    @property
    def rtcp(self) -> tuple[str | None, int] | None:
        """Host (``None``: RTP's) and port of RTCP where a=rtcp says them (RFC 3605 2.1)."""
        value = self.attribute("rtcp")
        if value is None:
            return None
        text, _, where = value.strip().partition(" ")
        port = number(text, 65_535)
        if not port:
            return None
        if not where:
            return None, port
        try:
            return Connection.parse(where).host, port
        except MalformedMessage:
            return None

    def replace(self, **changes: Any) -> Media:
        """A copy with other fields; its ``m=`` line is written anew."""
        return Media(**{name: getattr(self, name) for name in _MEDIA_FIELDS} | changes)


_MEDIA_FIELDS = ("kind", "port", "port_count", "protocol", "formats", "lines", "session")


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDescription:
    """A whole description: the lines of the session level and the media below them."""

    lines: tuple[str, ...]
    """``v=``, ``o=``, ``s=``, ... without line ends."""
    media: tuple[Media, ...]
    _wire: bytes = field(default=b"", repr=False, compare=False)

    @classmethod
    def build(cls, lines: tuple[str, ...], media: tuple[Media, ...]) -> SessionDescription:
        """Put a description together; the media get to know the lines of the session level."""
        return cls(lines=lines, media=tuple(one.replace(session=lines) for one in media))

    @classmethod
    def parse(cls, data: bytes | str) -> SessionDescription:
        """Read a description; lines may end in CRLF or LF. Linear in its size; raises :class:`MalformedMessage`."""
        wire = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        if len(wire) > MAX_SIZE:
            raise MalformedMessage(f"SDP: longer than {MAX_SIZE} bytes", status=413)
        text = wire.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
        if "\r" in text or "\0" in text:
            raise MalformedMessage("SDP: CR or NUL inside a line")
        lines = text.rstrip("\n").split("\n")
        if len(lines) > MAX_LINES:
            raise MalformedMessage(f"SDP: more than {MAX_LINES} lines")
        starts = _check(lines)
        if len(starts) > MAX_MEDIA:
            raise MalformedMessage(f"SDP: more than {MAX_MEDIA} media lines")
        bounds = [*starts, len(lines)]
        session = tuple(lines[: bounds[0]])
        media = []
        for start, end in pairwise(bounds):
            media.append(Media.parse(lines[start], tuple(lines[start + 1 : end]), session))
        return cls(lines=session, media=tuple(media), _wire=wire)

    def to_bytes(self) -> bytes:
        """The description on the wire: the bytes it was parsed from, or its lines with CRLF."""
        if self._wire:
            return self._wire
        lines = list(self.lines)
        for media in self.media:
            lines.append(media.line)
            lines.extend(media.lines)
        lines.append("")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape")

    @property
    def origin(self) -> Origin:
        """The ``o=`` line of a description of ours; raises :class:`MalformedMessage` where it is not of that form."""
        fields = next(line for line in self.lines if line.startswith("o=")).split()
        session_id, version = number(fields[1], 2**63), number(fields[2], 2**63)
        if session_id is None or version is None:
            raise MalformedMessage("SDP: session id or version is not a number")
        return Origin(session_id=session_id, version=version, address=fields[5])


def _connection(lines: tuple[str, ...]) -> Connection | None:
    found = [line for line in lines if line.startswith("c=")]
    return Connection.parse(found[0][2:]) if found else None


def _check(lines: list[str]) -> list[int]:
    """Check what every reader relies on; gives the indexes of the ``m=`` lines."""
    if lines[0] != "v=0":
        raise MalformedMessage("SDP: does not start with v=0")
    # Few of the lines are of a kind that is looked into, so that the kinds of all of them are told apart first.
    kinds = [line[:2] for line in lines]
    if "".join(kinds)[1::2] != "=" * len(kinds):
        at = next(index for index, kind in enumerate(kinds) if kind[1:] != "=")
        raise MalformedMessage(f"SDP: line {at + 1} is not of the form x=...")
    for line in [line for line, kind in zip(lines, kinds, strict=True) if kind == "c="]:
        Connection.parse(line[2:])
    if kinds.count("o=") != 1:
        raise MalformedMessage("SDP: not exactly one o= line")
    if len(lines[kinds.index("o=")].split()) != 6:
        raise MalformedMessage("SDP: o= has not six fields")
    return [index for index, kind in enumerate(kinds) if kind == "m="]
