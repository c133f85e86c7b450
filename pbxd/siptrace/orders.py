"""What an operator asks of the tracer, in words, made into subjects and sinks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any, Protocol

from pbxd.calls.exchange import Exchange
from pbxd.config.snapshot import Configuration
from pbxd.events import CallId
from pbxd.network import Address, Network
from pbxd.siptrace.hep import Hep
from pbxd.siptrace.packet import Failed, Packet, Sink
from pbxd.siptrace.pcap import PcapFile
from pbxd.siptrace.subjects import OfCall, OfUser, Subject, of_address
from pbxd.siptrace.tracer import Tracer

USUAL_SECONDS = 600.0


class Line(Protocol):
    """Writes a line of the log for a message."""

    def __call__(self, **fields: object) -> None: ...


class LogSink:
    """Each message is a line of the log."""

    def __init__(self, line: Line, call: str) -> None:
        self._line = line
        self._call = call or None

    def write(self, packet: Packet) -> None:
        self._line(
            call=self._call,
            direction="sent" if packet.outgoing else "received",
            address=str(packet.flow),
            text=packet.data.decode("utf-8", "backslashreplace"),
        )

    def close(self) -> None: ...

    def __str__(self) -> str:
        return "log"


class TraceOrders:
    """``pbxd sip-trace``, on the server's side."""

    def __init__(
        self,
        tracer: Tracer,
        *,
        configuration: Callable[[], Configuration],
        exchange: Exchange,
        network: Network,
        line: Line,
    ) -> None:
        self._tracer = tracer
        self._configuration = configuration
        self._exchange = exchange
        self._network = network
        self._line = line
        self._loop = asyncio.get_running_loop()

    def on(
        self,
        *,
        call: str | None = None,
        user: str | None = None,
        address: str | None = None,
        organization: str | None = None,
        to: str = "log",
        seconds: float = USUAL_SECONDS,
    ) -> dict[str, Any]:
        """Begin to trace one of the three. Raises :class:`ValueError` with what is wrong."""
        given = [value for value in (call, user, address) if value]
        if len(given) != 1:
            raise ValueError("a trace is of one call, one user or one address")
        self._tracer.check(seconds)
        if call:
            subject: Subject = self._call(call)
        elif user:
            subject = self._user(user, organization)
        else:
            subject = of_address(str(address))
        sink = self._sink(to, call or "")
        trace = self._tracer.start(subject, sink, seconds)
        return {"trace": trace.id, "of": str(subject), "to": str(sink), "seconds": seconds}

    def off(self, trace: int | None = None) -> dict[str, Any]:
        """Switch one trace off, or all."""
        why = "switched off"
        if trace is None:
            return {"ended": self._tracer.stop_all(why)}
        if not self._tracer.stop(trace, why):
            raise ValueError(f"there is no trace {trace}; `pbxd sip-trace list` has those that are on")
        return {"ended": [trace]}

    def list(self) -> dict[str, Any]:
        """Those that are on."""
        return {"traces": self._tracer.list()}

    def _call(self, name: str) -> OfCall:
        call = self._exchange.calls.get(CallId(name))
        if call is None:
            raise ValueError(f"there is no call {name}; `pbxd status` lists those that run")
        return OfCall(call.id, {leg.connected().key[0].encode() for leg in call.legs if leg.line is not None})

    def _user(self, name: str, organization: str | None) -> OfUser:
        organizations = self._configuration().organizations
        if organization is not None and organization not in organizations:
            raise ValueError(f"there is no organization {organization}")
        found = [
            (each, each.users[name])
            for each in organizations.values()
            if name in each.users and organization in (None, each.name)
        ]
        if not found:
            raise ValueError(f"there is no user {name}")
        if len(found) > 1:
            raise ValueError(f"several organizations have a user {name}: say which one")
        home, user = found[0]
        return OfUser(
            user=name,
            devices=frozenset(device.name.encode() for device in user.devices),
            elsewhere=frozenset(each.domain.encode() for each in organizations.values() if each is not home),
        )

    def _sink(self, to: str, call: str) -> Sink:
        kind, _, where = to.partition(":")
        if to == "log":
            return LogSink(self._line, call)
        if kind == "pcap" and where:
            path = self._configuration().server.data / where  # an absolute one stays what it is
            return PcapFile(path, self._in_thread, self._failed_at(f"pcap:{path}"))
        if kind == "hep" and (found := re.fullmatch(r"\[?([0-9A-Fa-f.:]+?)\]?:(\d{1,5})", where)):
            try:
                return Hep(self._network, Address(found[1], int(found[2])))
            except OSError as error:
                raise ValueError(f"no socket for {to}: {error.strerror or error}") from error
        raise ValueError(f"{to} is not `log`, `pcap:FILE` or `hep:ADDRESS:PORT`")

    def _in_thread(self, work: Callable[[], None], failed: Failed) -> None:
        def done(future: asyncio.Future[None]) -> None:
            error = future.exception() if not future.cancelled() else None
            if error is not None:
                failed(str(error))

        self._loop.run_in_executor(None, work).add_done_callback(done)

    def _failed_at(self, sink: str) -> Failed:
        return lambda words: self._tracer.failed(sink, words)
