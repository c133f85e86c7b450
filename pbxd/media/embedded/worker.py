"""The embedded engine as a process of its own: ``python -m pbxd.media.embedded.worker FD``.

It takes :mod:`pbxd.media.messages` from the stream socket ``FD`` and lives until that is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable
from typing import TypeAlias, assert_never

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

    def report(message: messages.Report) -> None:
        if not writer.is_closing():  # recordings are completed after the server has gone
            writer.write(messages.encode(message))

    def happened(event: MediaEvent) -> None:
        assert isinstance(event, messages.Event)
        report(event)

    engine.subscribe(happened)
    try:
        while (command := await _next(reader)) is not None:
            await _perform(engine, command, report)
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


async def _perform(
    engine: EmbeddedEngine, command: messages.Command, report: Callable[[messages.Report], None]
) -> None:
    match command:
        case messages.Open(request=request, toward=toward):
            try:
                report(messages.Opened(request=request, end=await engine.open(toward=toward)))
            except Refused as refused:
                report(messages.NotOpened(request=request, status=refused.status, reason=refused.reason))
        case messages.AskFigures(request=request, port=port):
            report(messages.Figures(request=request, figures=await engine.figures(port)))
        case messages.EndRecording(request=request, port=port):
            # The disk may take its time, and nobody else's commands wait for it.
            engine.recording_end(port).add_done_callback(
                lambda ended: report(messages.RecordingEnded(request=request, recorded=ended.result()))
            )
        case messages.Begin():
            raise ValueError("begun already")
        case _:
            _carry_out(engine, command)


_Posted: TypeAlias = (
    messages.Configure
    | messages.Hear
    | messages.Press
    | messages.Play
    | messages.Mix
    | messages.Tell
    | messages.Record
    | messages.FinishRecording
    | messages.Detect
    | messages.Close
)


def _carry_out(engine: EmbeddedEngine, command: _Posted) -> None:
    """Commands that nobody waits for."""
    match command:
        case messages.Configure(port=port, remote=remote):
            engine.configure(port, remote)
        case messages.Hear(port=port, source=source, extract_keys=extract_keys):
            engine.hear(port, source, extract_keys=extract_keys)
        case messages.Press(port=port, key=key, milliseconds=milliseconds):
            engine.press(port, key, milliseconds)
        case messages.Play(port=port, programme=programme):
            engine.play(port, programme)
        case messages.Mix(port=port, room=room, heard_by=heard_by):
            engine.mix(port, room, heard_by=heard_by)
        case messages.Tell(room=room, sounds=sounds):
            engine.tell(room, sounds)
        case messages.Record(port=port, recording=recording):
            engine.record(port, recording)
        case messages.FinishRecording(port=port):
            engine.finish_recording(port)
        case messages.Detect(port=port, detection=detection):
            engine.detect(port, detection)
        case messages.Close(port=port):
            engine.close(port)
        case never:
            assert_never(never)


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
