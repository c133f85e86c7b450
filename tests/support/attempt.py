"""One request of a scripted phone on its way: retransmission and ACK by RFC 3261 17, in its own few lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pbxd.network import Address
from pbxd.sip.message import Response
from tests.support.wire import Wire

T1 = 0.5
T2 = 4.0


class Attempt:
    """A request and the responses to it. ``responded`` is called for each response, repeated ones included."""

    def __init__(
        self, method: str, data: bytes, wire: Wire, to: Address, responded: Callable[[Response], None]
    ) -> None:
        self.method = method
        self.data = data
        self.responses: list[Response] = []
        """Without repetitions of what came before."""
        self.timed_out = False
        self._wire = wire
        self.to = to
        self.on_give_up: Callable[[], None] = lambda: None
        self._responded = responded
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0

    @property
    def final(self) -> Response | None:
        """The first final response."""
        return next((response for response in self.responses if response.status >= 200), None)

    @property
    def provisional(self) -> Response | None:
        """The last provisional response."""
        return next((response for response in reversed(self.responses) if response.status < 200), None)

    def start(self, *, retransmits: bool = True) -> None:
        """Send it, and again until something comes back (17.1.1.2 timer A, 17.1.2.2 timer E)."""
        loop = asyncio.get_running_loop()
        self._deadline = loop.time() + 64 * T1
        self._wire.send(self.data, self.to)
        if retransmits and not self._wire.reliable:
            self._timer = loop.call_later(T1, self._again, 2 * T1)
        else:
            self._timer = loop.call_at(self._deadline, self._give_up)

    def receive(self, response: Response) -> None:
        """Take a response in."""
        repeated = any(r.status == response.status and r.to.tag == response.to.tag for r in self.responses)
        if not repeated or response.status < 200:
            self.responses.append(response)
        if self._timer and (response.status >= 200 or self.method == "INVITE"):
            self._timer.cancel()
            self._timer = None
        self._responded(response)

    def stop(self) -> None:
        """Let go of the timer."""
        if self._timer:
            self._timer.cancel()

    def _again(self, interval: float) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() >= self._deadline:
            self._give_up()
            return
        self._wire.send(self.data, self.to)
        if self.method != "INVITE":
            interval = min(interval, T2) if not self.responses else T2
        self._timer = loop.call_at(min(loop.time() + interval, self._deadline), self._again, 2 * interval)

    def _give_up(self) -> None:
        self.timed_out = True
        self._timer = None
        self.on_give_up()
