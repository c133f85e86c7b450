"""``/voicemail/LINK``: one voice message, for whoever has its address from a mail or an SMS (VM-4).

Programs that look at addresses in mails before people do change nothing by it: only the owner's phone and the API mark
a message as heard.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from pbxd.api.fetching import order
from pbxd.api.limiter import Limiter
from pbxd.api.sounds import PRIVATE, sound
from pbxd.api.upstream import Upstream

FAILURES: Final = 60
"""Links a minute, from one address, that open nothing; with more of them the address is not listened to for a while."""
MAX_LINK: Final = 100
GONE: Final = "The message is not here any more, or the address is not complete.\n"


def routes(upstream: Upstream, monotonic: Callable[[], float]) -> APIRouter:
    """The one route."""
    router = APIRouter(include_in_schema=False)
    limiter, lock = Limiter(FAILURES), threading.Lock()

    @router.get("/voicemail/{link}")
    def listen(request: Request, link: str) -> Response:
        """The sound; 404 in the same words for links that are over, forged, or of a message that is deleted."""
        address = request.client.host if request.client is not None else ""
        with lock:
            if limiter.blocked(address, monotonic()):
                return PlainTextResponse("Too many wrong addresses.\n", 429, {"Retry-After": "60"})
        found: dict[str, Any] = (
            order(upstream, "message-linked", link=link) if len(link) <= MAX_LINK else {"path": None}
        )
        if found["path"] is None:
            with lock:
                limiter.failed(address, monotonic())
            return PlainTextResponse(GONE, 404, PRIVATE)
        return sound(Path(found["path"]), found["message"])

    return router
