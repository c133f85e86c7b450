"""No request is longer than it has to be: what is longer is refused before it is all in memory (SEC-3)."""

from __future__ import annotations

from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY: Final = 256 * 1024
"""Bytes of a request's body."""


class TooLong(Exception):
    """More came than may."""


class Bounded:
    """An application that hears no more than :data:`MAX_BODY` of a request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; 413 where it is too long."""
        received, answered = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY:
                raise TooLong
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except TooLong:
            if not answered:
                await JSONResponse({"detail": "the body is too long"}, 413)(scope, receive, send)
