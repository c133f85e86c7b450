"""SIP over connections (RFC 3261 18): TCP, TLS and WebSocket, theirs and ours, each connection a flow of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from pbxd.errors import MalformedMessage
from pbxd.network import Address, Network, StreamConnection, StreamListener, StreamReceiver
from pbxd.sip.flow import Flow
from pbxd.sip.resolve import SECURE
from pbxd.sip.transport.certificates import Certificates
from pbxd.sip.transport.connection import Connection, Framing, PlainFraming
from pbxd.sip.transport.limits import CONNECT_SECONDS, SWEEP_SECONDS, Doors
from pbxd.sip.transport.local import local_toward, source_toward
from pbxd.sip.transport.tls import TlsStream
from pbxd.sip.transport.websocket import WebSocketFraming

WEB = frozenset({"ws", "wss"})

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class StreamUser(Protocol):
    """Who gets what connections bring."""

    def message(self, data: bytes, flow: Flow) -> None:
        """One complete message."""
        ...

    def garbage(self, error: MalformedMessage, flow: Flow) -> None:
        """The stream can't be read any further; it is closed."""
        ...

    def flow_lost(self, flow: Flow, reason: str) -> None:
        """The connection is gone, or could not be opened."""
        ...


class StreamTransport:
    """All connections of one stream transport: ``tcp``, ``tls``, ``ws`` or ``wss``.

    ``spawn`` runs a coroutine in the server's task group; only opening a connection needs one.
    """

    def __init__(
        self, name: str, network: Network, user: StreamUser, spawn: Spawn, *, doors: Doors, certificates: Certificates
    ) -> None:
        self._name = name
        self._network = network
        self._user = user
        self._spawn = spawn
        self._doors = doors
        self._certificates = certificates
        self._loop = asyncio.get_running_loop()
        self._sweeper: asyncio.TimerHandle | None = None
        self._listeners: list[StreamListener] = []
        self._connections: dict[int, Connection] = {}
        self._to: dict[tuple[Address, str], Flow] = {}
        """By far address, and by the name that its certificate is for: connections for our requests (18.1.1)."""
        self._serial = 0

    def __len__(self) -> int:
        return len(self._connections)

    async def listen(self, local: Address, path: str = "") -> Address:
        """Accept connections on ``local`` (port 0: any); returns the bound address. Raises :class:`OSError`.

        ``path`` is what a WebSocket client has to ask for.
        """

        def accepted(stream: StreamConnection) -> StreamReceiver:
            return self._accepted(stream, WebSocketFraming(path) if self._name in WEB else PlainFraming())

        listener = await self._network.listen(local, accepted)
        self._listeners.append(listener)
        return listener.local

    def send(self, data: bytes, flow: Flow) -> bool:
        """Queue one message; ``False`` when the flow's connection is gone."""
        connection = self._connections.get(flow.connection)
        if connection is None:
            return False
        if connection.asleep and not self._wake(connection):
            return False
        connection.send(data)
        return True

    def has(self, flow: Flow) -> bool:
        """Whether the flow's connection is open, or would be opened."""
        return flow.connection in self._connections

    def peer_names(self, flow: Flow) -> tuple[str, ...]:
        """The DNS names of the certificate that the flow's peer has shown and we have verified."""
        connection = self._connections.get(flow.connection)
        return connection.peer_names if connection is not None else ()

    def flow_to(self, remote: Address, name: str = "") -> Flow | None:
        """The flow of a connection that leads to ``remote``, or of one that is opened when something is sent.

        ``name`` is what the certificate of a TLS peer has to be for. ``None`` for WebSocket clients that did not
        connect: RFC 7118 has no other way to them.
        """
        key = remote, name if self._name in SECURE else ""
        flow = self._to.get(key)
        if flow is None and self._name not in WEB:
            flow = Flow(self._name, self._local(remote), remote, self._next())
            self._reach(self._add(Connection(self, flow, PlainFraming(), asleep=True)), key)
        return flow

    def alias(self, flow: Flow, port: int) -> None:
        """Use a peer's connection for our requests to ``port`` of its address, too, as it asked for (RFC 5923).

        A TLS peer is believed for the names of its certificate only. Connections that we opened are not displaced.
        """
        connection = self._connections.get(flow.connection)
        if connection is None or connection.reached_by:  # opened by us, or known already: one port each
            return
        for name in connection.peer_names if self._name in SECURE else ("",):
            key = Address(flow.remote.host, port), name
            if key not in self._to:
                self._reach(connection, key)

    def close(self) -> None:
        """Stop listening and close every connection; what is queued is still sent."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for connection in list(self._connections.values()):
            connection.close()
        if self._sweeper is not None:
            self._sweeper.cancel()

    # Opening ------------------------------------------------------------------------------------------------------

    def _next(self) -> int:
        self._serial += 1
        return self._serial

    def _local(self, remote: Address) -> Address:
        """Where we can be reached from there: what our Via and Contact name."""
        return local_toward(remote, (each.local for each in self._listeners)) or Address("", 0)

    def _add(self, connection: Connection) -> Connection:
        self._connections[connection.flow.connection] = connection
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(SWEEP_SECONDS, self._sweep)
        return connection

    def _reach(self, connection: Connection, key: tuple[Address, str]) -> None:
        self._to[key] = connection.flow
        connection.reached_by.append(key)

    def _accepted(self, stream: StreamConnection, framing: Framing) -> StreamReceiver:
        if not self._doors.enter(stream.remote.host):
            stream.abort()
            return _Refused()
        flow = Flow(self._name, stream.local, stream.remote, self._next())
        connection = self._add(Connection(self, flow, framing))
        connection.connected(stream)
        if self._name in SECURE:
            return TlsStream(stream, self._certificates.server, connection)
        connection.opened(stream)
        return connection

    def _wake(self, connection: Connection) -> bool:
        if not self._doors.enter(connection.flow.remote.host):
            return False
        connection.woken()
        self._spawn(self._open(connection))
        return True

    async def _open(self, connection: Connection) -> None:
        def opened(stream: StreamConnection) -> StreamReceiver:
            if not self.has(connection.flow):  # given up meanwhile
                stream.abort()
                return _Refused()
            connection.connected(stream)
            if self._name in SECURE:
                name = connection.reached_by[0][1]
                return TlsStream(stream, self._certificates.client, connection, server_name=name)
            connection.opened(stream)
            return connection

        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                flow = connection.flow
                await self._network.connect(flow.remote, opened, source=source_toward(flow.remote, flow.local))
        except (OSError, TimeoutError) as error:
            self.gone(connection, f"can't connect: {str(error) or 'no answer'}")

    # What connections say -----------------------------------------------------------------------------------------

    def now(self) -> float:
        return self._loop.time()

    def deliver(self, connection: Connection, data: bytes) -> None:
        self._user.message(data, connection.flow)

    def unreadable(self, connection: Connection, error: MalformedMessage) -> None:
        self._user.garbage(error, connection.flow)

    def gone(self, connection: Connection, reason: str) -> None:
        flow = connection.flow
        if self._connections.pop(flow.connection, None) is None:
            return
        if not connection.asleep:
            self._doors.leave(flow.remote.host)
        for key in connection.reached_by:
            del self._to[key]
        self._user.flow_lost(flow, reason)

    def _sweep(self) -> None:
        self._sweeper = None
        now, idle = self.now(), self._doors.limits.idle_seconds
        for connection in list(self._connections.values()):
            if reason := connection.overdue(now, idle):
                connection.abort(reason)
        if self._connections:
            self._sweeper = self._loop.call_later(SWEEP_SECONDS, self._sweep)


class _Refused:
    """The receiver of a connection that was not let in."""

    def received(self, data: bytes) -> None:
        pass

    def lost(self, error: Exception | None) -> None:
        pass
