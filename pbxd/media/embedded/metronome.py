"""One clock for everything that speaks or listens by itself: a beat every 20 ms for each member.

Members are spread over slices of 2 ms, so that two hundred prompts are not sent at once, and each keeps its slice, so
that its packets leave 20 ms apart. Beats are due at whole steps from one origin: they don't drift.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from pbxd.clock import Clock

SLICES: Final = 10
STEP: Final = 0.002
"""Seconds per slice."""
MOST_BEHIND: Final = 0.2
"""Seconds of beats that are made up for when the loop was held up; those before are left out."""


class Member(Protocol):
    """Who does something every 20 ms."""

    def beat(self, beat: int, due: float) -> None:
        """``beat`` counts up by one each time (by more where beats were left out); ``due`` is when it should come."""
        ...

    def failed(self, error: Exception) -> None:
        """Its beat raised, and it gets no more of them."""
        ...


class Metronome:
    """Ticks while somebody is there."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._slices: tuple[list[Member], ...] = tuple([] for _ in range(SLICES))
        self._origin = 0.0
        self._next = 0
        """The step to come."""
        self._timer: asyncio.TimerHandle | None = None

    def join(self, member: Member) -> None:
        """Give beats to a member from now on."""
        if not any(self._slices):
            self._origin, self._next = self._clock.monotonic(), 0
        min(self._slices, key=len).append(member)
        self._arm()

    def leave(self, member: Member) -> None:
        """Give it no more; nothing happens to one that has left already."""
        for members in self._slices:
            if member in members:
                members.remove(member)
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        ahead = next((n for n in range(SLICES) if self._slices[(self._next + n) % SLICES]), None)
        if ahead is not None:
            self._next += ahead
            self._timer = asyncio.get_running_loop().call_at(self._due(self._next), self._tick)

    def _due(self, step: int) -> float:
        return self._origin + step * STEP

    def _tick(self) -> None:
        self._timer = None
        now = self._clock.monotonic()
        if now - self._due(self._next) > MOST_BEHIND:
            self._next = round((now - self._origin - MOST_BEHIND) / STEP)
        while any(self._slices) and (due := self._due(self._next)) <= now + STEP / 4:
            step, self._next = self._next, self._next + 1
            for member in tuple(self._slices[step % SLICES]):
                self._give(member, step // SLICES, due)
        self._arm()

    def _give(self, member: Member, beat: int, due: float) -> None:
        try:
            member.beat(beat, due)
        except Exception as error:
            self.leave(member)
            member.failed(error)
