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
    """Rounds of OPTIONS. The trunk is there when one server of a round answers, and down when none does."""

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
        self._open = 0
        """Servers that have not answered in this round."""
        self._heard = False

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
        self._open, self._heard = len(flows), False
        if not flows:
            self._absent(503, "its address can't be found", None)
            self._ask_after(self._trunk.options_every)
        for flow in flows:
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
            self._concluded(503, response.reason, pause)
        else:  # a 404 or 405 to OPTIONS is an answer like any other
            self._heard = True
            self._servers.answered(flow)
            if not self._stopped:
                self._there()
            self._concluded(response.status, response.reason, None)

    def _silent(self, flow: Flow, status: int, reason: str) -> None:
        self._servers.absent(flow, status, reason)
        self._concluded(status, reason, None)

    def _concluded(self, status: int, reason: str, pause: float | None) -> None:
        self._open -= 1
        if self._open or self._stopped:
            return
        if not self._heard:
            self._absent(status, reason, pause)
        self._ask_after(self._trunk.options_every)
