"""What the four transaction machines share: their states, the timer values, and a clock with two hands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import inf


class State(Enum):
    """The states of RFC 3261 figures 5 to 8, and Accepted of RFC 6026."""

    CALLING = "Calling"
    TRYING = "Trying"
    PROCEEDING = "Proceeding"
    COMPLETED = "Completed"
    CONFIRMED = "Confirmed"
    ACCEPTED = "Accepted"
    TERMINATED = "Terminated"


_ABSORBING = (State.COMPLETED, State.CONFIRMED, State.ACCEPTED)  # no set: it would call Python for an Enum's hash


@dataclass(frozen=True, slots=True)
class Timers:
    """The values that all timers are made of (RFC 3261 17.1.1.1, 17.1.2.1, 17.1.1.2), in seconds."""

    t1: float = 0.5
    """Estimate of the round-trip time."""
    t2: float = 4.0
    """Longest interval between retransmissions of a non-INVITE request or an INVITE response."""
    t4: float = 5.0
    """Longest time that a message stays in the network."""

    @property
    def timeout(self) -> float:
        """Timers B, F, H, J, L and M: 64*T1."""
        return 64 * self.t1

    @property
    def d(self) -> float:
        """Timer D: at least 32 s, for the far end's T1 may be larger than ours (17.1.1.2)."""
        return max(32.0, 64 * self.t1)


DEFAULT_TIMERS = Timers()


class Machine:
    """A state, the time of the next repetition, and the time when the state ends.

    No state of the figures needs more: A, E and G repeat, all other timers end. The bytes that would be repeated are
    serialised once.
    """

    __slots__ = ("_end_at", "_reliable", "_repeat_at", "_timers", "_wire", "state")

    def __init__(self, state: State, *, reliable: bool, timers: Timers) -> None:
        self.state = state
        self._reliable = reliable
        self._timers = timers
        self._wire = b""
        self._repeat_at = inf
        self._end_at = inf

    @property
    def deadline(self) -> float | None:
        """When ``wake`` wants to be called; ``None`` while only a message can change anything."""
        first = min(self._end_at, self._repeat_at)
        return None if first == inf else first

    @property
    def lingers(self) -> bool:
        """Whether it only waits to be forgotten, absorbing repetitions meanwhile: a late wake-up costs nothing."""
        return self._repeat_at == inf and self.state in _ABSORBING

    @property
    def terminated(self) -> bool:
        """Whether this machine is over and must be forgotten."""
        return self.state is State.TERMINATED

    def _enter(self, state: State, *, repeat_at: float = inf, end_at: float = inf) -> None:
        """Change state. All timers stop but those named, so that none can fire in a state that has no use for it."""
        self.state = state
        self._repeat_at = repeat_at
        self._end_at = end_at
        if state is State.TERMINATED:
            self._wire = b""
