"""Requests that are too long for one datagram go by TCP where nothing forbids it (RFC 3261 18.1.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pbxd.sip.message import Request, Response
from pbxd.sip.transaction import ClientUser

MAX_DATAGRAM: Final = 1300
"""Bytes of a request that go by UDP where the path's MTU is not known."""
_VIA: Final = 100
"""Bytes that the Via adds, which a request gets when it is sent."""


def is_large(request: Request) -> bool:
    """Whether a request, which has no Via of ours yet, is over the limit."""
    return len(request.to_bytes()) + _VIA > MAX_DATAGRAM


class ByStream:
    """The user of a request that went by TCP because of its length: where TCP fails, it goes by UDP ``again``."""

    def __init__(self, user: ClientUser, again: Callable[[str], None]) -> None:
        self._user = user
        self._again = again
        self._heard = False

    def response(self, response: Response, now: float) -> None:
        self._heard = True
        self._user.response(response, now)

    def failed(self, status: int, reason: str, now: float) -> None:
        if status == 503 and not self._heard:
            self._again(reason)
        else:
            self._user.failed(status, reason, now)
