"""Frames of samples: signed 16-bit, mono, in the machine's byte order, 20 ms at 16 kHz."""

from __future__ import annotations

import math
import warnings
from typing import Final

with warnings.catch_warnings():
    # Deprecated where it is still the standard library's; from 3.13 on audioop-lts is the same module.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop as audioop

RATE: Final = 16_000
"""Samples per second of everything that is mixed, recorded or listened to."""
WIDTH: Final = 2
"""Bytes per sample."""
FRAME_TIME: Final = 0.02
"""Seconds per frame."""
SAMPLES: Final = 320
"""Samples per frame."""
FRAME: Final = SAMPLES * WIDTH
"""Bytes per frame."""
SILENCE: Final = bytes(FRAME)
"""A frame of nothing."""
FLOOR: Final = -96.0
"""dBFS; what is quieter, digital silence included, is said to be this loud."""
_FULL: Final = 32_768 / math.sqrt(2)


def level(samples: bytes) -> float:
    """Loudness in dBFS, where 0 is a full-scale sine."""
    power = audioop.rms(samples, WIDTH)
    return max(FLOOR, 20 * math.log10(power / _FULL)) if power else FLOOR


def amplitude(dbfs: float) -> float:
    """Peak of a sine of this level, in sample units."""
    return float(32_767 * 10 ** (dbfs / 20))
