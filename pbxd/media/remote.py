"""The media engine in a child process, so that relaying has a core and an interpreter lock of its own.

The child is :mod:`pbxd.media.embedded.worker`. Commands are posted and not waited for. When the child dies, every
port it had fails (:class:`MediaFailed`), whoever waits is refused with 503, and the next :meth:`ChildEngine.open`
starts another child.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pbxd.errors import Refused
from pbxd.media import messages
from pbxd.media.child import Child
from pbxd.media.embedded import Interface
from pbxd.media.engine import FaxEnd, LocalEnd, MediaEvent, MediaFailed, PortFigures, PortId, Recorded, RemoteEnd
from pbxd.media.sounds import Detection, MixId, Programme, Recording, Sound
from pbxd.network import Address


class ChildEngine:
    """An :class:`pbxd.media.engine.Engine` that is an embedded engine in a child process.

    Same ``interfaces``, ``ports`` and ``silence`` as there; its sockets are always the machine's own.
    """

    def __init__(self, *, interfaces: Sequence[Interface], ports: range, silence: float = 0.0) -> None:
        self._interfaces = tuple(interfaces)
        self._numbers = ports
        self._silence = silence
        self._open: set[PortId] = set()
        self._last_id = 0
        self._subscriber: Callable[[MediaEvent], None] | None = None
        self._starting = asyncio.Lock()
        self._child: Child | None = None
        self._dead: Child | None = None
        """One that died, until it is reaped."""

    @property
    def ports_open(self) -> int:
        """Ports that were opened and not closed."""
        return len(self._open)

    @property
    def child(self) -> int | None:
        """Process id of the child that runs now."""
        return self._child.pid if self._child is not None else None

    def subscribe(self, subscriber: Callable[[MediaEvent], None]) -> None:
        self._subscriber = subscriber

    async def start(self) -> None:
        """Start the child. Raises :class:`OSError` when the system has no process for it."""
        await self._running()

    async def stop(self) -> None:
        async with self._starting:
            child, self._child = self._child, None
            self._open.clear()
            if child is not None:
                await child.stop()
            await self._reap()

    async def open(self, *, toward: Address | None = None) -> LocalEnd:
        try:
            child = await self._running()
        except OSError as error:
            raise Refused(503, f"No media process: {error.strerror}") from error
        answer = child.ask(lambda request: messages.Open(request=request, toward=toward))
        try:
            report = await answer
        except asyncio.CancelledError:
            # Answered in the same tick in which whoever asked was cancelled: nobody else knows of the port.
            if not answer.cancelled() and isinstance(late := answer.result(), messages.Opened):
                self.close(late.end.port)
            raise
        match report:
            case messages.Opened(end=end) if end.port in self._open:
                return end
            case messages.NotOpened(status=status, reason=reason):
                raise Refused(status, reason)
        raise Refused(503, "The media process died")

    def configure(self, port: PortId, remote: RemoteEnd | FaxEnd) -> None:
        self._post(port, messages.Configure(port=port, remote=remote))

    def hear(self, port: PortId, source: PortId | None, *, extract_keys: bool = False) -> None:
        self._post(port, messages.Hear(port=port, source=source, extract_keys=extract_keys))

    def press(self, port: PortId, key: str, milliseconds: int) -> None:
        self._post(port, messages.Press(port=port, key=key, milliseconds=milliseconds))

    def play(self, port: PortId, programme: Programme) -> None:
        self._post(port, messages.Play(port=port, programme=programme))

    def mix(self, port: PortId, room: MixId, *, heard_by: Sequence[PortId] | None = None) -> None:
        hearers = tuple(heard_by) if heard_by is not None else None
        self._post(port, messages.Mix(port=port, room=room, heard_by=hearers))

    def tell(self, room: MixId, sounds: Sequence[Sound]) -> None:
        if self._child is not None:
            self._child.post(messages.Tell(room=room, sounds=tuple(sounds)))

    def record(self, port: PortId, recording: Recording) -> None:
        self._post(port, messages.Record(port=port, recording=recording))

    async def end_recording(self, port: PortId) -> Recorded | None:
        if self._child is None or port not in self._open:
            return None
        report = await self._child.ask(lambda request: messages.EndRecording(request=request, port=port))
        return report.recorded if isinstance(report, messages.RecordingEnded) else None

    def finish_recording(self, port: PortId) -> None:
        self._post(port, messages.FinishRecording(port=port))

    def detect(self, port: PortId, detection: Detection) -> None:
        self._post(port, messages.Detect(port=port, detection=detection))

    def close(self, port: PortId) -> None:
        self._post(port, messages.Close(port=port))
        self._open.discard(port)

    def _post(self, port: PortId, command: messages.Command) -> None:
        if self._child is not None and port in self._open:
            self._child.post(command)

    async def figures(self, port: PortId) -> PortFigures | None:
        if self._child is None or port not in self._open:
            return None
        report = await self._child.ask(lambda request: messages.AskFigures(request=request, port=port))
        return report.figures if isinstance(report, messages.Figures) else None

    async def _running(self) -> Child:
        async with self._starting:
            if self._child is None:
                await self._reap()
                begin = messages.Begin(
                    interfaces=self._interfaces,
                    first_port=self._numbers.start,
                    last_port=self._numbers.stop - 1,
                    first_id=self._last_id + 1,
                    silence=self._silence,
                )
                self._child = await Child.start(begin, self)
            return self._child

    async def _reap(self) -> None:
        dead, self._dead = self._dead, None
        if dead is not None:
            await dead.stop()

    # What the child says (pbxd.media.child.Parent):

    def opened(self, port: PortId) -> None:
        self._last_id = port
        self._open.add(port)

    def happened(self, event: MediaEvent) -> None:
        if self._subscriber is not None and (event.port in self._open or isinstance(event, Recorded)):
            self._subscriber(event)

    def died(self, child: Child) -> None:
        if child is not self._child:
            return
        self._child, self._dead = None, child
        lost, self._open = sorted(self._open), set()
        if self._subscriber is not None:
            for port in lost:
                self._subscriber(MediaFailed(port=port, reason="the media process died"))
