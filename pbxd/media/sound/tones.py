"""Tones made: keys (ITU-T Q.23), signals and beeps."""

from __future__ import annotations

import math
from array import array
from typing import Final

from pbxd.media.sound.pcm import RATE, amplitude
from pbxd.media.telephone_event import KEYS

ROWS: Final = (697, 770, 852, 941)
COLUMNS: Final = (1209, 1336, 1477, 1633)
PAD: Final = ("123A", "456B", "789C", "*0#D")
KEY_LEVEL: Final = -10.0
"""dBFS of each of the two tones of a key."""
_RAMP: Final = RATE // 400
"""Samples of rise and fall, against clicks."""
PAIRS: Final = {key: (ROWS[row], COLUMNS[column]) for row, keys in enumerate(PAD) for column, key in enumerate(keys)}
"""The frequencies of each key, in Hz."""

assert set(PAIRS) == set(KEYS)


def tone(frequencies: tuple[float, ...], milliseconds: int, level: float = -16.0) -> bytes:
    """Sines at once, each at ``level`` dBFS; rise and fall take 2.5 ms each."""
    count = RATE * milliseconds // 1000
    peak = amplitude(level)
    steps = [2 * math.pi * frequency / RATE for frequency in frequencies]
    edge = min(_RAMP, count // 2)
    samples = array("h")
    for index in range(count):
        value = peak * sum(math.sin(step * index) for step in steps)
        outer = min(index, count - 1 - index)
        if outer < edge:
            value *= outer / edge
        samples.append(int(max(-32_768, min(32_767, value))))
    return samples.tobytes()


def key(pressed: str, milliseconds: int) -> bytes:
    """A key as it sounds. Raises ``KeyError`` for what is no key."""
    return tone(PAIRS[pressed], milliseconds, KEY_LEVEL)
