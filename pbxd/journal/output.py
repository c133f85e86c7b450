"""Getting lines out of the process without ever waiting for whoever reads them.

Lines are collected and written at the end of the loop's turn, in pieces of at most ``PIPE_BUF`` bytes and only when the
descriptor is ready for one: POSIX promises that such a write to a pipe that polls as writable does not block. So a
reader that stopped costs lines, which are counted, and never a call. The descriptor is not made non-blocking: that
would change it for the shell and every other process that has it open.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

MAX_WAITING = 1 << 20
"""Bytes kept for a reader that does not read; lines beyond that are lost."""
RETRY_SECONDS = 0.05


class Output:
    """A file descriptor that lines are written to. Lines may come from any thread."""

    def __init__(self, descriptor: int, *, max_waiting: int = MAX_WAITING) -> None:
        self._descriptor = descriptor
        self._max_waiting = max_waiting
        self._lines: deque[bytes] = deque()
        self._waiting = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.get_ident()
        self._scheduled = False
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self.lost = 0
        """Lines that were not written because nobody read."""

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write at the end of ``loop``'s turns from here on; must be called in its thread."""
        self._loop = loop
        self._thread = threading.get_ident()

    def detach(self) -> None:
        """Forget the loop, write what waits and can be written, and write every later line at once."""
        self._loop = None
        self._scheduled = False
        self._flush()

    def write(self, line: str) -> None:
        """Write ``line``, a line end after it, soon."""
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        if self._waiting + len(data) > self._max_waiting:
            self.lost += 1
            return
        self._waiting += len(data)
        self._lines.append(data)
        loop = self._loop
        if loop is None:
            self._flush()
        elif not self._scheduled:
            self._scheduled = True
            if threading.get_ident() == self._thread:
                loop.call_soon(self._flush)
            else:
                loop.call_soon_threadsafe(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        for piece in self._pieces():
            if not self._poll.poll(0):
                self._lines.appendleft(piece)
                break
            try:
                written = os.write(self._descriptor, piece)
            except OSError:  # the reader is gone: nobody is left to tell
                written = len(piece)
            self._waiting -= written
            if written < len(piece):
                self._lines.appendleft(piece[written:])
        if self._lines and self._loop is not None and not self._scheduled:
            self._scheduled = True
            self._loop.call_later(RETRY_SECONDS, self._flush)

    def _pieces(self) -> Iterator[bytes]:
        """Take what waits in pieces of whole lines, as many as fit; a longer line comes in several."""
        lines, limit = self._lines, select.PIPE_BUF
        while lines:
            piece = lines.popleft()
            if len(piece) > limit:
                lines.appendleft(piece[limit:])
                piece = piece[:limit]
            while lines and len(piece) + len(lines[0]) <= limit:
                piece += lines.popleft()
            yield piece
