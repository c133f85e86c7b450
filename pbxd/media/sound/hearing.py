"""Listening: keys in the sound itself, single tones, silence. Each takes frames and says what it found."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pbxd.media.sound.pcm import FRAME_TIME, RATE, SAMPLES, SILENCE, WIDTH, level
from pbxd.media.sound.tones import COLUMNS, PAD, ROWS

WINDOW: Final = 400
"""Samples (25 ms) that a spectrum is taken of: neighbours of a key's tones, 73 Hz away, fall into its first zeros."""
HOP: Final = 160
"""Samples (10 ms) from one spectrum to the next."""
QUIETEST: Final = -38.0
"""dBFS of the weaker tone of a key."""
TWIST: Final = 10.0
"""dB that one tone of a key may be louder than the other (ITU-T Q.24 asks for 4 to 8)."""
PURITY: Final = 0.8
"""Share of the whole power that the two tones of a key must have: a voice has its power elsewhere, too."""
OFF: Final = (0.988, 1.0, 1.012)
"""Factors at which each tone of a key is looked for: phones may be off by 1.5 % (ITU-T Q.24)."""
_CONFIRMED, _RELEASED = 3, 2
"""Spectra in a row that begin and end a key."""
_DOUBTED = 3
"""Spectra after sound that was lost, in which one fewer begins a key: of the key's own 60 ms, 20 may be missing."""
_DOUBTED_PURITY: Final = 0.7
"""As :data:`PURITY`, beside sound that was lost: what was made up fades into what follows."""
_FORMER: Final = 0.6, 0.2
"""Share of a frame's two windows that is of the frame before."""


class Spectrum:
    """Power at chosen frequencies, as Goertzel's algorithm has it, by one product of matrices for all of them."""

    __slots__ = ("_matrix", "_window")

    def __init__(self, frequencies: tuple[float, ...]) -> None:
        steps = np.arange(WINDOW) / RATE
        self._matrix = np.exp(-2j * np.pi * np.outer(frequencies, steps)).astype(np.complex64)

    def powers(self, window: NDArray[np.float32]) -> tuple[list[float], float]:
        """Of each frequency and of everything, as mean squares; full scale is 0.5."""
        values = self._matrix @ window
        powers = (values.real**2 + values.imag**2) * (2 / WINDOW**2)
        return powers.tolist(), float(window @ window) / WINDOW


class Windows:
    """Cuts frames into overlapping windows, from -1 to 1."""

    __slots__ = "_kept"

    def __init__(self) -> None:
        self._kept: NDArray[np.float32] = np.zeros(WINDOW - HOP, np.float32)

    def feed(self, frame: bytes) -> list[NDArray[np.float32]]:
        """The windows that a frame completes."""
        wave = np.concatenate((self._kept, np.frombuffer(frame, np.int16) * np.float32(1 / 32_768)))
        count = (len(wave) - WINDOW) // HOP + 1
        self._kept = wave[count * HOP :]
        return [wave[start * HOP : start * HOP + WINDOW] for start in range(count)]


class KeyDetector:
    """In-band keys. A key is told when it is let go, with how long it lasted."""

    __slots__ = ("_candidate", "_doubt", "_hits", "_made_up", "_misses", "_pressed", "_spectrum", "_windows")

    def __init__(self) -> None:
        self._spectrum = Spectrum(tuple(tone * off for tone in ROWS + COLUMNS for off in OFF))
        self._windows = Windows()
        self._candidate: str | None = None
        self._pressed: str | None = None
        self._hits = self._misses = 0
        self._doubt = 0
        self._made_up = False
        """Whether the frame before was."""

    @property
    def pressed(self) -> bool:
        """Whether a key is sure and was not let go yet."""
        return self._pressed is not None

    def feed(self, frame: bytes, *, made_up: bool = False) -> list[tuple[str, int]]:
        """Keys that ended in this frame, and their milliseconds.

        What was ``made_up`` in place of a lost packet says neither that a key goes on nor that it ended: it is left
        out of the windows that are mostly of something else, and the others are passed over.
        """
        found = []
        for window, former in zip(self._windows.feed(SILENCE if made_up else frame), _FORMER, strict=True):
            there = 1.0 - former * self._made_up - (1.0 - former) * made_up
            if there < 1.0:
                self._doubt = _DOUBTED
            if there < 0.5:
                continue
            ended = self._step(self._key(window, PURITY if there == 1.0 else _DOUBTED_PURITY * there))
            self._doubt = max(0, self._doubt - 1)
            if ended is not None:
                found.append(ended)
        self._made_up = made_up
        return found

    def _step(self, heard: str | None) -> tuple[str, int] | None:
        if self._pressed is not None:
            if heard == self._pressed:
                self._hits += 1 + self._misses
                self._misses = 0
                return None
            self._misses += 1
            if self._misses < _RELEASED:
                return None
            ended = self._pressed, round((self._hits - 1) * HOP * 1000 / RATE + WINDOW * 1000 / RATE)
            self._pressed, self._candidate, self._hits = None, heard, int(heard is not None)
            return ended
        if heard != self._candidate:
            self._candidate, self._hits = heard, 0
        self._hits += 1
        if heard is not None and self._hits >= _CONFIRMED - bool(self._doubt):
            self._pressed, self._misses = heard, 0
        return None

    def _key(self, window: NDArray[np.float32], purity: float) -> str | None:
        powers, whole = self._spectrum.powers(window)
        least = 0.5 * 10 ** (QUIETEST / 10)
        if whole < 2 * least:
            return None
        best = [max(powers[at : at + len(OFF)]) for at in range(0, len(powers), len(OFF))]
        rows, columns = best[:4], best[4:]
        row, column = max(rows), max(columns)
        if min(row, column) < least or max(row, column) > min(row, column) * 10 ** (TWIST / 10):
            return None
        if row + column < purity * whole:
            return None
        return PAD[rows.index(row)][columns.index(column)]


class ToneDetector:
    """One single tone of one frequency, such as a fax's 1100 Hz or a busy signal's 425 Hz."""

    __slots__ = ("_lasted", "_spectrum", "_told", "_wanted", "_windows")

    def __init__(self, frequency: float, milliseconds: int) -> None:
        self._spectrum = Spectrum((frequency,))
        self._windows = Windows()
        self._wanted = milliseconds
        self._lasted = 0
        self._told = False

    def feed(self, frame: bytes) -> bool:
        """Whether the tone has just lasted long enough; said once per tone."""
        for window in self._windows.feed(frame):
            (power,), whole = self._spectrum.powers(window)
            if power < 0.5 * 10 ** (QUIETEST / 10) or power < PURITY * whole:
                self._lasted, self._told = 0, False
                continue
            self._lasted += HOP * 1000 // RATE
            if self._lasted >= self._wanted and not self._told:
                self._told = True
                return True
        return False


class SilenceDetector:
    """Whether a party says nothing: quieter than a threshold that lies above its own background."""

    ABOVE: Final = 9.0
    """dB over the background that count as a voice."""
    QUIET: Final = -55.0
    """dBFS below which nothing is a voice."""
    LOUD: Final = -30.0
    """dBFS above which everything is one, however loud the background."""

    __slots__ = ("_background", "quiet_for", "spoke")

    def __init__(self) -> None:
        self._background = self.QUIET
        self.quiet_for = 0.0
        """Seconds since a voice was heard last, or since the beginning."""
        self.spoke = False
        """Whether a voice was ever heard."""

    def feed(self, frame: bytes) -> None:
        """Take in the next frame."""
        loudness = level(frame)
        threshold = min(self.LOUD, max(self.QUIET, self._background + self.ABOVE))
        # Down at once, up by 2 dB a second: a background rises slowly, and words have pauses.
        self._background = min(loudness, self._background + 2 * FRAME_TIME)
        if loudness > threshold:
            self.quiet_for, self.spoke = 0.0, True
        else:
            self.quiet_for += len(frame) / WIDTH / SAMPLES * FRAME_TIME
