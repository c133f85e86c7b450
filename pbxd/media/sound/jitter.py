"""The jitter buffer: packets as they come in, packets in the order and at the pace of their timestamps out.

Pure, and driven by RTP timestamps alone. Its deadline is the moment when more sound is due; whoever plays asks
:meth:`JitterBuffer.take` then. The delay follows what the network did in the last seconds; where the sender's clock
and ours differ, now and then a piece is left out or made up.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from typing import Final

LEAST, MOST = 0.03, 0.3
"""Seconds of delay that are kept at least, so that a packet's follower is here when it is missed, and at most."""
MARGIN: Final = 0.005
"""Seconds added to what was observed: for our own lateness in asking."""
REMEMBERED: Final = 3.0
"""Seconds of transit times that the delay is chosen by."""
CORRECTION: Final = 0.5
"""Seconds between two looks at the delay, so that corrections can't be heard as a rhythm."""
TOLERANCE: Final = 0.02
"""Seconds that the delay may differ from the one wanted."""
EXHAUSTED: Final = 0.12
"""Seconds without a packet after which the next one begins a new run: the party paused, or its clock leapt."""
MOST_WAITING: Final = 128
"""Packets in the buffer; more than this is an attack."""
BACKWARD: Final = 8
"""Packets from the past in a row after which the party's clock is believed to have been set back."""
_WORD, _HALF = 0xFFFF_FFFF, 1 << 31


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Packet:
    """A piece of sound as it came."""

    timestamp: int
    """RTP's, as it was received."""
    units: int
    """Timestamp units that it lasts."""
    payload_type: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Time of which nothing came."""

    units: int


class JitterBuffer:
    """One run of one source. ``rate`` is timestamp units per second, ``step`` seconds are made up at a time."""

    __slots__ = (
        "_cursor", "_highest", "_looked", "_rate", "_started", "_step", "_transits", "_turned_away", "_waiting",
    )  # fmt: skip

    def __init__(self, rate: int, step: float = 0.02) -> None:
        self._rate = rate
        self._step = round(step * rate)
        self._waiting: list[tuple[int, Packet]] = []
        """By extended timestamp."""
        self._highest: int | None = None
        self._cursor: int | None = None
        """Extended timestamp of what is played next, or would be."""
        self._started: float | None = None
        """When the timestamp 0 was played, or would have been; ``None`` while nothing is played."""
        self._transits: deque[tuple[float, float]] = deque(maxlen=2 * MOST_WAITING)
        """Moment of arrival, and transit time on a scale of its own; their spread decides the delay."""
        self._looked = 0.0
        self._turned_away = 0

    @property
    def deadline(self) -> float | None:
        """When :meth:`take` has something to say; ``None`` until a packet comes."""
        if self._started is None or self._cursor is None:
            return None
        return self._started + self._cursor / self._rate

    @property
    def delay(self) -> float:
        """Seconds that a packet should wait which was as fast as the fastest of late."""
        if not self._transits:
            return LEAST
        transits = [transit for _, transit in self._transits]
        return min(MOST, max(LEAST, max(transits) - min(transits) + MARGIN))

    def put(self, packet: Packet, now: float) -> None:
        """Take a packet in, in whatever order."""
        at = self._extended(packet.timestamp)
        self._transits.append((now, now - at / self._rate))
        while self._transits[0][0] < now - REMEMBERED:
            self._transits.popleft()
        if self._cursor is not None and not self._fits(at, self._cursor):
            return
        self._turned_away = 0
        heapq.heappush(self._waiting, (at, packet))
        if self._started is None:
            self._cursor = at
            self._started = now + self.delay - at / self._rate
            self._looked = now

    def _extended(self, timestamp: int) -> int:
        if self._highest is None:
            self._highest = timestamp + _WORD + 1
        step = timestamp - self._highest & _WORD
        at = self._highest + (step if step < _HALF else step - _WORD - 1)
        self._highest = max(self._highest, at)
        return at

    def _fits(self, at: int, cursor: int) -> bool:
        """Whether a packet can still be played. A leap of the party's clock begins a new run with it."""
        behind = at < cursor
        if behind or any(at == other for other, _ in self._waiting):
            self._turned_away += behind
            if self._turned_away < BACKWARD:
                return False
            self._highest = at
        elif at - cursor <= 2 * MOST * self._rate and len(self._waiting) < MOST_WAITING:
            return True
        self._waiting.clear()
        while len(self._transits) > 1:
            self._transits.popleft()
        self._started = None
        return True

    def take(self, at: float) -> Packet | Missing | None:
        """What is to be played at a moment; ``None`` where nothing is due, or nothing more is expected either."""
        due = self.deadline
        if due is None or at < due - self._step / self._rate / 4:
            return None
        assert self._started is not None
        assert self._cursor is not None
        if at > due + self._step / self._rate:  # whoever plays has been away
            self._started += at - due
        if at - self._looked >= CORRECTION:
            self._looked = at
            self._shorten(self._started)
        while self._waiting:
            begins, packet = self._waiting[0]
            if begins > self._cursor:
                units = min(self._step, begins - self._cursor)
                self._cursor += units
                return Missing(units=units)
            heapq.heappop(self._waiting)
            if begins + packet.units > self._cursor:
                self._cursor = begins + packet.units
                return packet
        if at - self._transits[-1][0] >= EXHAUSTED + self.delay:
            self._started = None
            return None
        # Late, rather than lost, since nothing later is here: what comes is played later from now on.
        self._started += self._step / self._rate
        return Missing(units=self._step)

    def _shorten(self, started: float) -> None:
        """If the delay is longer than it need be, leave out the first in line."""
        assert self._cursor is not None
        surplus = started - min(transit for _, transit in self._transits) - self.delay
        if surplus > TOLERANCE and len(self._waiting) > 1:
            heapq.heappop(self._waiting)
            skipped = self._waiting[0][0] - self._cursor
            self._cursor += skipped
            self._started = started - skipped / self._rate
