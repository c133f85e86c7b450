"""What single header values say: addresses, Via, CSeq, Reason, Retry-After (RFC 3261 20, RFC 3326, RFC 3581).

Each class reads with ``parse`` and writes with ``str``; a value that was parsed and not changed is written as it came.
All ``parse`` raise :class:`~pbxd.errors.MalformedMessage`, whose ``header`` is filled in by who knows the header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from pbxd.errors import MalformedMessage
from pbxd.plain import plain
from pbxd.sip.grammar import (
    QUOTED,
    TOKEN_CHARS,
    Params,
    find_param,
    format_params,
    number,
    parse_params,
    quote,
    set_param,
    split_list,
    unquote,
)
from pbxd.sip.uri import Uri

MAX_CSEQ: Final = 2**31 - 1
"""RFC 3261 8.1.1.5."""
MAX_SECONDS: Final = 2**32 - 1
"""RFC 3261 20.19."""
BRANCH_COOKIE: Final = "z9hG4bK"
"""What a branch starts with that is unique by itself (RFC 3261 8.1.1.7)."""

# A display name without quotes may hold only tokens by the RFC; what can't be misread is let through.
# A lone tag, as dialogs have it, is read at once.
_NAME_ADDR = re.compile(
    rf'[ \t]*+(?:({QUOTED})[ \t]*+|([^"<>,;]*+))<([^<>]*+)>(?:;tag=([{TOKEN_CHARS}]++)\Z)?+', re.DOTALL
)
# Without brackets all parameters are the header's, and the URI can hold neither comma nor question mark (20.10).
_ADDR_SPEC = re.compile(r'[ \t]*+([^ \t<>",;?]++)')
_VIA = re.compile(
    rf"""
    ([{TOKEN_CHARS}]++) [ \t]*+ / [ \t]*+ ([{TOKEN_CHARS}]++) [ \t]*+ / [ \t]*+ ([{TOKEN_CHARS}]++) [ \t]++
    (?: \[([0-9A-Fa-f:.]++)\] | ([A-Za-z0-9._\-]++) )
    (?: [ \t]*+ : [ \t]*+ ([0-9]{{1,5}}+) )?+
    """,
    re.VERBOSE,
)
_CSEQ = re.compile(rf"([0-9]++)[ \t]++([{TOKEN_CHARS}]++)")
_LEADING_TOKEN = re.compile(rf"([{TOKEN_CHARS}]++)(?=[ \t;(]|$)")
_CACHED_ADDRESS = 200
_CACHED_CSEQ = 40
_COMMENT = re.compile(r"[ \t]*+\([^()]*+\)[ \t]*+")


@plain
@dataclass(frozen=True, slots=True)
class NameAddr:
    """An address with its display name and header parameters: From, To, Contact, Route, P-Asserted-Identity."""

    display: str
    """Without quotes and escapes, empty when absent."""
    uri: Uri
    params: Params = ()
    _text: str = field(default="", repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> NameAddr:
        """``"Anna" <sip:anna@example.com>;tag=1`` or ``sip:anna@example.com;tag=1``."""
        # All messages of a dialog say the same From and To, and a phone the same Contact in every call.
        return _name_addr_cached(text) if len(text) <= _CACHED_ADDRESS else _name_addr(text)

    @classmethod
    def parse_list(cls, text: str) -> tuple[NameAddr, ...]:
        """All addresses of one header line."""
        return tuple([cls.parse(element) for element in split_list(text)])

    def __str__(self) -> str:
        if self._text:
            return self._text
        display = quote(self.display) + " " if self.display else ""
        return f"{display}<{self.uri}>{format_params(self.params)}"

    def param(self, name: str) -> str | None:
        """A header parameter without its quotes (``name`` in lower case): ``""`` for a flag, ``None`` when absent."""
        value = find_param(self.params, name)
        return unquote(value) if value else value

    @property
    def tag(self) -> str | None:
        """The tag (RFC 3261 19.3); an empty one counts as none."""
        for name, value in self.params:  # every message is asked for its tags half a dozen times
            if name == "tag":
                return value or None
        return None

    def with_tag(self, tag: str) -> NameAddr:
        """The same address with this tag, in place of any other."""
        text = ""
        if self._text and find_param(self.params, "tag") is None:
            text = f"{self._text.rstrip()};tag={tag}"
        return NameAddr(self.display, self.uri, set_param(self.params, "tag", tag), text)

    def with_param(self, name: str, value: str | None) -> NameAddr:
        """The same address with this header parameter (value quoted by the caller where needed, ``None``: a flag)."""
        return NameAddr(self.display, self.uri, set_param(self.params, name, value))


def _name_addr(text: str) -> NameAddr:
    display = ""
    params: Params = ()
    found = _NAME_ADDR.match(text)
    if found:
        quoted, bare, uri, tag = found.groups()
        if tag:
            params = (("tag", tag),)
        display = unquote(quoted) if quoted else bare.rstrip(" \t")
    else:
        found = _ADDR_SPEC.match(text)
        if not found:
            raise MalformedMessage(f"not an address: {text[:60]!r}")
        uri = found[1]
    rest = text[found.end() :]
    return NameAddr(display, Uri.parse(uri), parse_params(rest) if rest else params, text)


_name_addr_cached = lru_cache(2048)(_name_addr)


@plain
@dataclass(frozen=True, slots=True)
class Via:
    """One hop of a request (RFC 3261 20.42, RFC 3581)."""

    transport: str
    """In upper case: ``UDP``, ``TCP``, ``TLS``, ``WS`` ..."""
    host: str
    """Name or address of sent-by, IPv6 without brackets."""
    port: int | None = None
    params: Params = ()
    protocol: str = "SIP/2.0"
    _text: str = field(default="", repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Via:
        """``SIP/2.0/UDP host:port;branch=z9hG4bK...``, white space allowed where RFC 3261 25.1 does."""
        text = text.strip(" \t")
        found = _VIA.match(text)
        if found is None:
            raise MalformedMessage(f"not a Via: {text[:60]!r}")
        name, version, transport, ipv6, host, port = found.groups()
        rest = text[found.end() :]
        return cls(
            transport.upper(),
            ipv6 or host,
            number(port, 65_535) if port else None,
            parse_params(rest) if rest else (),
            f"{name.upper()}/{version}",
            text,
        )

    @classmethod
    def parse_list(cls, text: str) -> tuple[Via, ...]:
        """All Vias of one header line, topmost first."""
        return tuple([cls.parse(element) for element in split_list(text)])

    def __str__(self) -> str:
        if self._text:
            return self._text
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"{self.protocol}/{self.transport} {host}{port}{format_params(self.params)}"

    def param(self, name: str) -> str | None:
        """A parameter as written (``name`` in lower case): ``""`` for a flag, ``None`` when absent."""
        return find_param(self.params, name)

    @property
    def branch(self) -> str:
        """Empty for a peer of RFC 2543; see :data:`BRANCH_COOKIE`."""
        return find_param(self.params, "branch") or ""

    @property
    def received(self) -> str | None:
        """Where the request really came from, IPv6 without brackets (RFC 5118 4.5 has it written either way)."""
        value = find_param(self.params, "received")
        return value.strip("[]") if value else None

    @property
    def rport(self) -> int | None:
        """The port that the request really came from, once filled in (RFC 3581)."""
        value = find_param(self.params, "rport")
        return number(value, 65_535) if value else None

    @property
    def asks_rport(self) -> bool:
        """Whether the client wants responses where its request came from (RFC 3581 3)."""
        return find_param(self.params, "rport") is not None

    def with_param(self, name: str, value: str | None) -> Via:
        """The same hop with this parameter set (``None``: a flag)."""
        return Via(self.transport, self.host, self.port, set_param(self.params, name, value), self.protocol)


@plain
@dataclass(frozen=True, slots=True)
class CSeq:
    """Sequence number and method (RFC 3261 20.16)."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> CSeq:
        # Calls begin with the same few numbers, and every message of a transaction says the same.
        return _cseq_cached(text) if len(text) <= _CACHED_CSEQ else _cseq(text)

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


def _cseq(text: str) -> CSeq:
    found = _CSEQ.fullmatch(text)
    if found is None:
        raise MalformedMessage(f"not a sequence number and method: {text[:40]!r}")
    return CSeq(number(found[1], MAX_CSEQ), found[2])


_cseq_cached = lru_cache(1024)(_cseq)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a request was sent or a response was given (RFC 3326)."""

    protocol: str
    """``SIP``, ``Q.850`` ..."""
    cause: int | None = None
    text: str = ""

    @classmethod
    def parse(cls, text: str) -> Reason:
        found = _LEADING_TOKEN.match(text)
        if found is None:
            raise MalformedMessage(f"not a reason: {text[:40]!r}")
        params = parse_params(text[found.end() :])
        cause = find_param(params, "cause")
        return cls(found[1], number(cause, 999) if cause else None, unquote(find_param(params, "text") or ""))

    @classmethod
    def parse_list(cls, text: str) -> tuple[Reason, ...]:
        return tuple([cls.parse(element) for element in split_list(text)])

    def __str__(self) -> str:
        cause = "" if self.cause is None else f";cause={self.cause}"
        return self.protocol + cause + (f";text={quote(self.text)}" if self.text else "")


def parse_retry_after(text: str) -> int:
    """The seconds of a Retry-After (RFC 3261 20.33), whose comment and parameters are for people and caches."""
    head = text.partition(";")[0]
    seconds, opening, comment = head.partition("(")
    if opening and not _COMMENT.fullmatch("(" + comment):
        raise MalformedMessage("bad comment")
    return number(seconds.strip(" \t"), MAX_SECONDS)


def parse_content_type(text: str) -> tuple[str, Params]:
    """Media type in lower case without white space, and its parameters (RFC 3261 20.15)."""
    media_type, semicolon, rest = text.partition(";")
    kind, slash, subtype = media_type.partition("/")
    kind, subtype = kind.strip(" \t").lower(), subtype.strip(" \t").lower()
    if not (slash and kind and subtype) or " " in kind or " " in subtype:
        raise MalformedMessage(f"not a media type: {text[:40]!r}")
    return f"{kind}/{subtype}", parse_params(semicolon + rest)
