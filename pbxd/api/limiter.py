"""Who fails too often is not listened to for a while. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

WITHIN: Final = 60.0
"""Seconds in which failures count."""
MOST: Final = 10_000
"""Addresses that are remembered; with more of them the oldest are forgotten."""


class Limiter:
    """Counts failures by address."""

    def __init__(self, allowed: int) -> None:
        """``allowed`` failures a minute are nothing unusual."""
        self._allowed = allowed
        self._failures: dict[str, deque[float]] = {}

    def failed(self, address: str, now: float) -> bool:
        """Count a failure; whether it is still within what is allowed, and so worth a line."""
        found = self._failures.pop(address, None) or deque(maxlen=self._allowed + 1)
        self._failures[address] = found  # at the end: the one that failed last
        if len(self._failures) > MOST:
            del self._failures[next(iter(self._failures))]
        found.append(now)
        return not self.blocked(address, now)

    def blocked(self, address: str, now: float) -> bool:
        """Whether an address has failed so often that it is not listened to."""
        found = self._failures.get(address)
        return found is not None and len(found) > self._allowed and now - found[0] < WITHIN
