"""Speech as loud as all other: what engines give differs by more than 10 dB."""

from __future__ import annotations

import io
import math
import wave
from typing import Final

from pbxd.media.sound.pcm import WIDTH, amplitude, audioop
from pbxd.speech.engines.engine import Samples

SPEECH: Final = -20.0
"""dBFS of what is spoken, pauses left out; 0 is a full-scale sine."""
PEAK: Final = -1.5
"""dBFS that no sample exceeds."""
LEAD: Final = 0.04
"""Seconds of silence that are left before the first word."""
TAIL: Final = 0.16
"""Seconds of silence that are left after the last word."""
_FRAME: Final = 0.02
_BELOW: Final = 25.0
"""dB below the loudest frame at which a frame is a pause."""


def levelled(samples: Samples) -> bytes:
    """As a WAV file: levelled, and without the silence before and after."""
    size = round(samples.rate * _FRAME) * WIDTH
    frames = [samples.data[start : start + size] for start in range(0, len(samples.data), size)]
    powers = [audioop.rms(frame, WIDTH) ** 2 for frame in frames]
    loud = max(powers, default=0) / 10 ** (_BELOW / 10)
    spoken = [index for index, power in enumerate(powers) if power > loud]
    if not spoken:
        return _wav(b"", samples.rate)
    mean = math.sqrt(sum(powers[index] for index in spoken) / len(spoken))
    wanted = amplitude(SPEECH) / math.sqrt(2)
    most = amplitude(PEAK) / audioop.max(samples.data, WIDTH)
    first = max(0, spoken[0] - round(LEAD / _FRAME))
    last = min(len(frames), spoken[-1] + 1 + round(TAIL / _FRAME))
    return _wav(audioop.mul(b"".join(frames[first:last]), WIDTH, min(wanted / mean, most)), samples.rate)


def _wav(data: bytes, rate: int) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(WIDTH)
        file.setframerate(rate)
        file.writeframes(data)
    return made.getvalue()
