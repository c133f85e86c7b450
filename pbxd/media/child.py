"""A media process as its server sees it: started, spoken to in messages, reaped."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, cast

import pbxd
from pbxd.media import messages
from pbxd.media.engine import MediaEvent, PortId

STOP_WITHIN = 2.0
"""Seconds that a child has to end by itself before it is killed."""
WORKER = "pbxd.media.embedded.worker"


class Parent(Protocol):
    """Who is told what the child says on its own."""

    def opened(self, port: PortId) -> None:
        """A port that somebody waits for is open; said before that somebody goes on."""
        ...

    def happened(self, event: MediaEvent) -> None: ...

    def died(self, child: Child) -> None:
        """The child is gone, and nobody had asked it to go."""
        ...


class Child(asyncio.Protocol):
    """One child process and the stream to it. Made by :meth:`start` only."""

    _stream: asyncio.Transport
    _process: asyncio.SubprocessTransport

    def __init__(self, parent: Parent) -> None:
        self._parent = parent
        self._frames = messages.Frames()
        self._asked: dict[int, asyncio.Future[messages.Report | None]] = {}
        self._requests = 0
        self._stopping = False
        self._exited = asyncio.get_running_loop().create_future()

    @classmethod
    async def start(cls, begin: messages.Begin, parent: Parent) -> Child:
        """Start a process and say ``begin`` to it. Raises :class:`OSError`."""
        loop = asyncio.get_running_loop()
        child = cls(parent)
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process, _ = await loop.subprocess_exec(
                    lambda: _Exit(child._exited),
                    sys.executable,
                    *("-m", WORKER, str(theirs.fileno())),
                    stdin=None,
                    stdout=None,
                    stderr=None,
                    pass_fds=(theirs.fileno(),),
                    env=_environment(),
                    # Signals from the terminal are for the server, which then ends its child in good order.
                    start_new_session=True,
                )
            child._process = process
            await loop.create_unix_connection(lambda: child, sock=ours)
        except BaseException:
            ours.close()
            raise
        child.post(begin)
        return child

    @property
    def pid(self) -> int:
        return self._process.get_pid()

    def post(self, command: messages.Command) -> None:
        """Send a command, to be carried out after those sent before."""
        if not self._stream.is_closing():
            self._stream.write(messages.encode(command))

    def ask(self, command: Callable[[int], messages.Command]) -> asyncio.Future[messages.Report | None]:
        """Send the command made for a request number; the answer, or ``None`` if the child dies first."""
        self._requests += 1
        answer = asyncio.get_running_loop().create_future()
        if self._stream.is_closing():
            answer.set_result(None)
        else:
            self._asked[self._requests] = answer
            self.post(command(self._requests))
        return answer

    async def stop(self) -> None:
        """Let the child close everything and end; returns when it is reaped."""
        self._stopping = True
        self._stream.close()
        kill = asyncio.get_running_loop().call_later(STOP_WITHIN, self._kill)
        await self._exited
        kill.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._stream = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._frames.feed(data):
                self._take(messages.decode(frame))
        except (ValueError, KeyError, TypeError):
            self._kill()  # it does not speak our language; its death tells the rest

    def _take(self, message: messages.Command | messages.Report) -> None:
        match message:
            case messages.Opened(request=request, end=end):
                if self._asked[request].cancelled():
                    self.post(messages.Close(port=end.port))
                else:
                    self._parent.opened(end.port)
                self._answer(request, message)
            case messages.NotOpened() | messages.Figures() | messages.RecordingEnded():
                self._answer(message.request, message)
            case MediaEvent():
                self._parent.happened(message)
            case _:
                raise ValueError("a command from the child")

    def _answer(self, request: int, report: messages.Report | None) -> None:
        answer = self._asked.pop(request)
        if not answer.done():
            answer.set_result(report)

    def connection_lost(self, exc: Exception | None) -> None:
        for request in tuple(self._asked):
            self._answer(request, None)
        if not self._stopping:
            self._kill()  # a child that closed its stream is no use, if it should still live
            self._parent.died(self)

    def _kill(self) -> None:
        """End it. Its end may be known before that of its stream; uvloop says so with an error."""
        with suppress(ProcessLookupError):
            self._process.kill()


class _Exit(asyncio.SubprocessProtocol):
    """Reaping is the loop's work; this only passes on that it is done."""

    def __init__(self, exited: asyncio.Future[None]) -> None:
        self._exited = exited

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def process_exited(self) -> None:
        self._transport.close()
        if not self._exited.done():
            self._exited.set_result(None)


def _environment() -> dict[str, str]:
    """Ours, with this very package to be found first."""
    root = str(Path(pbxd.__file__).parent.parent)
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{path}" if path else root}
