"""SIP, SIPS and tel URIs (RFC 3261 19.1, RFC 3966); any other scheme is carried unread."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote

from pbxd.errors import MalformedMessage
from pbxd.plain import plain
from pbxd.sip.grammar import MAX_PARAMS, Params, find_param, format_params

MAX_URI: Final = 2048
"""Characters of one URI; a longer one is refused with 414."""

_CACHED_LENGTH = 160
_CACHED_URIS = 2048

_PLAIN = r'\x00-\x20\x7f<>"'  # what no part of a URI holds unescaped; everything else some phone sends somewhere
_SIP = re.compile(
    rf"""
    (sips?):
    (?: ([^{_PLAIN}@:]*+) (?: :([^{_PLAIN}@]*+) )?+ @ )?+
    (?: \[([0-9A-Fa-f:.]++)\] | ([A-Za-z0-9._\-]++) )
    (?: :([0-9]{{1,5}}+) )?+
    ( (?: ;[^{_PLAIN}@;?]++ )*+ )
    (?: \?([^{_PLAIN}]*+) )?+
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_TEL = re.compile(rf"tel:(\+?+[0-9A-F*#().\-]++)((?:;[^{_PLAIN}@;?]++)*+)", re.IGNORECASE | re.ASCII)
_OTHER = re.compile(rf"([A-Za-z][A-Za-z0-9+.\-]*+):([^{_PLAIN}]++)")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_VISUAL_SEPARATORS = str.maketrans("", "", "-.()")

# RFC 3261 25.1: unreserved (beyond what urllib always keeps) and user-, password-, param-unreserved.
_USER_SAFE = "!*'()&=+$,;?/"
_PASSWORD_SAFE = "!*'()&=+$,"  # noqa: S105 - an alphabet, not a secret
_PARAM_SAFE = "!*'()[]/:&+$"

# In one URI only, these make two URIs different (RFC 3261 19.1.4; transport by that section's last example).
_NEVER_IGNORED = frozenset({"user", "ttl", "method", "maddr", "transport"})


@plain
@dataclass(frozen=True, slots=True)
class Uri:
    """A URI; compares equal part by part, :meth:`equivalent` compares as RFC 3261 19.1.4 says."""

    scheme: str
    """In lower case: ``sip``, ``sips``, ``tel`` or any other."""
    user: str = ""
    """Percent-decoded, empty when absent; for tel the number as written, without parameters."""
    password: str = field(default="", repr=False)
    host: str = ""
    """Name or address as written, IPv6 without brackets; empty for tel and other schemes."""
    port: int | None = None
    params: Params = ()
    """Names in lower case, values as written."""
    headers: str = ""
    """What follows the question mark, as written."""
    opaque: str = ""
    """For other schemes than sip, sips and tel: all that follows the colon."""
    _text: str = field(default="", repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Uri:
        """Raises :class:`MalformedMessage`, with status 414 for a URI over :data:`MAX_URI` characters."""
        # Peers name the same few thousand addresses again and again, and a URI never changes.
        return _parse_cached(text) if len(text) <= _CACHED_LENGTH else _parse(text)

    def __str__(self) -> str:
        """The text it was parsed from; a URI that was built is escaped where RFC 3261 25.1 demands it."""
        return self._text or _format(self)

    def param(self, name: str) -> str | None:
        """The value of a URI parameter (``name`` in lower case): ``""`` for a flag, ``None`` when absent."""
        return find_param(self.params, name)

    @property
    def transport(self) -> str | None:
        """The transport parameter in lower case."""
        value = find_param(self.params, "transport")
        return value.lower() if value else None

    def replace(self, **changes: Any) -> Uri:
        """A URI with other parts, written anew."""
        return replace(self, _text="", **changes)

    def equivalent(self, other: Uri) -> bool:
        """Whether both name the same resource (RFC 3261 19.1.4, RFC 3966 4)."""
        if self.scheme != other.scheme or self.port != other.port or self.opaque != other.opaque:
            return False
        if self.scheme == "tel":
            return _same_number(self.user, other.user) and _same_params(self.params, other.params, exact=True)
        return (
            self.user == other.user
            and self.password == other.password
            and _comparable_host(self.host) == _comparable_host(other.host)
            and _same_params(self.params, other.params)
            and _comparable_headers(self.headers) == _comparable_headers(other.headers)
        )


def sip_uri(user: str, host: str, port: int | None = None, *, scheme: str = "sip", **params: str | None) -> Uri:
    """Build a SIP URI from plain text; ``lr=None`` makes a flag, ``_`` in parameter names means ``-``."""
    escaped = tuple(
        (name.lower().replace("_", "-"), None if value is None else _escape(value, _PARAM_SAFE))
        for name, value in params.items()
    )
    return Uri(scheme, user, "", host.strip("[]"), port, escaped)


def _parse(text: str) -> Uri:
    if len(text) > MAX_URI:
        raise MalformedMessage("URI too long", status=414)
    if "%" in text and _BAD_ESCAPE.search(text):
        raise MalformedMessage("bad escape in URI")
    if found := _SIP.fullmatch(text):
        scheme, user, password, ipv6, host, port, params, headers = found.groups()
        if ipv6:
            host = _checked_ipv6(ipv6)
        if port and int(port) > 65_535:
            raise MalformedMessage("port over 65535 in URI")
        return Uri(
            scheme.lower(),
            _unescape(user or ""),
            _unescape(password or ""),
            host,
            int(port) if port else None,
            _parse_params(params) if params else (),
            headers or "",
            "",
            text,
        )
    if found := _TEL.fullmatch(text):
        return Uri("tel", found[1], params=_parse_params(found[2]), _text=text)
    found = _OTHER.fullmatch(text)
    if found is None or found[1].lower() in ("sip", "sips", "tel"):
        raise MalformedMessage(f"not a URI: {text[:60]!r}")
    return Uri(found[1].lower(), opaque=found[2], _text=text)


_parse_cached = lru_cache(_CACHED_URIS)(_parse)


def _parse_params(text: str) -> Params:
    params: list[tuple[str, str | None]] = []
    for piece in text.split(";")[1:]:
        name, equals, value = piece.partition("=")
        params.append((name.lower(), value if equals else None))
    if len(params) > MAX_PARAMS:
        raise MalformedMessage("too many URI parameters")
    names = {name for name, _ in params}
    if len(names) != len(params) or "" in names:
        raise MalformedMessage("a URI parameter is given twice or has no name")
    return tuple(params)


def _checked_ipv6(text: str) -> str:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        raise MalformedMessage(f"not an IPv6 address: {text[:60]!r}") from None
    return text


def _format(uri: Uri) -> str:
    if uri.scheme == "tel":
        return f"tel:{uri.user}{format_params(uri.params)}"
    if uri.opaque:
        return f"{uri.scheme}:{uri.opaque}"
    userinfo = ""
    if uri.user or uri.password:
        password = ":" + _escape(uri.password, _PASSWORD_SAFE) if uri.password else ""
        userinfo = f"{_escape(uri.user, _USER_SAFE)}{password}@"
    host = f"[{uri.host}]" if ":" in uri.host else uri.host
    port = "" if uri.port is None else f":{uri.port}"
    headers = f"?{uri.headers}" if uri.headers else ""
    return f"{uri.scheme}:{userinfo}{host}{port}{format_params(uri.params)}{headers}"


def _escape(text: str, safe: str) -> str:
    # Names and numbers need no escape nearly always, and then neither does the call of quote().
    return text if text.isascii() and text.isalnum() else quote(text, safe=safe, errors="surrogateescape")


def _unescape(text: str) -> str:
    return unquote(text, errors="surrogateescape") if "%" in text else text


def _comparable_host(host: str) -> object:
    return ipaddress.IPv6Address(host) if ":" in host else host.lower()


def _comparable_headers(headers: str) -> list[tuple[str, str]]:
    if not headers:
        return []
    pairs = (piece.partition("=") for piece in headers.split("&"))
    return sorted((_unescape(name).lower(), _unescape(value)) for name, _, value in pairs)


def _same_params(one: Params, other: Params, *, exact: bool = False) -> bool:
    first, second = ({name: _unescape(value or "").lower() for name, value in params} for params in (one, other))
    lonely = first.keys() ^ second.keys()
    if lonely and (exact or lonely & _NEVER_IGNORED):
        return False
    return all(first[name] == second[name] for name in first.keys() & second.keys())


def _same_number(one: str, other: str) -> bool:
    return one.translate(_VISUAL_SEPARATORS).lower() == other.translate(_VISUAL_SEPARATORS).lower()
