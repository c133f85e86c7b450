"""When a letter that was not taken is tried again, and when no more. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pbxd.notices.letter import Channel

MINUTE, HOUR = 60.0, 3600.0
DELAYS: Final = (30.0, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR)
"""Seconds from an attempt to the next one, by how many there were; the last one stays."""
LIFETIME: Final[Mapping[Channel, float]] = {"email": 48 * HOUR, "sms": 24 * HOUR, "webhook": 24 * HOUR}
"""Seconds after which a letter is given up."""
PAUSES: Final = (5.0, 15.0, 30.0, MINUTE, 2 * MINUTE, 5 * MINUTE)
"""Seconds for which a channel rests after it could not be reached; the last one stays."""


def next_attempt(channel: Channel, *, created: float, attempts: int, now: float) -> float | None:
    """The moment of the next attempt after ``attempts`` were made; ``None``: there is none, its time is over."""
    due = now + DELAYS[min(max(attempts, 1), len(DELAYS)) - 1]
    return due if due < created + LIFETIME[channel] else None


def pause(failures: int) -> float:
    """Seconds for which a channel rests that could not be reached ``failures`` times in a row."""
    return PAUSES[min(failures, len(PAUSES)) - 1]
