"""Requests that are too long for one datagram go by TCP where nothing forbids it (RFC 3261 18.1.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pbxd.sip.flow import Flow
from pbxd.sip.message import Request, Response
from pbxd.sip.transaction import ClientEntry, ClientUser, TransactionLayer
from pbxd.sip.transport.sockets import Sockets

MAX_DATAGRAM: Final = 1300
"""Bytes of a request that go by UDP where the path's MTU is not known."""
_VIA: Final = 100
"""Bytes that the Via adds, which a request gets when it is sent."""


def is_large(request: Request) -> bool:
    """Whether a request, which has no Via of ours yet, is over the limit."""
    return len(request.to_bytes()) + _VIA > MAX_DATAGRAM


def send_large(
    layer: TransactionLayer,
    sockets: Sockets,
    request: Request,
    flow: Flow,
    user: ClientUser,
    now: float,
    began: Callable[[ClientEntry], None],
) -> None:
    """Send by TCP to where the UDP ``flow`` leads, or by ``flow`` where that fails; ``began`` gets each transaction."""
    stream = sockets.stream_instead(flow)
    if stream is None:
        began(layer.request(request, flow, user, now))
        return

    def again(reason: str, now: float) -> None:
        sockets.stream_failed(flow)
        if attempt.cancel_headers is not None:  # nobody wants it any more
            user.failed(503, reason, now)
        else:
            began(layer.request(request, flow, user, now))

    attempt = layer.request(request, stream, _ByStream(user, again), now)
    began(attempt)


class _ByStream:
    """The user of a request on a stream that perhaps can't be opened."""

    def __init__(self, user: ClientUser, again: Callable[[str, float], None]) -> None:
        self._user = user
        self._again = again
        self._heard = False

    def response(self, response: Response, now: float) -> None:
        self._heard = True
        self._user.response(response, now)

    def failed(self, status: int, reason: str, now: float) -> None:
        if status == 503 and not self._heard:
            self._again(reason, now)
        else:
            self._user.failed(status, reason, now)
