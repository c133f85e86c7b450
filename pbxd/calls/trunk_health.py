"""Whether a trunk is there: OPTIONS to each of its servers, at times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

from pbxd.calls.asking import Asker
from pbxd.calls.kernel import Kernel
from pbxd.calls.servers import Servers
from pbxd.config.snapshot import Trunk
from pbxd.sip.flow import Flow
from pbxd.sip.message import Headers, Request, Response
from pbxd.sip.uri import Uri, sip_uri


class Health:
    """Rounds of OPTIONS. The trunk is there when one of its servers answers, and down when all have failed.

    A round does not wait for the one before: a server that is still silent is not asked again, and the others are.
    """

    def __init__(
        self,
        kernel: Kernel,
        trunk: Trunk,
        servers: Servers,
        random: Random,
        *,
        there: Callable[[], None],
        absent: Callable[[int, str, float | None], None],
    ) -> None:
        """``absent`` is given status, reason, and for how many seconds (``None``: until one answers)."""
        self._kernel = kernel
        self._trunk = trunk
        self._servers = servers
        self._random = random
        self._there = there
        self._absent = absent
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self._servers_now: list[str] = []
        """All of them, as they were last looked up."""
        self._asked: set[str] = set()
        """Those that have not answered yet."""
        self._failed: set[str] = set()
        """Those that did not serve when they were last asked."""

    def start(self) -> None:
        """Begin, where the trunk is to be asked at all; spread out, so that trunks are not all asked in one moment."""
        if self._trunk.options_every:
            self._ask_after(self._trunk.options_every * (0.5 + 0.5 * self._random.random()))

    def stop(self) -> None:
        """Ask no more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def _ask_after(self, seconds: float) -> None:
        if not self._stopped:
            self._timer = self._kernel.later(seconds, self._servers.find, self._ask_all)

    def _ask_all(self, flows: list[Flow]) -> None:
        self._ask_after(self._trunk.options_every)
        self._servers_now = [str(flow) for flow in flows]
        if not flows:
            self._absent(503, "its address can't be found", None)
        for flow in flows:
            if str(flow) not in self._asked and not self._stopped:
                self._asked.add(str(flow))
                self._ask(flow)

    def _ask(self, flow: Flow) -> None:
        endpoint, address = self._kernel.endpoint, Uri.parse(self._trunk.address)
        fields = [
            ("Max-Forwards", "70"),
            ("From", f"<{sip_uri('pbxd', address.host)}>;tag={endpoint.tag()}"),
            ("To", f"<{address}>"),
            ("Call-ID", endpoint.call_id()),
            ("CSeq", "1 OPTIONS"),
            ("Accept", "application/sdp"),
        ]
        user = Asker(
            lambda response, _now: self._answered(flow, response),
            lambda status, reason, _now: self._silent(flow, status, reason),
        )
        endpoint.send(Request("OPTIONS", address, Headers(fields)), flow, user)

    def _answered(self, flow: Flow, response: Response) -> None:
        if response.status < 200:
            return
        if response.status == 503:
            pause = self._trunk.options_every * 2.0
            self._servers.absent(flow, 503, response.reason, pause)
            self._failure(flow, 503, response.reason, pause)
        else:  # a 404 or 405 to OPTIONS is an answer like any other
            self._asked.discard(str(flow))
            self._failed.discard(str(flow))
            self._servers.answered(flow)
            if not self._stopped:
                self._there()

    def _silent(self, flow: Flow, status: int, reason: str) -> None:
        self._servers.absent(flow, status, reason)
        self._failure(flow, status, reason, None)

    def _failure(self, flow: Flow, status: int, reason: str, pause: float | None) -> None:
        self._asked.discard(str(flow))
        self._failed = (self._failed | {str(flow)}) & set(self._servers_now)
        if not self._stopped and self._failed.issuperset(self._servers_now):
            self._absent(status, reason, pause)
