"""From a score to sound: sines with soft beginnings and long ends, in a room whose echo runs round the loop."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pbxd.speech.music.score import BAR, Piece

Signal: TypeAlias = NDArray[np.float64]

RATE: Final = 16_000
"""Samples per second: as much as a telephone with G.722 or Opus is given."""
FRAME: Final = 320
"""A loop is a whole number of frames of 20 ms, so that none is filled up with silence."""
LOUDNESS: Final = -20.0
"""LUFS (ITU-R BS.1770)."""
PEAK: Final = 0.89
"""Of full scale; nothing is louder."""
ECHO: Final = 1.6
"""Seconds until the room is silent."""
LOWEST: Final = 60.0
HIGHEST: Final = 7_000.0
"""Hz; what is beyond costs a telephone loudness and gives it nothing."""
_FOREVER: Final = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """How a note sounds."""

    partials: tuple[float, ...]
    """Amplitudes of the fundamental and its multiples."""
    attack: float
    """Seconds until it is there."""
    decay: float
    """Seconds in which it falls to a third while it is held."""
    release: float
    """Seconds in which it falls to a third afterwards."""
    chorus: float = 0.0
    """How far two more voices are out of tune, as a share of the frequency."""
    swell: float = 0.0
    """Depth of a slow tremolo."""


INSTRUMENTS: Final = {
    "strings": Instrument(
        partials=(1.0, 0.45, 0.25, 0.12, 0.06), attack=0.5, decay=_FOREVER, release=0.5, chorus=0.0022, swell=0.12
    ),
    "bass": Instrument(partials=(1.0, 0.5, 0.18, 0.06), attack=0.02, decay=1.8, release=0.12),
    "harp": Instrument(partials=(1.0, 0.3, 0.12, 0.05, 0.02), attack=0.004, decay=0.7, release=0.5),
    "piano": Instrument(partials=(1.0, 0.38, 0.06, 0.1, 0.02), attack=0.008, decay=1.3, release=0.3, swell=0.08),
    "bells": Instrument(partials=(1.0, 0.12, 0.3, 0.02, 0.06), attack=0.003, decay=0.8, release=0.25),
}


def performed(piece: Piece) -> Signal:
    """A piece as a loop at :data:`RATE`, with full scale at 1."""
    seconds = piece.bars * BAR * 60 / piece.tempo
    length = round(seconds * RATE / FRAME) * FRAME
    beat = length / (piece.bars * BAR)
    loop = np.zeros(length)
    for part in piece.parts:
        made: dict[tuple[int, float], Signal] = {}
        for note in part.notes:
            key = note.pitch, note.length
            if key not in made:
                made[key] = part.level * _sounding(INSTRUMENTS[part.instrument], note.pitch, note.length * beat / RATE)
            _add(loop, round(note.start * beat), note.strength * made[key])
    return _levelled(_in_a_room(loop, piece.room))


def _add(loop: Signal, start: int, sound: Signal) -> None:
    """What reaches beyond the end goes on at the beginning."""
    place = start % len(loop)
    while len(sound):
        piece = sound[: len(loop) - place]
        loop[place : place + len(piece)] += piece
        sound, place = sound[len(piece) :], 0


def _sounding(how: Instrument, pitch: int, held: float) -> Signal:
    """One note, held for so many seconds."""
    time = np.arange(round((held + 5 * how.release) * RATE)) / RATE
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    voices = (1 - how.chorus, 1.0, 1 + how.chorus) if how.chorus else (1.0,)
    sound = np.zeros(len(time))
    for voice in voices:
        for number, amplitude in enumerate(how.partials, 1):
            at = frequency * voice * number
            if at < HIGHEST:
                # Upper partials die sooner, as those of strings do.
                sound += amplitude * np.exp(-time * (number - 1) / (2 * how.decay)) * np.sin(2 * np.pi * at * time)
    envelope = (1 - np.exp(-4 * time / how.attack)) * np.exp(-time / how.decay)
    envelope *= np.where(time < held, 1.0, np.exp(-(time - held) / how.release))
    envelope *= 1 + how.swell * np.sin(2 * np.pi * 0.9 * time)
    envelope *= np.minimum(1.0, (time[-1] - time) / 0.02)
    # High notes carry further than low ones.
    note: Signal = sound * envelope * ((440 / frequency) ** 0.3 / len(voices))
    return note


def _in_a_room(loop: Signal, share: float) -> Signal:
    """With echo, and without what a telephone does not carry. Both by spectra, so that they run round the loop."""
    noise = np.random.default_rng(1).standard_normal(round(ECHO * RATE))
    walls = noise * np.exp(-np.arange(len(noise)) / (ECHO * RATE / 5))
    walls /= np.sqrt(np.sum(walls**2))
    frequencies = np.fft.rfftfreq(len(loop), 1 / RATE)
    soft = 1 / np.sqrt(1 + (frequencies / 2_500) ** 2)
    spectrum = np.fft.rfft(loop)
    spectrum *= 1 + share * soft * np.fft.rfft(walls, len(loop))
    low = np.divide(frequencies, LOWEST)
    spectrum *= low**2 / np.sqrt(1 + low**4)
    spectrum /= np.sqrt(1 + (frequencies / HIGHEST) ** 8)
    return np.fft.irfft(spectrum, len(loop))


def _levelled(loop: Signal) -> Signal:
    """At :data:`LOUDNESS`, as far as the highest peak lets it."""
    gain = 10 ** ((LOUDNESS - loudness(loop)) / 20)
    return loop * min(gain, PEAK / float(np.max(np.abs(loop))))


def loudness(loop: Signal) -> float:
    """LUFS of a loop without pauses: the K-weighted power (ITU-R BS.1770), by its spectrum."""
    power = np.abs(np.fft.rfft(loop)) ** 2 * _weight(np.fft.rfftfreq(len(loop), 1 / RATE))
    return float(-0.691 + 10 * np.log10(2 * np.sum(power) / len(loop) ** 2))


def _weight(frequencies: NDArray[np.floating]) -> Signal:
    """Power response of the two filters of BS.1770 as analogue ones: +4 dB above 1.7 kHz, and a high-pass."""
    s = 1j * frequencies / 1681.97
    shelf = (1.5849 * s**2 + 1.2589 / 0.7072 * s + 1) / (s**2 + s / 0.7072 + 1)
    p = 1j * frequencies / 38.135
    high = p**2 / (p**2 + p / 0.5003 + 1)
    weight: Signal = np.abs(shelf * high) ** 2
    return weight


def write(path: Path, loop: Signal) -> None:
    """As a WAV file of 16 bits. Raises :class:`OSError`."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(loop * 32_767).astype("<i2").tobytes())
