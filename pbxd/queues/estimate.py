"""How long somebody will wait (QUE-7): an estimate from how fast the line has moved lately, or silence.

While calls wait, every agent is busy, and the line moves by one whenever one of them takes the next call. The time
from one such moment to the next, times the number of agents there were, is how long an agent is taken by a call, with
whatever else he does: other queues, wrap-up, declining. The mean of the last :data:`SAMPLES` of these, divided by the
agents there are now, times the number of moves that the caller still needs, is the estimate. Of the callers before him,
those count only in the share that has stayed lately, because some hang up first.

It is silent when it knows too little: nobody serves the queue, fewer than :data:`ENOUGH` moves have been seen, the last
of them long ago, or they differ so much that the mean is uncertain by more than :data:`UNCERTAIN` of itself.

What that is worth against simpler ways is measured in ``bench/acd_sim.py``.
"""

from __future__ import annotations

from collections import deque
from math import sqrt
from typing import Final

SAMPLES: Final = 40
ENOUGH: Final = 8
UNCERTAIN: Final = 0.4
"""Standard error of the mean, as a share of the mean."""
STALE: Final = 1800.0
"""Seconds after which what was seen says nothing of now."""


class Pace:
    """How fast one line moves."""

    __slots__ = ("_left", "_mean", "_moves", "_since", "_stayed", "_uncertainty")

    def __init__(self) -> None:
        self._moves: deque[float] = deque(maxlen=SAMPLES)
        """Seconds for which an agent is taken by one call."""
        self._stayed: deque[bool] = deque(maxlen=SAMPLES)
        """Of those who left, who stayed until he was answered."""
        self._since: float | None = None
        """When the line moved last, if calls have waited ever since."""
        self._left = 0.0
        self._mean = 0.0
        self._uncertainty = 1.0

    def left(self, now: float, staff: int, waiting: int, *, answered: bool) -> None:
        """Somebody left the line at ``now``; ``staff`` agents serve it, ``waiting`` calls are still in it."""
        self._stayed.append(answered)
        self._left = now
        if answered and self._since is not None and staff:
            self._moves.append((now - self._since) * staff)
            self._weigh()
        if not waiting:
            self._since = None
        elif answered:
            self._since = now

    def _weigh(self) -> None:
        moves = self._moves
        self._mean = mean = sum(moves) / len(moves)
        if len(moves) >= ENOUGH and mean > 0.0:
            deviation = sqrt(sum((move - mean) ** 2 for move in moves) / (len(moves) - 1))
            self._uncertainty = deviation / sqrt(len(moves)) / mean

    def wait(self, now: float, before: int, staff: int) -> float | None:
        """Seconds that somebody will wait who has ``before`` others before him; ``None`` when nobody can say."""
        if not staff or len(self._moves) < ENOUGH or self._uncertainty > UNCERTAIN or now - self._left > STALE:
            return None
        staying = sum(self._stayed) / len(self._stayed)
        return (before * staying + 1) * self._mean / staff
