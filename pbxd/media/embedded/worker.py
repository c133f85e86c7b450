"""The embedded engine as a process of its own: ``python -m pbxd.media.embedded.worker FD``.

It takes :mod:`pbxd.media.messages` from the stream socket ``FD`` and lives until that is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from typing import assert_never

import uvloop

from pbxd.clock import SystemClock
from pbxd.errors import Refused
from pbxd.media import messages
from pbxd.media.embedded.engine import EmbeddedEngine
from pbxd.media.engine import MediaEvent
from pbxd.network import RealNetwork


async def serve(channel: socket.socket) -> None:
    """Carry out commands, one after the other, until the server is gone or has enough."""
    reader, writer = await asyncio.open_unix_connection(sock=channel)
    begin = await _next(reader)
    if not isinstance(begin, messages.Begin):
        return
    engine = EmbeddedEngine(
        RealNetwork(),
        clock=SystemClock(),
        interfaces=begin.interfaces,
        ports=range(begin.first_port, begin.last_port + 1),
        first_id=begin.first_id,
        silence=begin.silence,
    )

    def report(event: MediaEvent) -> None:
        assert isinstance(event, messages.Event)
        writer.write(messages.encode(event))

    engine.subscribe(report)
    try:
        while (command := await _next(reader)) is not None:
            answer = await _perform(engine, command)
            if answer is not None:
                writer.write(messages.encode(answer))
    finally:
        await engine.stop()
        writer.close()


async def _next(reader: asyncio.StreamReader) -> messages.Command | None:
    """The next command; ``None`` when the server has closed its end, however it did."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        length = int.from_bytes(await reader.readexactly(4), "big")
        message = messages.decode(await reader.readexactly(length))
        assert isinstance(message, messages.Command)
        return message
    return None


async def _perform(engine: EmbeddedEngine, command: messages.Command) -> messages.Report | None:
    match command:
        case messages.Open(request=request, toward=toward):
            try:
                return messages.Opened(request=request, end=await engine.open(toward=toward))
            except Refused as refused:
                return messages.NotOpened(request=request, status=refused.status, reason=refused.reason)
        case messages.AskFigures(request=request, port=port):
            return messages.Figures(request=request, figures=await engine.figures(port))
        case messages.Configure(port=port, remote=remote):
            engine.configure(port, remote)
        case messages.Hear(port=port, source=source):
            engine.hear(port, source)
        case messages.Press(port=port, key=key, milliseconds=milliseconds):
            engine.press(port, key, milliseconds)
        case messages.Close(port=port):
            engine.close(port)
        case messages.Begin():
            raise ValueError("begun already")
        case never:
            assert_never(never)
    return None


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
