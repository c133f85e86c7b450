"""The pieces, written down. Pitches are MIDI numbers (60 is middle C), times are beats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

BAR: Final = 4
"""Beats of a bar."""
_SCALE: Final[Mapping[str, int]] = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


@dataclass(frozen=True, slots=True)
class Note:
    """One note."""

    pitch: int
    start: float
    length: float
    strength: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one instrument plays."""

    instrument: str
    level: float
    """Amplitude beside the other parts."""
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of music, to be repeated."""

    tempo: float
    """Beats per minute."""
    bars: int
    parts: tuple[Part, ...]
    room: float
    """Share of the sound that comes back from the walls."""


def pitch(name: str) -> int:
    """``c4`` is middle C, ``f#3`` and ``bb2`` have signs."""
    sign = {"#": 1, "b": -1}.get(name[1], 0)
    return 12 * (int(name[-1]) + 1) + _SCALE[name[0]] + sign


def _chords(text: str) -> list[list[int]]:
    """One chord for each bar, low to high; bars are parted by ``|``."""
    return [[pitch(name) for name in bar.split()] for bar in text.split("|")]


def _held(chords: list[list[int]]) -> Iterator[Note]:
    """Chords that are held for their bar and a little more. Without their lowest note, which is the bass's."""
    for bar, chord in enumerate(chords):
        for name in chord[1:]:
            yield Note(name, bar * BAR, BAR + 0.5)


def _bass(chords: list[list[int]], beats: tuple[float, ...]) -> Iterator[Note]:
    for bar, chord in enumerate(chords):
        for index, beat in enumerate(beats):
            until = (*beats, float(BAR))[index + 1]
            yield Note(chord[0], bar * BAR + beat, until - beat, 1.0 if index == 0 else 0.8)


def _broken(chords: list[list[int]], steps: tuple[int, ...]) -> Iterator[Note]:
    """Chords broken into eighths: which of its notes comes when; -1 is a rest."""
    for bar, chord in enumerate(chords):
        upper = [*chord[1:], *(name + 12 for name in chord[1:])]
        for index, step in enumerate(steps):
            if step >= 0:
                yield Note(upper[step], bar * BAR + index / 2, 1.5, 1.0 if index % 4 == 0 else 0.7)


def _melody(text: str) -> Iterator[Note]:
    """``g4:2 a4:1 -:1``: notes and rests with their lengths, one after the other."""
    at = 0.0
    for word in text.split():
        name, _, length = word.partition(":")
        if name != "-":
            yield Note(pitch(name), at, float(length))
        at += float(length)


def _calm() -> Piece:
    chords = _chords(
        "c2 e3 g3 b3 d4 | a1 e3 g3 c4 d4 | f2 e3 a3 c4 g4 | g2 d3 g3 b3 e4 |"
        "e2 d3 g3 b3 d4 | a1 e3 g3 b3 c4 | d2 f3 a3 c4 e4 | g2 f3 g3 c4 d4 |"
        "c2 e3 g3 b3 d4 | a1 e3 g3 c4 d4 | f2 e3 a3 c4 g4 | f2 d3 ab3 c4 f4 |"
        "e2 d3 g3 b3 d4 | a1 e3 g3 c4 e4 | d2 f3 a3 c4 e4 | g2 f3 g3 b3 d4"
    )
    melody = (
        "g4:3 e4:1 d4:2 c4:2 e4:3 g4:1 d4:4 b4:3 g4:1 a4:2 g4:2 f4:2 e4:1 c4:1 d4:4 "
        "g4:2 b4:2 c5:3 a4:1 g4:2 e4:1 c4:1 ab4:3 g4:1 g4:2 b4:2 c5:2 a4:2 a4:1 f4:1 e4:1 f4:1 d4:3 -:1"
    )
    return Piece(
        tempo=66,
        bars=len(chords),
        room=0.3,
        parts=(
            Part(instrument="strings", level=0.5, notes=tuple(_held(chords))),
            Part(instrument="bass", level=0.8, notes=tuple(_bass(chords, (0.0,)))),
            Part(instrument="harp", level=0.35, notes=tuple(_broken(chords, (0, 2, 4, 6, 5, 3, 2, -1)))),
            Part(instrument="piano", level=0.9, notes=tuple(_melody(melody))),
        ),
    )


def _bright() -> Piece:
    chords = _chords(
        "g2 d4 g4 b4 | d2 d4 f#4 a4 | e2 e4 g4 b4 | c2 e4 g4 c5 |"
        "g2 d4 g4 b4 | b1 d4 f#4 b4 | c2 e4 g4 d5 | d2 d4 f#4 a4 |"
        "g2 d4 g4 b4 | d2 d4 f#4 a4 | e2 e4 g4 b4 | c2 e4 g4 c5 |"
        "a1 c4 e4 a4 | d2 c4 f#4 a4 | g2 b3 d4 g4 | g2 c4 d4 g4 |"
        "e2 e4 g4 b4 | b1 d4 f#4 b4 | c2 e4 g4 c5 | g2 d4 g4 b4 |"
        "a1 c4 e4 a4 | c2 e4 g4 c5 | d2 d4 g4 a4 | d2 d4 f#4 a4"
    )
    melody = (
        "b4:1 d5:1 b4:1 a4:1 a4:2 f#4:1 a4:1 g4:1 b4:1 e5:2 d5:1.5 c5:0.5 g4:2 "
        "b4:1 d5:1 g5:1 d5:1 f#5:2 d5:2 e5:1 d5:1 c5:1 g4:1 a4:3 -:1 "
        "b4:1 d5:1 b4:1 a4:1 a4:2 f#4:1 a4:1 g4:1 b4:1 e5:2 d5:1.5 c5:0.5 g4:2 "
        "c5:1 e5:1 c5:1 a4:1 a4:1 d5:1 c5:1 a4:1 b4:3 -:1 g4:2 -:2 "
        "e5:2 g5:1 e5:1 d5:2 b4:2 c5:2 e5:1 c5:1 b4:2 d5:2 "
        "c5:1 a4:1 c5:1 e5:1 e5:2 c5:1 g4:1 a4:2 b4:1 g4:1 a4:3 -:1"
    )
    return Piece(
        tempo=104,
        bars=len(chords),
        room=0.18,
        parts=(
            Part(instrument="strings", level=0.25, notes=tuple(_held(chords))),
            Part(instrument="bass", level=0.8, notes=tuple(_bass(chords, (0.0, 1.5, 2.0, 3.0)))),
            Part(instrument="harp", level=0.5, notes=tuple(_broken(chords, (0, 1, 2, 3, 2, 1, 3, 2)))),
            Part(instrument="bells", level=0.55, notes=tuple(_melody(melody))),
        ),
    )


def piece(name: str) -> Piece:
    """A piece by its name. Raises ``KeyError``."""
    return {"calm": _calm, "bright": _bright}[name]()
