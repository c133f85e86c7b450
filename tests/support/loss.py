"""Loss that is decided before the call: which copy of which message gets lost, and what RFC 3261 must make of it.

The prediction knows nothing of what was sent. It reads the pattern along the timers of RFC 3261 table 4 and says
whether a call between conforming agents gets through; the scenario then holds pbxd to that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.support.network import Datagram

T1, T2 = 0.5, 4.0
_REQUEST = re.compile(rb"([A-Z]+) \S+ SIP/2\.0\r\n")
_RESPONSE = re.compile(rb"SIP/2\.0 (\d\d\d) .*?\r\nCSeq: *\d+ +(\w+)\r\n", re.DOTALL | re.IGNORECASE)


def label(data: bytes) -> str | None:
    """``INVITE``, ``200 INVITE`` and so on; ``None`` for what is not SIP."""
    if request := _REQUEST.match(data):
        return request.group(1).decode()
    if response := _RESPONSE.match(data):
        return f"{response.group(1).decode()} {response.group(2).decode()}"
    return None


@dataclass(frozen=True, slots=True)
class Hop:
    """One direction between two hosts."""

    source: str
    target: str

    @property
    def back(self) -> Hop:
        return Hop(self.target, self.source)


class LossPattern:
    """Which copy of which message is lost. ``switched_on`` is when it starts to count and to lose."""

    def __init__(self, seed: int, rate: float) -> None:
        self._seed = seed
        self._rate = rate
        self._copies: Counter[tuple[str, str, str]] = Counter()
        self.switched_on = False

    def loses(self, hop: Hop, message: str, copy: int) -> bool:
        """Whether this copy (the first is 0) of a message gets lost."""
        return Random(f"{self._seed} {hop.source} {hop.target} {message} {copy}").random() < self._rate

    def __call__(self, datagram: Datagram) -> bool:
        """For :meth:`tests.support.network.MemoryNetwork.drop`."""
        message = label(datagram.data)
        if message is None or not self.switched_on:
            return False
        key = datagram.source.host, datagram.target.host, message
        copy = self._copies[key]
        self._copies[key] += 1
        return self.loses(Hop(*key[:2]), message, copy)

    # -- what the timers make of it --------------------------------------------------------------------------------

    def arrival(self, hop: Hop, message: str, copies: Iterator[float]) -> float | None:
        """Seconds until the first copy sent on this schedule that is not lost; ``None``: all are."""
        return next((at for copy, at in enumerate(copies) if not self.loses(hop, message, copy)), None)

    def acknowledged(self, hop: Hop) -> bool:
        """Whether some 2xx sent along ``hop`` and the ACK that answers it both get through (13.3.1.4)."""
        arrived = [not self.loses(hop, "200 INVITE", copy) for copy, _ in enumerate(every(T1, T2))]
        return any(not self.loses(hop.back, "ACK", ack) for ack in range(sum(arrived)))

    def completes(self, hop: Hop, method: str) -> bool:
        """Whether a non-INVITE request along ``hop`` gets through and one of the responses to its copies back."""
        arrived = [not self.loses(hop, method, copy) for copy, _ in enumerate(every(T1, T2))]
        return any(not self.loses(hop.back, f"200 {method}", response) for response in range(sum(arrived)))

    def connects(self, caller: Hop, callee: Hop, *, patience: float) -> bool:
        """Whether a call from ``caller`` on through the server to ``callee`` must be set up.

        The callee answers at once. ``patience`` is how long the server rings. Pessimistic where timers race: all must
        be done before the caller's timer B, as if no provisional response ever came through.
        """
        invite = self.arrival(caller, "INVITE", every(T1))
        onward = self.arrival(callee, "INVITE", every(T1))
        answer = self.arrival(callee.back, "200 INVITE", every(T1, T2))
        final = self.arrival(caller.back, "200 INVITE", every(T1, T2))
        if invite is None or onward is None or answer is None or final is None:
            return False
        in_time = onward + answer < patience - 1 and invite + onward + answer + final < 64 * T1 - 1
        return in_time and self.acknowledged(caller.back) and self.acknowledged(callee.back)


def every(interval: float, cap: float | None = None) -> Iterator[float]:
    """When a message is sent again: timers A, E, G and the 2xx of 13.3.1.4, for 64*T1."""
    at = 0.0
    while at < 64 * T1:
        yield at
        at += interval
        interval = 2 * interval if cap is None else min(2 * interval, cap)
