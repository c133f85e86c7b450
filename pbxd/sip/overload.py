"""How much more comes than we can do, and which part of what is new we therefore turn away (REL-1). Pure.

When a message became readable nobody says; how late a timer goes off does, and how many messages waited at once. Both
are looked at in every beat. What is shed is a share, so that the rest is served without a queue; all or nothing would
fill and drain the sockets' buffers in turn.
"""

from __future__ import annotations

from typing import Final

from pbxd.network import DRAIN

BEAT: Final = 0.05
"""Seconds between two looks."""
LATE: Final = 0.03
"""Seconds that a timer may be late before it is too much."""
FAR_TOO_LATE: Final = 0.2
"""From here on everything new is turned away, until what waits is worked off."""
QUEUED: Final = 16
"""Messages at one moment without which lateness is no overload: the machine paused, and nobody waits for us."""
FULL: Final = DRAIN
"""Messages at one moment that say that more wait in the socket."""
PATIENCE: Final = 2
"""Beats with a full socket before that is more than a burst."""
MORE: Final = 0.1
LESS: Final = 0.02
"""By how much the share grows and shrinks in a beat."""


class Load:
    """The share of new requests that is to be shed. ``now`` is monotonic seconds, one reading for what came at once."""

    __slots__ = ("_at", "_carried", "_full_beats", "_most", "_waiting", "lag", "share")

    def __init__(self) -> None:
        self.share = 0.0
        """0: nothing is shed; 1: everything that may be."""
        self.lag = 0.0
        """Seconds that the last beat came late."""
        self._at = -1.0
        self._waiting = 0
        self._most = 0
        self._full_beats = 0
        self._carried = 0.0

    def heard(self, now: float) -> None:
        """A message is taken from a socket."""
        if now != self._at:
            self._at, self._waiting = now, 0
        self._waiting += 1
        self._most = max(self._most, self._waiting)

    def beat(self, now: float, due: float) -> None:
        """A timer that was ``due`` goes off: weigh what was since the last one."""
        self.lag = max(0.0, now - due)
        self._full_beats = self._full_beats + 1 if self._most >= FULL else 0
        queued, self._most = self._most >= QUEUED, 0
        if queued and self.lag >= FAR_TOO_LATE:
            self.share = 1.0
        elif (queued and self.lag >= LATE) or self._full_beats >= PATIENCE:
            self.share = min(1.0, self.share + MORE)
        else:
            # Rounded, so that what was added in tenths ends at nothing.
            self.share = round(max(0.0, self.share - LESS), 6)

    def sheds(self) -> bool:
        """Whether this new request is one of the share: evenly spread, without chance."""
        self._carried += self.share
        if self._carried < 1.0:
            return False
        self._carried -= 1.0
        return True
