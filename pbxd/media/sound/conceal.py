"""Making up what was lost, and silence that is not dead: both from what was heard last."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.random import default_rng  # which numpy would import at the first use
from numpy.typing import NDArray

from pbxd.media.sound.pcm import RATE, WIDTH, level

LONGEST: Final = 0.06
"""Seconds over which made-up sound fades away."""
_SHORTEST_PERIOD, _LONGEST_PERIOD = RATE // 400, RATE // 66
_HISTORY: Final = 2 * _LONGEST_PERIOD
_BLEND: Final = RATE // 400
"""Samples (2.5 ms) over which what comes back takes over from what was made up."""


class Concealer:
    """Repeats the last period of a voice, ever softer, in the manner of ITU-T G.711 Appendix I."""

    __slots__ = ("_made", "_past", "_period")

    def __init__(self) -> None:
        self._past: NDArray[np.float32] = np.zeros(_HISTORY, np.float32)
        self._period: NDArray[np.float32] | None = None
        self._made = 0
        """Samples made up since the last that came."""

    def came(self, samples: bytes) -> bytes:
        """Take in what came, and give it as it is to be played: blended with what was made up before it."""
        wave = np.frombuffer(samples, np.int16).astype(np.float32)
        if self._period is not None and len(wave) >= _BLEND:
            rise = np.linspace(0, 1, _BLEND, dtype=np.float32)
            wave[:_BLEND] = wave[:_BLEND] * rise + self._more(_BLEND) * (1 - rise)
            samples = wave.astype(np.int16).tobytes()
        self._period, self._made = None, 0
        self._past = np.concatenate((self._past, wave))[-_HISTORY:]
        return samples

    def make(self, count: int) -> bytes:
        """``count`` samples in place of what did not come."""
        return self._more(count).astype(np.int16).tobytes()

    def _more(self, count: int) -> NDArray[np.float32]:
        if self._period is None:
            self._period = self._past[-self._pitch() :]
        steps = np.arange(self._made, self._made + count)
        self._made += count
        fade = np.clip(1 - steps / (LONGEST * RATE), 0, 1).astype(np.float32)
        made: NDArray[np.float32] = self._period[steps % len(self._period)] * fade
        return made

    def _pitch(self) -> int:
        """The lag at which what came last is most like itself."""
        recent = self._past[-_LONGEST_PERIOD:]
        # Windows that begin from the longest to the shortest period before the recent one; the last few samples
        # of the recent one stand for it, so that all windows lie in the past.
        pattern = recent[-_SHORTEST_PERIOD * 2 :]
        field = self._past[-(_LONGEST_PERIOD + len(pattern)) : -_SHORTEST_PERIOD]
        likeness = np.correlate(field, pattern, "valid")
        squares = np.concatenate(([0.0], np.cumsum(field * field, dtype=np.float64)))
        energy = squares[len(pattern) :] - squares[: -len(pattern)]
        best = int(np.argmax(likeness / np.sqrt(energy + 1.0)))
        return len(likeness) - 1 - best + _SHORTEST_PERIOD


class ComfortNoise:
    """Soft noise as loud as the background of the party, so that a pause does not sound like a dead line.

    The level is the quietest of the last seconds, at the most :data:`CEILING`.
    """

    CEILING: Final = -50.0
    """dBFS."""
    LOUDEST: Final = -30.0
    """dBFS, whatever a party says of itself."""
    FLOOR: Final = -75.0
    """dBFS; below, silence is left silent."""

    __slots__ = ("_level", "_random")

    def __init__(self, seed: int = 1) -> None:
        self._random = default_rng(seed)
        self._level = self.CEILING

    @property
    def level(self) -> float:
        """dBFS of the noise that is made."""
        return self._level

    def heard(self, frame: bytes) -> None:
        """Learn from a frame of the party's: down at once, up by 3 dB a second."""
        self._level = min(level(frame), self._level + 0.06, self.CEILING)

    def told(self, level: int) -> None:
        """Take the party's word for how loud its background is between 0 and 4 kHz, in dBov (RFC 3389 3.1).

        A square wave has 0 dBov, which is 3 dB more than a sine, and half of the noise made here is above 4 kHz.
        """
        self._level = min(level + 6.0, self.LOUDEST)

    def make(self, count: int) -> bytes:
        """``count`` samples."""
        if self._level <= self.FLOOR:
            return bytes(count * WIDTH)
        power = 32_768 / 2**0.5 * 10 ** (self._level / 20)
        made: bytes = (self._random.standard_normal(count) * power).clip(-32_768, 32_767).astype("int16").tobytes()
        return made
