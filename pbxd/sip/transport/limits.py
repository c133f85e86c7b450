"""How much of us connections may take: how many there are, how long they may be silent, how slow a peer may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

MAX_BACKLOG = 1 << 20
"""Bytes that a peer may leave unread before its connection is dropped."""
CONNECT_SECONDS = 10.0
"""How long a peer may take to accept our connection."""
HANDSHAKE_SECONDS = 10.0
"""How long a TLS and a WebSocket handshake may take together."""
MESSAGE_SECONDS = 20.0
"""How long one message may take from its first byte to its last."""
FIRST_MESSAGE_SECONDS = 30.0
"""How long a connection that was made to us may go without any message."""
CLOSE_SECONDS = 10.0
"""How long a peer may take to read what is left when we close."""
SWEEP_SECONDS = 2.0
"""How often connections are looked through for those that are over these times: one timer for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """What the configuration says about connections."""

    connections: int = 20_000
    """All together, theirs and ours."""
    per_address: int = 1_000
    """Those that one address made to us."""
    idle_seconds: float = 3_900.0
    """How long a connection may be silent; more than the longest registration, whose refresh is a sign of life."""


class Doors:
    """Counts connections of all transports together. ``limits`` is asked each time, so that a reload counts."""

    def __init__(self, limits: Callable[[], StreamLimits]) -> None:
        self._limits = limits
        self._inside: Counter[str] = Counter()
        self._all = 0
        self.refused = 0
        """Connections that were not let in."""

    @property
    def limits(self) -> StreamLimits:
        return self._limits()

    def enter(self, host: str) -> bool:
        """Let a connection from ``host`` in, if there is room; the caller says :meth:`leave` for each ``True``."""
        limits = self._limits()
        if self._all >= limits.connections or self._inside[host] >= limits.per_address:
            self.refused += 1
            return False
        self._all += 1
        self._inside[host] += 1
        return True

    def leave(self, host: str) -> None:
        """A connection that was let in is gone."""
        self._all -= 1
        self._inside[host] -= 1
        if not self._inside[host]:
            del self._inside[host]
