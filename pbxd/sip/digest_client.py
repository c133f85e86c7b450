"""The client's side of digest authentication: what we answer to a trunk's challenge (RFC 3261 22, RFC 8760). Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pbxd.errors import MalformedMessage
from pbxd.sip.digest import Challenge, authorize, choose, parse_challenge
from pbxd.sip.digest_fields import is_digest
from pbxd.sip.message import Request, Response

HEADERS = (("WWW-Authenticate", "Authorization"), ("Proxy-Authenticate", "Proxy-Authorization"))
"""Where a challenge is, and where its answer goes: of the server itself, and of a proxy on the way to it."""
MAX_ANSWERS = 4
"""Challenges that are answered for one request, whatever the server says of stale nonces."""
Answered: TypeAlias = tuple[str, ...]
"""The fields with which challenges to one request were answered so far, one for each."""


@dataclass(slots=True)
class _Known:
    challenge: Challenge
    count: int = 0
    """How often its nonce was used."""


class DigestClient:
    """One account at one server. It remembers the newest challenges, so that most requests are answered in advance."""

    __slots__ = ("_cnonce", "_known", "_password", "_username")

    def __init__(self, username: str, password: str, *, cnonce: Callable[[], str]) -> None:
        """``cnonce`` gives fresh random text."""
        self._username = username
        self._password = password
        self._cnonce = cnonce
        self._known: dict[str, _Known] = {}
        """By the field that answers it. A proxy's and that of the server behind it stand side by side (22.3)."""

    def prepared(self, request: Request) -> Request:
        """``request`` with credentials for the newest challenges; as it is before there were any."""
        for header, known in self._known.items():
            known.count += 1
            value = authorize(
                known.challenge,
                username=self._username,
                password=self._password,
                method=request.method,
                uri=str(request.uri),
                nonce_count=known.count,
                cnonce=self._cnonce(),
            )
            request = request.with_headers(request.headers.without(header).having((header, value)))
        return request

    def challenged(self, response: Response, answered: Answered = ()) -> Answered:
        """Take in a 401 or 407. What is returned answers it when the request is sent again, :meth:`prepared`; nothing
        where that does not help.

        A challenge that was ``answered`` before is worth another try only when its nonce is stale (22.2), because the
        password does not get better.
        """
        if response.status not in (401, 407) or len(answered) >= MAX_ANSWERS:
            return ()
        taken = []
        for theirs, ours in HEADERS:
            values = response.headers.all(theirs)
            if not values:
                continue
            challenge = choose(_challenges(values))
            if challenge is None or (ours in answered and not challenge.stale):
                self._known.clear()
                return ()
            self._known[ours] = _Known(challenge)
            taken.append(ours)
        return tuple(taken)


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
