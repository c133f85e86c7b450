"""What waits while more comes than we can do, what of it goes first, and what is turned away (REL-1). Pure.

While little comes, every message is handled where it is read and nothing here costs anything. What comes after the
first few of one turn of the event loop is put here instead, so that sockets are read before anything is decided. Then
what is under way goes first, and what is new takes what time is left: the server's own speed says how much is let in,
at every moment. Once that has not been enough for a while, what has waited for :data:`PATIENCE` is turned away, so that
those who are served have been waiting for less. What is only a burst, or a moment in which the machine did something
else, is worked off, as CoDel does (RFC 8289). There is no rate that could be wrong.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import Enum, auto
from math import inf
from typing import Final, Generic, TypeVar

AT_ONCE: Final = 4
"""Messages handled in one turn of the loop; sound is relayed in between."""
PATIENCE: Final = 0.2
"""Seconds that a new request may wait in an overload."""
PROMPT: Final = 0.1
"""Seconds of waiting that are no sign of an overload."""
BURST: Final = 0.8
"""Seconds for which the next in turn must always have waited for longer than :data:`PROMPT` before that is more than a
burst, or than a moment in which the machine did something else."""
BURST_PATIENCE: Final = 0.45
"""Seconds that a new request may wait in a burst: still before its sender repeats it, which would be more to do."""
MOST: Final = 10_000
"""Messages of one kind that wait at the most; what comes then is lost, as it would be in a full socket."""

T = TypeVar("T")


class Rank(Enum):
    """In which order messages are served."""

    UNDER_WAY = auto()
    """Responses, requests within dialogs, repetitions of what was taken in, emergency calls: first, and never lost."""
    PROVEN = auto()
    """New, with credentials: we have asked for them, and have already worked for this one."""
    NEW = auto()
    FOLLOWING = auto()
    """CANCEL: behind the INVITE that it is for, and never turned away."""


class Waiting(Generic[T]):
    """Messages that were read and not handled yet. ``now`` is the loop's time, the same for all of one turn."""

    __slots__ = ("_handled", "_late_since", "_new", "_proven", "_turn", "_under_way")

    def __init__(self) -> None:
        self._under_way: deque[T] = deque()
        self._proven: deque[tuple[float, T, bool]] = deque()
        self._new: deque[tuple[float, T, bool]] = deque()
        """When it came, what it is, and whether it may be turned away."""
        self._late_since = inf
        """Since when the next in turn has always waited for longer than it should; infinity: it has not."""
        self._turn = -1.0
        self._handled = 0

    def __len__(self) -> int:
        return len(self._under_way) + len(self._proven) + len(self._new)

    def wanted(self, now: float) -> bool:
        """Whether a message that is read now has to be put here, since enough was handled in this turn of the loop."""
        if now != self._turn:
            self._turn, self._handled = now, 0
        self._handled += 1
        return self._handled > AT_ONCE or len(self) > 0

    def put(self, message: T, rank: Rank, now: float) -> bool:
        """Have ``message`` wait; ``False`` when there is no room for it."""
        match rank:
            case Rank.UNDER_WAY:
                queue = self._under_way
                if len(queue) >= MOST:
                    return False
                queue.append(message)
                return True
            case Rank.PROVEN:
                others = self._proven
            case _:
                others = self._new
        if len(others) >= MOST:
            return False
        others.append((now, message, rank is not Rank.FOLLOWING))
        return True

    def impatient(self, now: float) -> Iterator[T]:
        """Take out the new requests that have waited too long."""
        if not any(queue and now - queue[0][0] > PROMPT for queue in (self._proven, self._new)):
            self._late_since = inf
            return
        self._late_since = min(self._late_since, now)
        patience = PATIENCE if now - self._late_since > BURST else BURST_PATIENCE
        for queue in (self._proven, self._new):
            while queue and now - queue[0][0] > patience:
                _, message, sheddable = queue.popleft()
                if sheddable:
                    yield message
                else:
                    self._under_way.append(message)  # its INVITE was taken out before it

    def take(self) -> T | None:
        """The next to be handled; ``None`` when nothing waits."""
        if self._under_way:
            return self._under_way.popleft()
        for queue in (self._proven, self._new):
            if queue:
                return queue.popleft()[1]
        return None
