"""SIP over TCP (RFC 3261 18): connections, theirs and ours, each a flow of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from pbxd.errors import MalformedMessage
from pbxd.network import Address, Network, StreamConnection, StreamListener
from pbxd.sip.flow import Flow
from pbxd.sip.framing import Ping, StreamFramer

MAX_BACKLOG = 1 << 20
"""Bytes that a peer may leave unread before its connection is dropped."""
CONNECT_SECONDS = 10.0
"""How long a peer may take to accept our connection."""

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
    """All connections of one stream transport.

    ``spawn`` runs a coroutine in the server's task group; only opening a connection needs one. What is sent while it
    opens waits in order.
    """

    def __init__(self, name: str, network: Network, user: StreamUser, spawn: Spawn) -> None:
        self._name = name
        self._network = network
        self._user = user
        self._spawn = spawn
        self._listeners: list[StreamListener] = []
        self._connections: dict[int, _Connection] = {}
        self._to: dict[Address, Flow] = {}
        """Connections that we opened, for reuse (RFC 3261 18.1.1)."""
        self._serial = 0

    def __len__(self) -> int:
        return len(self._connections)

    async def listen(self, local: Address) -> Address:
        """Accept connections on ``local`` (port 0: any); returns the bound address. Raises :class:`OSError`."""
        listener = await self._network.listen(local, self._accepted)
        self._listeners.append(listener)
        return listener.local

    def send(self, data: bytes, flow: Flow) -> bool:
        """Queue one message; ``False`` when the flow's connection is gone."""
        connection = self._connections.get(flow.connection)
        if connection is None:
            return False
        connection.send(data)
        return True

    def has(self, flow: Flow) -> bool:
        """Whether the flow's connection is open, or being opened."""
        return flow.connection in self._connections

    def flow_to(self, remote: Address) -> Flow:
        """The flow of a connection that we have open to ``remote``, or of one that is being opened from now on."""
        flow = self._to.get(remote)
        if flow is None:
            local = next((listener.local for listener in self._listeners), Address("", 0))
            flow = self._to[remote] = Flow(self._name, local, remote, self._next())
            connection = self._connections[flow.connection] = _Connection(self, flow)
            self._spawn(self._open(connection))
        return flow

    def close(self) -> None:
        """Stop listening and close every connection; what is queued is still sent."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for connection in list(self._connections.values()):
            connection.close()

    def _next(self) -> int:
        self._serial += 1
        return self._serial

    def _accepted(self, stream: StreamConnection) -> _Connection:
        flow = Flow(self._name, stream.local, stream.remote, self._next())
        connection = self._connections[flow.connection] = _Connection(self, flow)
        connection.opened(stream)
        return connection

    async def _open(self, connection: _Connection) -> None:
        def opened(stream: StreamConnection) -> _Connection:
            connection.opened(stream)
            return connection

        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._network.connect(connection.flow.remote, opened)
        except (OSError, TimeoutError) as error:
            self.gone(connection, f"can't connect: {str(error) or 'no answer'}")

    def deliver(self, connection: _Connection, data: bytes) -> None:
        self._user.message(data, connection.flow)

    def unreadable(self, connection: _Connection, error: MalformedMessage) -> None:
        self._user.garbage(error, connection.flow)

    def gone(self, connection: _Connection, reason: str) -> None:
        flow = connection.flow
        if self._connections.pop(flow.connection, None) is None:
            return
        if self._to.get(flow.remote) == flow:
            del self._to[flow.remote]
        self._user.flow_lost(flow, reason)


class _Connection:
    """One connection: bytes in, messages out, and a queue for while it opens."""

    __slots__ = ("_framer", "_pending", "_stream", "_transport", "flow")

    def __init__(self, transport: StreamTransport, flow: Flow) -> None:
        self._transport = transport
        self.flow = flow
        self._framer = StreamFramer()
        self._stream: StreamConnection | None = None
        self._pending: list[bytes] = []

    def opened(self, stream: StreamConnection) -> None:
        self._stream = stream
        for data in self._pending:
            stream.write(data)
        self._pending.clear()

    def send(self, data: bytes) -> None:
        stream = self._stream
        if stream is None:
            self._pending.append(data)
            return
        if stream.backlog() > MAX_BACKLOG:
            stream.abort()
            return
        stream.write(data)

    def received(self, data: bytes) -> None:
        try:
            for item in self._framer.feed(data):
                if isinstance(item, Ping):
                    self.send(b"\r\n")
                else:
                    self._transport.deliver(self, item)
        except MalformedMessage as error:
            self._transport.unreadable(self, error)
            self.close()

    def lost(self, error: Exception | None) -> None:
        self._transport.gone(self, str(error) if error is not None else "closed by the peer")

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        else:
            self._transport.gone(self, "closed before it was open")
