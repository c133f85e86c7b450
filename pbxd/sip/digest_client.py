"""The client's side of digest authentication: what we answer to a trunk's challenge (RFC 3261 22, RFC 8760). Pure."""

from __future__ import annotations

from collections.abc import Callable

from pbxd.errors import MalformedMessage
from pbxd.sip.digest import Challenge, authorize, choose, parse_challenge
from pbxd.sip.digest_fields import is_digest
from pbxd.sip.message import Request, Response

HEADERS = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}
"""By status: where the challenge is, and where its answer goes."""


class DigestClient:
    """One account at one server. It remembers the newest challenge, so that most requests are answered in advance."""

    __slots__ = ("_challenge", "_cnonce", "_count", "_header", "_password", "_username")

    def __init__(self, username: str, password: str, *, cnonce: Callable[[], str]) -> None:
        """``cnonce`` gives fresh random text."""
        self._username = username
        self._password = password
        self._cnonce = cnonce
        self._challenge: Challenge | None = None
        self._header = ""
        self._count = 0

    def prepared(self, request: Request) -> Request:
        """``request`` with credentials for the newest challenge; as it is before there was any."""
        challenge = self._challenge
        if challenge is None:
            return request
        self._count += 1
        value = authorize(
            challenge,
            username=self._username,
            password=self._password,
            method=request.method,
            uri=str(request.uri),
            nonce_count=self._count,
            cnonce=self._cnonce(),
        )
        return request.with_headers(request.headers.without(self._header).having((self._header, value)))

    def challenged(self, response: Response, *, answered: bool) -> bool:
        """Take in a 401 or 407; whether sending the request again, :meth:`prepared`, may help.

        ``answered`` says that the refused request carried our credentials: then only a stale nonce is worth another
        try (22.2), because the password does not get better.
        """
        if response.status not in HEADERS:
            return False
        theirs, ours = HEADERS[response.status]
        challenge = choose(_challenges(response.headers.all(theirs)))
        if challenge is None or (answered and not challenge.stale):
            self._challenge = None
            return False
        self._challenge, self._header, self._count = challenge, ours, 0
        return True


def _challenges(values: tuple[str, ...]) -> list[Challenge]:
    """Those that can be read: a server may offer what we don't know beside what we do."""
    found = []
    for value in values:
        if is_digest(value):
            try:
                found.append(parse_challenge(value))
            except MalformedMessage:
                continue
    return found
