"""One server's stream transport, and peers that are nothing but bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from pbxd.errors import MalformedMessage
from pbxd.network import Address, StreamConnection
from pbxd.sip.flow import Flow
from pbxd.sip.transport.certificates import Certificates
from pbxd.sip.transport.limits import Doors, StreamLimits
from pbxd.sip.transport.stream import StreamTransport
from tests.support.network import MemoryNetwork
from tests.support.streams import MemoryStream

US = Address("192.0.2.1", 5061)
PHONE = "192.0.2.20"
OPTIONS = b"OPTIONS sip:pbx.example SIP/2.0\r\nContent-Length: 0\r\n\r\n"


class Side:
    """The transport under test, and what it said to its user."""

    def __init__(
        self,
        network: MemoryNetwork,
        name: str = "tcp",
        certificates: Certificates | None = None,
        limits: StreamLimits | None = None,
    ) -> None:
        self.messages: list[tuple[bytes, Flow]] = []
        self.malformed: list[MalformedMessage] = []
        self.losses: list[tuple[Flow, str]] = []
        self.doors = Doors(lambda: limits or StreamLimits())
        self._tasks: set[asyncio.Task[None]] = set()
        self.transport = StreamTransport(
            name, network, self, self._spawn, doors=self.doors, certificates=certificates or Certificates(None)
        )

    def message(self, data: bytes, flow: Flow) -> None:
        self.messages.append((data, flow))

    def garbage(self, error: MalformedMessage, flow: Flow) -> None:
        self.malformed.append(error)

    def flow_lost(self, flow: Flow, reason: str) -> None:
        self.losses.append((flow, reason))

    @property
    def reasons(self) -> list[str]:
        return [reason for _, reason in self.losses]

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Bytes:
    """A peer that keeps what it gets."""

    stream: MemoryStream

    def __init__(self) -> None:
        self.got = b""
        self.lost_by: list[Exception | None] = []

    @classmethod
    async def to(cls, network: MemoryNetwork, host: str = PHONE, address: Address = US) -> Bytes:
        peer = cls()
        peer.stream = await network.connect_from(host, address, peer.opened_below)
        return peer

    def opened_below(self, stream: StreamConnection) -> Bytes:
        return self

    def opened(self, stream: StreamConnection) -> None:
        """Of TLS."""

    def received(self, data: bytes) -> None:
        self.got += data

    def lost(self, error: Exception | None) -> None:
        self.lost_by.append(error)
