"""Keeps the way to phones behind NAT open: a small datagram to each of them, spread over the interval.

One timer for all: each second a share of the accounts has its turn, so that 10,000 phones are 400 datagrams a second
and never 10,000 at once.
"""

from __future__ import annotations

from pbxd.calls.kernel import Kernel
from pbxd.calls.location import Account, Location
from pbxd.sip.registrar import Binding
from pbxd.sip.resolve import literal

INTERVAL = 25
"""Seconds between two datagrams to one phone: routers forget UDP bindings after 30 s (RFC 4787 4.3 has 2 minutes)."""


class KeepAlive:
    """Pings from when it is made until it is stopped."""

    def __init__(self, kernel: Kernel, location: Location) -> None:
        self._kernel = kernel
        self._location = location
        self._round: list[Account] = []
        self._second = 0
        self._timer = kernel.later(1.0, self._tick)

    def stop(self) -> None:
        self._timer.cancel()

    def _tick(self) -> None:
        self._timer = self._kernel.later(1.0, self._tick)
        if self._second == 0:
            self._round = list(self._location.accounts())
        accounts = len(self._round)
        share = slice(accounts * self._second // INTERVAL, accounts * (self._second + 1) // INTERVAL)
        sockets = self._kernel.endpoint.sockets
        for account in self._round[share]:
            for binding in self._location.reachable(*account):
                if is_behind_nat(binding):
                    sockets.ping(binding.flow)
        self._second = (self._second + 1) % INTERVAL


def is_behind_nat(binding: Binding) -> bool:
    """Whether a UDP binding's datagrams come from elsewhere than its Contact says."""
    return not binding.flow.reliable and literal(binding.contact) != binding.flow.remote
