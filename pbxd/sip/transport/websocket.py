"""SIP over WebSocket (RFC 7118) on the ``websockets`` library's sans-IO protocol: a message is a WebSocket message."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import urlsplit

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN, State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from pbxd.sip.parse import MAX_MESSAGE

SUBPROTOCOL = Subprotocol("sip")
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
_BLANK = b"\r\n\0 \t"
_quiet = logging.getLogger("pbxd.websocket")
_quiet.setLevel(logging.WARNING)  # the library tells of every connection that opens and closes


class WebSocketFraming:
    """One connection that a browser (or any RFC 7118 client) opened. Any ``Origin`` may: SIP has its own passwords.

    See :class:`pbxd.sip.transport.stream.Framing`.
    """

    def __init__(self, path: str, max_message: int = MAX_MESSAGE) -> None:
        """``path`` is what the client must ask for; empty: anything."""
        self._path = path
        self._protocol = ServerProtocol(subprotocols=[SUBPROTOCOL], max_size=max_message, logger=_quiet)
        self._message = bytearray()
        self._half = False

    @property
    def ready(self) -> bool:
        """Whether the opening handshake is done."""
        return self._protocol.state is not State.CONNECTING

    @property
    def over(self) -> bool:
        """Whether nothing more will come or go, so that the connection should be closed."""
        return self._protocol.close_expected()

    @property
    def in_message(self) -> bool:
        """Whether a part of a message is here, and waits for the rest."""
        return self._half

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take the next bytes; the messages that they completed. What the protocol refuses it closes by itself."""
        self._protocol.receive_data(data)
        events = self._protocol.events_received()
        for event in events:
            if isinstance(event, Request):
                self._answer(event)
            elif isinstance(event, Frame) and event.opcode in _DATA:
                self._message += event.data
                if event.fin:
                    message = bytes(self._message)
                    self._message.clear()
                    if message.strip(_BLANK):
                        yield message
                    elif message == b"\r\n\r\n" and self._protocol.state is OPEN:
                        self._protocol.send_text(b"\r\n")  # RFC 5626 3.5.1, which RFC 7118 6 keeps
        # The library does not tell of a frame that is not whole; bytes that completed nothing are a part of one.
        self._half = self.ready and (bool(self._message) or not events)

    def _answer(self, request: Request) -> None:
        if self._path and urlsplit(request.path).path != self._path:
            response = self._protocol.reject(404, "No SIP here.\n")
        else:
            response = self._protocol.accept(request)
        self._protocol.send_response(response)

    def wrap(self, message: bytes) -> bytes:
        """The bytes that carry one message: a text frame if it is UTF-8, otherwise a binary one (RFC 7118 5)."""
        if self._protocol.state is not OPEN:
            return b""
        try:
            message.decode()
        except UnicodeDecodeError:
            self._protocol.send_binary(message)
        else:
            self._protocol.send_text(message)
        return self.replies()

    def replies(self) -> bytes:
        """What the protocol itself wants to be sent: the handshake's answer, pongs, a close."""
        return b"".join(self._protocol.data_to_send())

    def farewell(self) -> bytes:
        """What closes the connection properly."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(1001)
        return self.replies()
