"""Sound that a test can recognise: two tones in turns, and what became of them at the far end.

Every half second the pitch changes between a voice's low and high tone. A piece that was lost or put in on the way
makes one turn shorter or longer than half a second, wherever it happens; a constant tone would hide it.
"""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

TURN = 0.5
"""Seconds of one tone."""
AMPLITUDE = 8000
"""Of 32768: about -12 dBFS, and -15 dBm0."""
WINDOW = 0.02
STEP = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A phone's two tones, in hertz; voices of different phones share none."""

    low: float
    high: float

    def speak(self, seconds: float, rate: int) -> array[int]:
        """Samples of this voice, 16 bits each."""
        return array(
            "h",
            (
                round(
                    AMPLITUDE
                    * math.sin(2 * math.pi * (self.high if n / rate % (2 * TURN) >= TURN else self.low) * n / rate)
                )
                for n in range(int(seconds * rate))
            ),
        )

    def write(self, path: Path, *, seconds: float, rate: int = 8000) -> None:
        """Write a WAV file of this voice."""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(self.speak(seconds, rate).tobytes())


ANNAS = Voice(low=440, high=660)
BOS = Voice(low=900, high=1350)
CORAS = Voice(low=1750, high=2300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a recording holds of one voice."""

    seconds: float
    """Length of the recording."""
    level: float
    """Median amplitude of the voice, in decibels above what was spoken."""
    turns: tuple[float, ...]
    """Lengths of the whole turns, in seconds; each should be :data:`TURN`."""

    @property
    def worst(self) -> float:
        """The longest piece, in seconds, that one turn lacks or has too much."""
        return max(abs(turn - TURN) for turn in self.turns)


def read(path: Path) -> tuple[array[int], int]:
    """The samples of a WAV file (the first channel) and their rate. A file cut off without its length is read, too."""
    data = path.read_bytes()
    channels = int.from_bytes(data[22:24], "little")
    rate = int.from_bytes(data[24:28], "little")
    start = data.index(b"data") + 8
    samples = array("h", data[start : start + (len(data) - start) // 2 * 2])
    return samples[::channels], rate


def succession(samples: array[int], rate: int, voices: Mapping[str, Voice]) -> list[tuple[str, float]]:
    """Who is heard in a recording, one after the other, and for how many seconds; between them may be silence.

    What is shorter than a window or two, where one tone becomes another, counts for nobody.
    """
    size, step = int(WINDOW * rate), int(STEP * 4 * rate)
    heard: list[str] = []
    for at in range(0, len(samples) - size, step):
        window = samples[at : at + size]
        levels = {
            name: max(strength(window, voice.low / rate), strength(window, voice.high / rate))
            for name, voice in voices.items()
        }
        loudest = max(levels, key=lambda name: levels[name])
        heard.append(loudest if levels[loudest] >= AMPLITUDE / 4 else "")
    runs = [(name, len(list(run))) for name, run in groupby(heard)]
    lasting = [(name, count) for name, count in runs if name and count > 2]
    joined = groupby(lasting, key=lambda run: run[0])
    return [(name, sum(count for _, count in run) * 4 * STEP) for name, run in joined]


def listen(samples: array[int], rate: int, voice: Voice) -> Heard:
    """Find ``voice`` in a recording. Fails where there is no full turn of it."""
    size, step = int(WINDOW * rate), int(STEP * rate)
    pitches: list[str] = []
    strengths: list[float] = []
    for at in range(0, len(samples) - size, step):
        window = samples[at : at + size]
        low, high = strength(window, voice.low / rate), strength(window, voice.high / rate)
        strongest = max(low, high)
        pitches.append("silent" if strongest < AMPLITUDE / 4 else "low" if low > high else "high")
        if strongest >= AMPLITUDE / 4:
            strengths.append(strongest)
    runs = [(pitch, len(list(run)) * STEP) for pitch, run in groupby(pitches)]
    turns = tuple(length for pitch, length in runs[1:-1])
    assert len(turns) >= 2, f"no sound of {voice} in {len(samples) / rate:.2f} s: {runs}"
    assert all({first, second} == {"low", "high"} for (first, _), (second, _) in pairwise(runs[1:-1])), runs
    level = 20 * math.log10(sorted(strengths)[len(strengths) // 2] / AMPLITUDE)
    return Heard(seconds=len(samples) / rate, level=level, turns=turns)


def strength(window: array[int], frequency: float) -> float:
    """Amplitude of one frequency (in cycles per sample) in a window: Goertzel's algorithm."""
    factor = 2 * math.cos(2 * math.pi * frequency)
    before, last = 0.0, 0.0
    for sample in window:
        before, last = last, sample + factor * last - before
    power = before * before + last * last - factor * before * last
    return 2 * math.sqrt(max(power, 0.0)) / len(window)
