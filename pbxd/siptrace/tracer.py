"""The traces that are switched on, and the tap in the endpoint that feeds them.

Without any the endpoint has no tap, and a message costs nothing more than a look whether there is one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from pbxd.clock import Clock
from pbxd.events import Bus, Event, SipTraceEnded, SipTraceStarted
from pbxd.sip.endpoint import Endpoint
from pbxd.sip.flow import Flow
from pbxd.siptrace.masking import masked
from pbxd.siptrace.packet import Packet, Sink
from pbxd.siptrace.subjects import Subject

MAX_TRACES = 8
MAX_SECONDS = 24 * 3600
MAX_MESSAGES = 200_000
MAX_BYTES = 256 << 20

_log = logging.getLogger("pbxd.siptrace")


@dataclass(slots=True, kw_only=True)
class Trace:
    """One trace that is on."""

    id: int
    subject: Subject
    sink: Sink
    until: float
    """Wall-clock seconds."""
    cancel: Callable[[], None]
    messages: int = 0
    bytes: int = 0


class Tracer:
    """Switches traces on and off, and hands them what passes."""

    def __init__(self, endpoint: Endpoint, bus: Bus, clock: Clock) -> None:
        self._endpoint = endpoint
        self._bus = bus
        self._clock = clock
        self._traces: dict[int, Trace] = {}
        self._ids = count(1)
        bus.subscribe(self._happened)

    def check(self, seconds: float) -> None:
        """Raises :class:`ValueError` where there are too many traces for another one, or it would be too long."""
        if len(self._traces) >= MAX_TRACES:
            raise ValueError(f"{MAX_TRACES} traces are on, and more are not allowed")
        if not 0 < seconds <= MAX_SECONDS:
            raise ValueError(f"a trace is on for at most {MAX_SECONDS // 3600} hours")

    def start(self, subject: Subject, sink: Sink, seconds: float) -> Trace:
        """Trace for so long. Raises :class:`ValueError` as :meth:`check` does."""
        self.check(seconds)
        serial, now = next(self._ids), self._clock.wall()
        cancel = self._endpoint.later(seconds, partial(self.stop, serial, "its time is over"))
        trace = Trace(id=serial, subject=subject, sink=sink, until=now + seconds, cancel=cancel)
        self._traces[serial] = trace
        self._endpoint.tap = self._tap
        self._bus.emit(SipTraceStarted(at=now, trace=serial, of=str(subject), to=str(sink), seconds=seconds))
        return trace

    def stop(self, serial: int, why: str) -> bool:
        """Switch one off; whether it was on."""
        trace = self._traces.pop(serial, None)
        if trace is None:
            return False
        if not self._traces:
            self._endpoint.tap = None
        trace.cancel()
        trace.sink.close()
        self._bus.emit(SipTraceEnded(at=self._clock.wall(), trace=serial, messages=trace.messages, why=why))
        return True

    def stop_all(self, why: str) -> list[int]:
        """Switch all off; which ones were on."""
        return [serial for serial in tuple(self._traces) if self.stop(serial, why)]

    def failed(self, sink: str, words: str) -> None:
        """Where a trace went to can't take more."""
        for trace in tuple(self._traces.values()):
            if str(trace.sink) == sink:
                _log.error("trace %d ends: %s: %s", trace.id, sink, words)
                self.stop(trace.id, words)

    def list(self) -> list[dict[str, Any]]:
        """Those that are on, for people."""
        now = self._clock.wall()
        return [
            {
                "trace": trace.id,
                "of": str(trace.subject),
                "to": str(trace.sink),
                "seconds_left": round(trace.until - now),
                "messages": trace.messages,
            }
            for trace in self._traces.values()
        ]

    def _tap(self, outgoing: bool, data: bytes, flow: Flow) -> None:
        packet = Packet(self._clock.wall(), outgoing, data, flow)
        hidden: Packet | None = None
        for trace in tuple(self._traces.values()):
            try:
                if trace.subject.wants(packet):
                    hidden = hidden or Packet(packet.at, outgoing, masked(data), flow)
                    self._write(trace, hidden)
            except Exception:  # a trace is never worth the message that it looks at
                _log.exception("trace %d failed", trace.id)
                self.stop(trace.id, "a bug")

    def _write(self, trace: Trace, packet: Packet) -> None:
        trace.messages += 1
        trace.bytes += len(packet.data)
        trace.sink.write(packet)
        if trace.messages >= MAX_MESSAGES or trace.bytes >= MAX_BYTES:
            self.stop(trace.id, "it has become too long")

    def _happened(self, event: Event) -> None:
        for trace in self._traces.values():
            trace.subject.happened(event)
