"""The media engine of scenarios: the real one, with faults on demand and nothing left to chance."""

from __future__ import annotations

import asyncio
from random import Random

from pbxd.calls.interfaces import interfaces
from pbxd.clock import Clock
from pbxd.config.snapshot import Configuration
from pbxd.errors import Refused
from pbxd.media.embedded.engine import EmbeddedEngine
from pbxd.media.engine import FaxEnd, LocalEnd, MediaFailed, PortId, RemoteEnd
from pbxd.network import Address, Network


class FaultyEngine(EmbeddedEngine):
    """The real engine, until a test says otherwise."""

    def __init__(self, network: Network, clock: Clock, configuration: Configuration) -> None:
        ports = configuration.server.media.rtp_ports
        super().__init__(
            network,
            clock=clock,
            interfaces=interfaces(configuration),
            ports=range(ports.first, ports.last + 1),
            rng=Random(1),
            silence=configuration.server.media.timeout,
        )
        self.slowness = 0.0
        """Seconds that opening a port takes, as with an engine in another process."""
        self.refusing = False
        """No port is free."""
        self.broken: set[str] = set()
        """Commands (``open``, ``configure``, ``hear``, ``close``) that raise what no engine should."""

    async def open(self, *, toward: Address | None = None) -> LocalEnd:
        if self.slowness:
            await asyncio.sleep(self.slowness)
        if self.refusing:
            raise Refused(503, "No media port is free")
        self._break("open")
        return await super().open(toward=toward)

    def configure(self, port: PortId, remote: RemoteEnd | FaxEnd) -> None:
        self._break("configure")
        super().configure(port, remote)

    def hear(self, port: PortId, source: PortId | None, *, extract_keys: bool = False) -> None:
        self._break("hear")
        super().hear(port, source, extract_keys=extract_keys)

    def close(self, port: PortId) -> None:
        super().close(port)
        self._break("close")

    def fail(self, port: PortId, reason: str) -> None:
        """Report that a port is lost."""
        self._emit(MediaFailed(port=port, reason=reason))

    def _break(self, command: str) -> None:
        if command in self.broken:
            raise RuntimeError(f"{command} is broken")
