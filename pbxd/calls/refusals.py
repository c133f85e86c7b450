"""What is said of refused requests: of each address the first at once, the others as a number (SEC-2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pbxd.calls.kernel import Kernel
from pbxd.events import RequestRefused, RequestsRefused

WINDOW: Final = 10.0
"""Seconds after a line in which further ones about the same address are only counted."""
MAX_ADDRESSES: Final = 1024
"""Addresses that are told apart; the refusals of further ones are counted together."""
OTHERS: Final = "others"


class Refusals:
    """Keeps a scanner from filling the log."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._silent: dict[str, int] = {}
        """Addresses that a line was written about a while ago, and how many refusals were not told since."""

    def say(self, address: str, made: Callable[[], RequestRefused]) -> None:
        """Emit the event, or count it where one about this address was emitted a moment ago."""
        if address not in self._silent and len(self._silent) >= MAX_ADDRESSES:
            address = OTHERS
        if address in self._silent:
            self._silent[address] += 1
            return
        self._silent[address] = 0
        self._kernel.later(WINDOW, self._sum_up, address)
        self._kernel.bus.emit(made())

    def _sum_up(self, address: str) -> None:
        count = self._silent.pop(address)
        if count:
            self._silent[address] = 0
            self._kernel.later(WINDOW, self._sum_up, address)
            self._kernel.bus.emit(RequestsRefused(at=self._kernel.wall, address=address, count=count, seconds=WINDOW))
