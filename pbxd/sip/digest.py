"""The server's side of digest authentication: challenges, and who a request is from (RFC 7616, RFC 8760, RFC 3261 22).

A nonce says when it was made and proves by an HMAC that we made it, so a challenge costs no memory, however many a
scanner provokes. Only a right answer leaves a trace: which nonce counts were used, in a table of bounded size. When
that is full the oldest nonces count as stale, never as unused.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import itertools
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from pbxd.errors import MalformedMessage
from pbxd.sip.digest_fields import (
    ALGORITHMS,
    Challenge,
    Credentials,
    Ha1,
    authorize,
    choose,
    is_digest,
    parse_challenge,
    parse_credentials,
)
from pbxd.sip.grammar import quote
from pbxd.sip.uri import Uri

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from pbxd.sip.message import Request

__all__ = [
    "ALGORITHMS",
    "Accepted",
    "Authenticator",
    "Challenge",
    "Credentials",
    "Ha1",
    "NoCredentials",
    "Stale",
    "Verdict",
    "Wrong",
    "authorize",
    "choose",
    "parse_challenge",
    "parse_credentials",
]

WINDOW: Final = 64
"""How far behind the highest nonce count of a nonce a request may come late and still be taken, once."""
MAX_NONCES: Final = 65_536
"""Nonces in use of which the counts are kept, about 150 bytes each."""
MAX_CREDENTIALS: Final = 8
"""Headers of one request that are looked at; more are refused."""

_STAMP, _SERIAL, _MAC = 6, 3, 12  # octets: milliseconds of wall time, a counter, a truncated HMAC-SHA-256
_NOBODY = Ha1.of("", "", "")


@dataclass(frozen=True, slots=True)
class NoCredentials:
    """Nothing that answers a challenge of ours: challenge. Also for algorithms and qop that we never offer."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request is from ``username`` of ``realm``."""

    username: str
    realm: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The password is right, but nonce or nonce count was used, is too old or not ours: challenge with stale."""

    username: str
    realm: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """The password is wrong, or there is no such user (which the peer must not be able to tell apart)."""

    username: str
    realm: str


Verdict: TypeAlias = NoCredentials | Accepted | Stale | Wrong


class Authenticator:
    """Makes challenges and checks what comes back.

    ``secret`` signs nonces. Draw a new one at every start: nonces from before are then stale, as they must be, because
    their counts are forgotten. ``now`` is wall-clock seconds throughout.
    """

    def __init__(
        self,
        secret: bytes,
        *,
        nonce_lifetime: float = 300.0,
        algorithms: Sequence[str] = ALGORITHMS,
        require_qop: bool = True,
        max_nonces: int = MAX_NONCES,
    ) -> None:
        """``algorithms`` are offered in this order, which is to be that of preference (RFC 8760 2.3).

        ``require_qop=False`` lets clients in that know RFC 2069 only; their requests can be replayed for as long as a
        nonce lives.
        """
        self._secret = secret
        self._lifetime = _milliseconds(nonce_lifetime)
        self._algorithms = tuple(algorithms)
        self._require_qop = require_qop
        self._serials = itertools.count()
        self._counts = _Counts(max_nonces)

    def challenges(
        self, realm: str, now: float, *, stale: bool = False, only: Collection[str] = ALGORITHMS
    ) -> tuple[str, ...]:
        """Values of WWW-Authenticate or Proxy-Authenticate, one header each, with one nonce for all of them.

        ``only`` leaves out what a client is known to choke on, but never all of them.
        """
        nonce = self._nonce(realm, now)
        ending = ", stale=true" if stale else ""
        return tuple(
            f'Digest realm={quote(realm)}, nonce="{nonce}", algorithm={algorithm}, qop="auth"{ending}'
            for algorithm in [each for each in self._algorithms if each in only] or self._algorithms
        )

    def verify(
        self,
        request: Request,
        header: str,
        ha1: Callable[[str, str], Ha1 | None],
        now: float,
        *,
        realm: str | None = None,
    ) -> Verdict:
        """Who ``request`` is from, by its ``header`` (``Authorization`` or ``Proxy-Authorization``).

        ``ha1`` looks up a user by name and realm. Of several headers the first counts that is for ``realm``, or, if
        that is not said, the first whose nonce is ours. Raises :class:`MalformedMessage` (400) when a Digest header
        can't be read, or is for another resource than the request (RFC 7616 3.4.6).
        """
        credentials = self._pick(request, header, realm)
        if credentials is None or not self._answerable(credentials):
            return NoCredentials()
        _check_uri(credentials, request, header)
        username, claimed = credentials.username, credentials.realm
        known = ha1(username, claimed)
        # The same work for a user that does not exist, so that time tells nothing.
        expected = credentials.expected(known or _NOBODY, request.method)
        given = credentials.response.lower().encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(expected.encode(), given) or known is None:
            return Wrong(username, claimed)
        issue = self._issue(credentials)
        if issue is None or not 0 <= _milliseconds(now) - issue[0] <= self._lifetime:
            return Stale(username, claimed)
        oldest = _milliseconds(now) - self._lifetime
        if credentials.qop and not self._counts.use(issue, credentials.nonce_count, oldest):
            return Stale(username, claimed)
        return Accepted(username, claimed)

    def _answerable(self, credentials: Credentials) -> bool:
        """Whether this can be an answer to a challenge of ours; an empty one is IMS's way to say its name first."""
        if not credentials.nonce or not credentials.response or credentials.algorithm not in self._algorithms:
            return False
        return credentials.qop == "auth" or (not credentials.qop and not self._require_qop)

    def _pick(self, request: Request, header: str, realm: str | None) -> Credentials | None:
        values = [value for value in request.headers.all(header) if is_digest(value)]
        if len(values) > MAX_CREDENTIALS:
            raise MalformedMessage("too many credentials", header=header)
        try:
            found = [parse_credentials(value) for value in values]
        except MalformedMessage as error:
            raise MalformedMessage(error.reason, header=header) from error
        if realm is not None:
            return next((one for one in found if one.realm == realm), None)
        ours = (one for one in found if self._issue(one) is not None)
        return next(ours, found[0] if found else None)

    def _nonce(self, realm: str, now: float) -> str:
        stamp = _milliseconds(now).to_bytes(_STAMP, "big")
        serial = (next(self._serials) % 256**_SERIAL).to_bytes(_SERIAL, "big")
        return base64.urlsafe_b64encode(stamp + serial + self._mac(stamp + serial, realm)).decode()

    def _issue(self, credentials: Credentials) -> tuple[int, int] | None:
        """When (wall milliseconds) and as which one we made this nonce for this realm, if we did."""
        try:
            octets = base64.b64decode(credentials.nonce.encode(), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return None
        head, mac = octets[: _STAMP + _SERIAL], octets[_STAMP + _SERIAL :]
        if not hmac.compare_digest(mac, self._mac(head, credentials.realm)):
            return None
        return int.from_bytes(head[:_STAMP], "big"), int.from_bytes(head[_STAMP:], "big")

    def _mac(self, head: bytes, realm: str) -> bytes:
        return hmac.digest(self._secret, head + realm.encode("utf-8", "surrogateescape"), "sha256")[:_MAC]


class _Counts:
    """Which nonce counts were used; of the nonces pushed out by newer ones it knows that they must not be used."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used: OrderedDict[tuple[int, int], tuple[int, int]] = OrderedDict()  # highest, bits of those below it
        self._forgotten = -1  # milliseconds: a nonce not in the table must be younger than this

    def use(self, issue: tuple[int, int], count: int, oldest: int) -> bool:
        """Take ``count`` for the nonce; False if it was taken before, or can't be told any more.

        Nonces issued before ``oldest`` (wall milliseconds) need not be kept.
        """
        entry = self._used.get(issue)
        if entry is None and issue[0] <= self._forgotten:
            return False
        highest, seen = entry or (0, 0)
        if count > highest:
            shift = count - highest
            seen = (seen << shift | 1) & (1 << WINDOW) - 1 if shift < WINDOW else 1
            highest = count
        else:
            bit = 1 << highest - count if count and highest - count < WINDOW else 0
            if not bit or seen & bit:
                return False
            seen |= bit
        self._used[issue] = highest, seen
        self._trim(oldest)
        return True

    def _trim(self, oldest: int) -> None:
        while self._used and next(iter(self._used))[0] < oldest:
            self._used.popitem(last=False)
        while len(self._used) > self._limit:
            (stamp, _), _ = self._used.popitem(last=False)
            self._forgotten = max(self._forgotten, stamp)


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def _check_uri(credentials: Credentials, request: Request, header: str) -> None:
    """The credentials must be for this request; parameters, port and scheme may differ on the way (RFC 3261 22.4)."""
    written = credentials.uri
    if written == str(request.uri):
        return
    try:
        uri = Uri.parse(written)
    except MalformedMessage as error:
        raise MalformedMessage(f"digest uri: {error.reason}", header=header) from error
    if _resource(uri) != _resource(request.uri):
        raise MalformedMessage("digest uri is not that of the request", header=header)


def _resource(uri: Uri) -> tuple[str, str, str]:
    return uri.user, uri.host.lower(), uri.opaque
