"""Both of pbxd's times, read from the virtual loop."""

from __future__ import annotations

from tests.support.loop import START, VirtualClockLoop

MONDAY = 1_767_603_600.0
"""2026-01-05 09:00 UTC, an ordinary working day."""


class VirtualClock:
    """A :class:`pbxd.clock.Clock` that moves with its loop; people's time can be set, timers' time can't."""

    def __init__(self, loop: VirtualClockLoop, start: float = MONDAY) -> None:
        self._loop = loop
        self._offset = start - START

    def monotonic(self) -> float:
        return self._loop.time()

    def wall(self) -> float:
        return self._loop.time() + self._offset

    def set_wall(self, now: float) -> None:
        """Set the clock on the wall, as an administrator or NTP would: timers don't notice."""
        self._offset = now - self._loop.time()
