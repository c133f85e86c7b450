"""The servers behind one trunk's address: which of them are worth trying, as far as they have shown (RFC 3263 4.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from pbxd.calls.kernel import Kernel
from pbxd.config.snapshot import Trunk
from pbxd.events import TrunkServerDown, TrunkServerUp
from pbxd.sip.failover import Ways
from pbxd.sip.flow import Flow
from pbxd.sip.uri import Uri

PAUSE = 60.0
"""Seconds that a server is left alone which failed and said nothing about when to come again."""
LONGEST_PAUSE = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Down:
    until: float
    """Monotonic; infinity: until it is heard."""
    asked: bool
    """Whether the server itself asked for this time (Retry-After), so that it counts whatever it answers meanwhile."""


class Servers:
    """One trunk's servers. They are looked up anew for every request; what was learned of each is kept by address."""

    def __init__(self, kernel: Kernel, trunk: Trunk) -> None:
        self._kernel = kernel
        self._trunk = trunk
        self._address = Uri.parse(trunk.address)
        self._down: dict[str, _Down] = {}
        self._several = False

    def find(self, found: Callable[[list[Flow]], None]) -> None:
        """Tell ``found`` all servers in the order of DNS, at once or when they are looked up; none: there is no way."""
        self._kernel.endpoint.sockets.resolve_all(self._address, lambda flows: found(self._seen(flows)))

    async def look_up(self) -> list[Flow]:
        """The same for who can wait."""
        return self._seen(await self._kernel.endpoint.sockets.routes(self._address))

    def ways(self, flows: Sequence[Flow], *, first: Flow | None = None) -> Ways | None:
        """The course of a request: without the servers that are down unless all are, ``first`` before the others.

        Only servers that know us by one address: the request names it, and its SDP does. ``None`` for no server.
        """
        known = {flow: host for flow in flows if (host := self._known_as(flow))}
        living = [flow for flow in known if not self.is_down(flow)] or list(known)
        if not living:
            return None
        if first is not None:
            living.sort(key=lambda flow: str(flow) != str(first))
        same = [flow for flow in living if known[flow] == known[living[0]]]
        return Ways(same, reply_within=float(self._trunk.reply_within), record=self)

    def is_down(self, flow: Flow) -> bool:
        """Whether a server failed and was not heard since."""
        down = self._down.get(str(flow))
        return down is not None and self._kernel.now < down.until

    def status(self) -> list[str]:
        """Those that are down, for people who look."""
        return [name for name, down in self._down.items() if self._kernel.now < down.until]

    # The record of requests (pbxd.sip.failover) ---------------------------------------------------------------------

    def failed(self, flow: Flow, status: int, reason: str, retry_after: int | None) -> None:
        """A server did not serve a request: it gets a pause, as long as it asked for."""
        pause = PAUSE if retry_after is None else min(float(retry_after), LONGEST_PAUSE)
        self.absent(flow, status, reason, pause, asked=retry_after is not None)

    def answered(self, flow: Flow) -> None:
        """A server was heard."""
        down = self._down.get(str(flow))
        if down is None or (down.asked and self._kernel.now < down.until):
            return
        del self._down[str(flow)]
        if self._several:
            self._kernel.bus.emit(
                TrunkServerUp(at=self._kernel.wall, trunk=self._trunk.name, server=str(flow), why="it answers")
            )

    def absent(self, flow: Flow, status: int, reason: str, pause: float = inf, *, asked: bool = False) -> None:
        """A server is down for ``pause`` seconds, or until it is heard."""
        was = self.is_down(flow)
        self._down[str(flow)] = _Down(until=self._kernel.now + pause, asked=asked)
        if self._several and not was:
            self._kernel.bus.emit(
                TrunkServerDown(
                    at=self._kernel.wall, trunk=self._trunk.name, server=str(flow), status=status, reason=reason
                )
            )

    def _known_as(self, flow: Flow) -> str:
        """The host that a server knows us by; "" where the system has no route to it, as often for IPv6."""
        try:
            return self._kernel.endpoint.sockets.advertised(flow)[0]
        except OSError:
            return ""

    def _seen(self, flows: list[Flow]) -> list[Flow]:
        self._several = len(flows) > 1
        names = set(map(str, flows))
        self._down = {name: down for name, down in self._down.items() if name in names}
        return flows
