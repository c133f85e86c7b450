"""The header of a message: an immutable, ordered list of lines that keeps every byte it does not change (RFC 3261 7.3).

The line as it stood on the wire is the truth; names are looked up in any case and in compact form, values are cut out
and unfolded when they are read. That makes splitting, copying and writing cheap, and leaves as it was what nobody
touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pbxd.errors import MalformedMessage
from pbxd.sip.grammar import (
    Params,
    find_param,
    format_params,
    is_token,
    parse_params,
    quote,
    split_commas,
    split_list,
    tokens,
    unquote,
)
from pbxd.sip.values import (
    BRANCH_COOKIE,
    CSeq,
    NameAddr,
    Reason,
    Via,
    parse_content_type,
    parse_retry_after,
)

__all__ = [
    "BRANCH_COOKIE",
    "MAX_HEADERS",
    "MAX_LINE",
    "CSeq",
    "Headers",
    "NameAddr",
    "Params",
    "Reason",
    "Via",
    "find_param",
    "format_params",
    "key_of",
    "parse_content_type",
    "parse_params",
    "parse_retry_after",
    "quote",
    "split_commas",
    "split_list",
    "tokens",
    "unquote",
]

MAX_HEADERS: Final = 128
"""Header lines of one message."""
MAX_LINE: Final = 16 * 1024
"""Characters of one header line, folds included."""

# RFC 3261 7.3.3, RFC 3515, 3892, 4028, 6665, 3841, 4474, 8224 and the IANA registry of header fields.
_COMPACT: Final = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
# fmt: off
_USUAL: Final = (
    "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Length", "Content-Type", "Route",
    "Record-Route", "Allow", "Supported", "Require", "User-Agent", "Server", "Expires", "Authorization",
    "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Accept", "Date", "Allow-Events", "Event",
    "Session-Expires", "Min-SE", "Reason", "Privacy", "P-Asserted-Identity", "P-Preferred-Identity", "Subject",
    "Diversion",
    "History-Info", "RAck", "RSeq", "Refer-To", "Referred-By", "Replaces", "Retry-After", "Timestamp", "Warning",
    "Min-Expires", "Path", "Accept-Language", "Accept-Encoding", "Organization", "Subscription-State",
    "Unsupported",
)
# fmt: on
# The spellings that are met on the wire; one dictionary look-up then saves checking and lowering the name.
_KEYS: Final = (
    {name: name.lower() for name in _USUAL}
    | {name.lower(): name.lower() for name in _USUAL}
    | _COMPACT
    | {short.upper(): long for short, long in _COMPACT.items()}
)
_REPEATED: Final = ("from", "to", "call-id", "cseq")
_REPEATED_BY_100: Final = (*_REPEATED, "timestamp")
_LINE_START = re.compile(r"\r\n(?![ \t])")
_FOLD = re.compile(r"\r\n[ \t]++")


def key_of(name: str) -> str:
    """The lower-case long form of a header name; raises :class:`MalformedMessage` when it can't be a name."""
    key = _KEYS.get(name)
    if key is not None:
        return key
    stripped = name.rstrip(" \t")
    if not is_token(stripped):
        raise MalformedMessage(f"bad header name: {name[:40]!r}")
    key = stripped.lower()
    return _COMPACT.get(key, key)


class Headers:
    """Immutable and ordered; every change makes a new one that shares the untouched lines."""

    __slots__ = ("_keys", "_lines")

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        """Names and values of headers that we write.

        Raises :class:`ValueError` for a value with a line break: it would end the line and forge what follows.
        """
        keys, lines = [], []
        for name, value in pairs:
            keys.append(_KEYS.get(name) or key_of(name))
            lines.append(f"{name}: {value}")
        whole = "".join(lines)  # looked through once: a message has a dozen lines, and nearly none is at fault
        if "\n" in whole or "\r" in whole:
            raise ValueError(f"line break in a header: {whole[:200]!r}")
        self._keys: tuple[str, ...] = tuple(keys)
        self._lines: tuple[str, ...] = tuple(lines)

    @classmethod
    def parse(cls, text: str) -> Headers:
        """Split header lines, the last one without its CRLF.

        Raises :class:`MalformedMessage` for a line without a name, a lone CR or LF, or a passed bound.
        """
        if not text:
            return cls()
        lines = text.split("\r\n")
        breaks = len(lines) - 1
        if text.count("\r") != breaks or text.count("\n") != breaks:
            # A peer that takes it for a line end would read other headers than we do.
            raise MalformedMessage("a lone CR or LF")
        if "\r\n " in text or "\r\n\t" in text:
            lines = _LINE_START.split(text)
        if len(lines) > MAX_HEADERS:
            raise MalformedMessage("too many headers")
        if len(text) > MAX_LINE and max(map(len, lines)) > MAX_LINE:
            raise MalformedMessage("header line too long")
        known = _KEYS.get
        try:
            keys = [known(name := line[: line.index(":")]) or key_of(name) for line in lines]
        except ValueError:
            line = next(line for line in lines if ":" not in line)
            raise MalformedMessage(f"header line without colon: {line[:40]!r}") from None
        return cls._of(tuple(keys), tuple(lines))

    @classmethod
    def _of(cls, keys: tuple[str, ...], lines: tuple[str, ...]) -> Headers:
        self = cls.__new__(cls)
        self._keys = keys
        self._lines = lines
        return self

    def get(self, name: str) -> str | None:
        """The value of the first line of that name, unfolded and stripped."""
        key = _KEYS.get(name) or key_of(name)
        keys = self._keys
        return _value(self._lines[keys.index(key)]) if key in keys else None

    def firsts(self) -> dict[str, str]:
        """For each key (see :attr:`keys`) the value of its first line: what :meth:`get` says, for who wants many."""
        # Backwards, so that the first of several lines is the one that stays.
        pairs = zip(reversed(self._keys), reversed(self._lines), strict=True)
        if "\r" in "".join(self._lines):  # some are folded
            return {key: _value(line) for key, line in pairs}
        return {key: line.partition(":")[2].strip(" \t") for key, line in pairs}

    def all(self, name: str) -> tuple[str, ...]:
        """The value of every line of that name, in order; lists inside a line are not split."""
        key = _KEYS.get(name) or key_of(name)
        if key not in self._keys:
            return ()
        if self._keys.count(key) == 1:
            return (_value(self._lines[self._keys.index(key)]),)
        return tuple([_value(line) for own, line in zip(self._keys, self._lines, strict=True) if own == key])

    def count(self, name: str) -> int:
        """How many lines have that name."""
        return self._keys.count(_KEYS.get(name) or key_of(name))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (_KEYS.get(name) or key_of(name)) in self._keys

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Names as written, values unfolded and stripped."""
        for line in self._lines:
            yield line.partition(":")[0].rstrip(" \t"), _value(line)

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines as they stand on the wire, without their CRLF."""
        return self._lines

    @property
    def keys(self) -> tuple[str, ...]:
        """For each line the lower-case long form of its name."""
        return self._keys

    def having(self, *pairs: tuple[str, str]) -> Headers:
        """With these lines at the end."""
        return self + Headers(pairs)

    def prepending(self, name: str, value: str) -> Headers:
        """With this line before all others."""
        return Headers._of((_KEYS.get(name) or key_of(name), *self._keys), (_line(name, value), *self._lines))

    def setting(self, name: str, value: str) -> Headers:
        """With one line of that name: where the first one was, or at the end."""
        key = _KEYS.get(name) or key_of(name)
        if key not in self._keys:
            return self.having((name, value))
        at = self._keys.index(key)
        line = _line(name, value)
        kept = [
            (own, line if index == at else old)
            for index, (own, old) in enumerate(zip(self._keys, self._lines, strict=True))
            if own != key or index == at
        ]
        return Headers._of(tuple([own for own, _ in kept]), tuple([old for _, old in kept]))

    def replacing(self, index: int, name: str, value: str) -> Headers:
        """With the line at ``index`` (see :attr:`keys`) replaced by one of the same name."""
        lines = list(self._lines)
        lines[index] = _line(name, value)
        return Headers._of(self._keys, tuple(lines))

    def for_response(self, *, timestamp: bool) -> Headers:
        """The lines that a response repeats (RFC 3261 8.2.6.2): all Vias, and of the others the first."""
        own, names = self._keys, _REPEATED_BY_100 if timestamp else _REPEATED
        # One Via, as nearly always: each line is then found by its name, which is a third of the work.
        one = own.count("via") == 1
        at = [own.index("via")] if one else [index for index, key in enumerate(own) if key == "via"]
        at += [own.index(name) for name in names if name in own]
        return Headers._of(tuple([own[index] for index in at]), tuple([self._lines[index] for index in at]))

    def without(self, *names: str) -> Headers:
        """Without any line of these names."""
        return self._where(frozenset(map(key_of, names)), keep=False)

    def only(self, *names: str) -> Headers:
        """The lines of these names, as they are and in their order."""
        return self._where(frozenset(map(key_of, names)), keep=True)

    def _where(self, keys: frozenset[str], *, keep: bool) -> Headers:
        kept = [(own, line) for own, line in zip(self._keys, self._lines, strict=True) if (own in keys) is keep]
        if len(kept) == len(self._keys):
            return self
        return Headers._of(tuple([own for own, _ in kept]), tuple([line for _, line in kept]))

    def __add__(self, other: Headers) -> Headers:
        """All lines of both."""
        return Headers._of(self._keys + other._keys, self._lines + other._lines)

    def __eq__(self, other: object) -> bool:
        return self._lines == other._lines if isinstance(other, Headers) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._lines)

    def __repr__(self) -> str:
        return f"<Headers {', '.join(name for name, _ in self)}>"


def _line(name: str, value: str) -> str:
    line = f"{name}: {value}"
    if "\n" in line or "\r" in line:
        raise ValueError(f"line break in header {name!r}")
    return line


def _value(line: str) -> str:
    value = line.partition(":")[2]
    return (_FOLD.sub(" ", value) if "\r\n" in value else value).strip(" \t")
