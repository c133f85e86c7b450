"""Digest authentication as text and arithmetic (RFC 7616, RFC 8760, RFC 3261 22.4): what both sides share.

Algorithms are MD5 and SHA-256 without ``-sess``, quality of protection is ``auth`` or (RFC 2069) none. Passwords and
what is made of them never show in a ``repr``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pbxd.errors import MalformedMessage
from pbxd.sip.grammar import MAX_PARAMS, QUOTED, TOKEN_CHARS, is_token, quote, split_commas, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

_PAIR = rf'[ \t]*+([{TOKEN_CHARS}]++)[ \t]*+=[ \t]*+({QUOTED}|[^",<> \t]++)[ \t]*+'
_FIELD = re.compile(_PAIR, re.DOTALL)
_USUAL_FIELDS = re.compile(rf"{_PAIR}(?:,{_PAIR})*+", re.DOTALL)
ALGORITHMS: Final = ("SHA-256", "MD5")
"""What we can calculate, the stronger first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ha1:
    """What stands for a password: H(username:realm:password) once per algorithm, in hexadecimal."""

    md5: str = field(repr=False)
    sha256: str = field(repr=False)

    @classmethod
    def of(cls, username: str, realm: str, password: str) -> Ha1:
        text = f"{username}:{realm}:{password}"
        return cls(md5=_hash("MD5", text), sha256=_hash("SHA-256", text))

    def by(self, algorithm: str) -> str:
        """The one for ``algorithm``, one of :data:`ALGORITHMS`."""
        return self.md5 if algorithm == "MD5" else self.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """One Authorization or Proxy-Authorization header (RFC 7616 3.4)."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str = field(repr=False)
    algorithm: str = "MD5"
    """Upper case."""
    qop: str = ""
    """Lower case; empty from a client of RFC 2069's time."""
    cnonce: str = ""
    nc: str = ""
    """Eight hexadecimal digits as sent, empty without ``qop``."""

    @property
    def nonce_count(self) -> int:
        return int(self.nc, 16) if self.nc else 0

    def expected(self, ha1: Ha1, method: str) -> str:
        """What ``response`` is when the peer knows the password; algorithm and qop must be ours to calculate."""
        return _response(self.algorithm, ha1, method, self.uri, self.nonce, self.qop, self.nc, self.cnonce)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One WWW-Authenticate or Proxy-Authenticate header (RFC 7616 3.3)."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    """Upper case."""
    qop: tuple[str, ...] = ()
    """Lower case; empty from a server of RFC 2069's time."""
    opaque: str | None = None
    stale: bool = False


def parse_credentials(text: str) -> Credentials:
    """Read a header's value; raises :class:`MalformedMessage`."""
    fields = _fields(text)
    for name in ("username", "realm", "nonce", "uri", "response"):
        if name not in fields:
            raise MalformedMessage(f"digest credentials without {name}")
    qop, nc = fields.get("qop", "").lower(), fields.get("nc", "")
    if qop and not (nc and fields.get("cnonce")):
        raise MalformedMessage("digest credentials with qop lack nc or cnonce")
    if nc and (len(nc) != 8 or not nc.isascii() or not all(digit in "0123456789abcdefABCDEF" for digit in nc)):
        raise MalformedMessage("digest nc is not eight hexadecimal digits")
    return Credentials(
        username=fields["username"],
        realm=fields["realm"],
        nonce=fields["nonce"],
        uri=fields["uri"],
        response=fields["response"],
        algorithm=fields.get("algorithm", "MD5").upper(),
        qop=qop,
        cnonce=fields.get("cnonce", ""),
        nc=nc,
    )


def parse_challenge(text: str) -> Challenge:
    """Read a header's value; raises :class:`MalformedMessage`."""
    fields = _fields(text)
    for name in ("realm", "nonce"):
        if name not in fields:
            raise MalformedMessage(f"digest challenge without {name}")
    return Challenge(
        realm=fields["realm"],
        nonce=fields["nonce"],
        algorithm=fields.get("algorithm", "MD5").upper(),
        qop=tuple(option for part in fields.get("qop", "").lower().split(",") if (option := part.strip())),
        opaque=fields.get("opaque"),
        stale=fields.get("stale", "").lower() == "true",
    )


def is_digest(text: str) -> bool:
    """Whether a header's value is of the Digest scheme at all."""
    return text.lstrip()[:7].lower().rstrip() == "digest"


def choose(challenges: Iterable[Challenge]) -> Challenge | None:
    """The strongest challenge that :func:`authorize` can meet; the first of equals (RFC 8760 2.4)."""
    usable = [
        challenge
        for challenge in challenges
        if challenge.algorithm in ALGORITHMS and (not challenge.qop or "auth" in challenge.qop)
    ]
    return min(usable, key=lambda challenge: ALGORITHMS.index(challenge.algorithm), default=None)


def authorize(
    challenge: Challenge, *, username: str, password: str, method: str, uri: str, nonce_count: int, cnonce: str
) -> str:
    """The value of Authorization that meets a challenge which :func:`choose` gave.

    ``nonce_count`` is 1 for the first request with this nonce and must grow with each (RFC 7616 3.4); ``cnonce`` is
    random text of the caller's.
    """
    qop, nc = ("auth", f"{nonce_count:08x}") if challenge.qop else ("", "")
    ha1 = Ha1.of(username, challenge.realm, password)
    response = _response(challenge.algorithm, ha1, method, uri, challenge.nonce, qop, nc, cnonce)
    written = [
        f"Digest username={quote(username)}",
        f"realm={quote(challenge.realm)}",
        f"nonce={quote(challenge.nonce)}",
        f"uri={quote(uri)}",
        f'response="{response}"',
        f"algorithm={challenge.algorithm}",
    ]
    if qop:
        written += [f"qop={qop}", f"nc={nc}", f"cnonce={quote(cnonce)}"]
    if challenge.opaque is not None:
        written.append(f"opaque={quote(challenge.opaque)}")
    return ", ".join(written)


def _fields(text: str) -> dict[str, str]:
    """The parameters of a Digest header, names in lower case, values without quotes (RFC 3261 25.1)."""
    if not is_digest(text):
        raise MalformedMessage("not of the Digest scheme")
    rest = text.lstrip()[6:]
    if _USUAL_FIELDS.fullmatch(rest):
        pairs = _FIELD.findall(rest)
        fields = {name.lower(): unquote(value) for name, value in pairs}
        if len(fields) == len(pairs) <= MAX_PARAMS:
            return fields
    return _odd_fields(rest)


def _odd_fields(text: str) -> dict[str, str]:
    """The same for what phones send besides: empty elements, empty values, and what is to be refused."""
    fields: dict[str, str] = {}
    parts = split_commas(text)
    if len(parts) > MAX_PARAMS:
        raise MalformedMessage("too many digest parameters")
    for part in parts:
        if not part:
            continue  # RFC 7235 2.1 lets lists have empty elements, and phones end theirs with a comma
        name, equals, value = part.partition("=")
        name, value = name.strip().lower(), value.strip()
        if not equals or not is_token(name) or name in fields:
            raise MalformedMessage(f"bad or repeated digest parameter {name[:40]!r}")
        fields[name] = unquote(value)
    return fields


def _response(algorithm: str, ha1: Ha1, method: str, uri: str, nonce: str, qop: str, nc: str, cnonce: str) -> str:
    """RFC 7616 3.4.1, and without ``qop`` RFC 2069 2.1.2."""
    protection = f"{nc}:{cnonce}:{qop}:" if qop else ""
    ha2 = _hash(algorithm, f"{method}:{uri}")
    return _hash(algorithm, f"{ha1.by(algorithm)}:{nonce}:{protection}{ha2}")


def _hash(algorithm: str, text: str) -> str:
    octets = text.encode("utf-8", "surrogateescape")
    if algorithm == "MD5":
        return hashlib.md5(octets, usedforsecurity=False).hexdigest()
    return hashlib.sha256(octets).hexdigest()
