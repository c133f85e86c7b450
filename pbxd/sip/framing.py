"""Cut a byte stream into whole messages (RFC 3261 7.5 and 18.3) and keep-alives (RFC 5626 3.5.1).

Work is linear in the bytes fed, however they are chopped: what was searched once is not searched again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pbxd.errors import MalformedMessage
from pbxd.sip.grammar import number
from pbxd.sip.parse import MAX_MESSAGE

_CONTENT_LENGTH: Final = re.compile(rb"\r\n(?:content-length|l)[ \t]*+:((?:[^\r]++|\r\n[ \t])*+)", re.IGNORECASE)
_TOKEN_BYTES: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~")
_LINE_END: Final = b"\r\n"
_HEADER_END: Final = b"\r\n\r\n"


class Ping:
    """A double CRLF between messages, to be answered with one CRLF (RFC 5626 3.5.1)."""

    def __repr__(self) -> str:
        return "PING"


PING: Final = Ping()


class StreamFramer:
    """One direction of one connection.

    After an error nobody can say where the next message starts: the connection must be closed, and feeding it more
    raises again.
    """

    def __init__(self, max_message: int = MAX_MESSAGE) -> None:
        self._max_message = max_message
        self._buffer = bytearray()
        self._searched = 0
        self._length: int | None = None
        self._error: MalformedMessage | None = None

    @property
    def in_message(self) -> bool:
        """Whether a part of a message is held; line ends that may become a ping don't count."""
        return bool(self._buffer) and self._buffer[0] != _LINE_END[0]

    @property
    def pending(self) -> int:
        """Bytes held of a message that is not yet whole."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[bytes | Ping]:
        """Take the next bytes; iterate over the result to the end for all that they completed.

        Raises :class:`MalformedMessage` (after yielding what came before) for a message without Content-Length, with
        more than one length, longer than allowed, or for what is no message at all.
        """
        self._buffer += data
        return self._complete()

    def _complete(self) -> Iterator[bytes | Ping]:
        try:
            while (item := self._next()) is not None:
                yield item
        except MalformedMessage as error:
            self._error = error
            self._buffer.clear()
            raise

    def _next(self) -> bytes | Ping | None:
        if self._error:
            raise self._error
        if self._length is None:
            if not self._at_message():
                return self._keep_alive()
            end = self._buffer.find(_HEADER_END, self._searched)
            if end < 0:
                self._searched = max(0, len(self._buffer) - len(_HEADER_END) + 1)
                self._bound(len(self._buffer))
                return None
            self._bound(end)
            self._length = end + len(_HEADER_END) + _content_length(self._buffer, end)
            self._bound(self._length)
        if len(self._buffer) < self._length:
            return None
        return self._take(self._length)

    def _at_message(self) -> bool:
        """Skip the line ends before a message, except those that are or may become a ping."""
        buffer = self._buffer
        if self._searched == 0 and len(buffer) > 2 and buffer.startswith(_LINE_END) and buffer[2] != _LINE_END[0]:
            del buffer[:2]
        if not buffer or buffer[0] == _LINE_END[0]:
            return False
        if buffer[0] not in _TOKEN_BYTES:
            raise MalformedMessage("not SIP")
        return True

    def _keep_alive(self) -> Ping | None:
        if self._buffer.startswith(_HEADER_END):
            del self._buffer[: len(_HEADER_END)]
            return PING
        if not _HEADER_END.startswith(self._buffer):
            raise MalformedMessage("a lone CR between messages")
        return None

    def _take(self, length: int) -> bytes:
        message = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._searched = 0
        self._length = None
        return message

    def _bound(self, length: int) -> None:
        if length > self._max_message:
            raise MalformedMessage("message too long", status=513)


def _content_length(buffer: bytearray, end: int) -> int:
    lengths = set()
    for value in _CONTENT_LENGTH.findall(buffer, 0, end):
        try:
            lengths.add(number(value.decode("latin-1").strip(" \t\r\n"), MAX_MESSAGE))
        except MalformedMessage as error:
            raise MalformedMessage(error.reason, header="Content-Length") from None
    if len(lengths) != 1:
        reason = "given twice, and not the same" if lengths else "missing on a stream"
        raise MalformedMessage(reason, header="Content-Length")
    return lengths.pop()
