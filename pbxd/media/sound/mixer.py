"""Many parties in one room: each hears the sum of all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from pbxd.media.sound.pcm import SAMPLES, SILENCE, level

CEILING: Final = 29_000.0
"""Peak that a sum is held below, by turning it down and never by cutting it off."""
GATE: Final = -52.0
"""dBFS below which a party is not mixed in, so that the noise of thirty rooms does not add up."""
HANGOVER: Final = 15
"""Frames that a party stays mixed in after it fell below: words end softly."""
LOUDEST: Final = 6
"""Parties that are mixed in at once at the most; nobody understands more, and each brings its noise."""
_RECOVERY: Final = 1.02
"""Factor per frame by which what was turned down comes back."""

NOBODY_WHISPERS: Final[Mapping[Any, frozenset[Any]]] = {}
NOTHING: Final[NDArray[np.float32]] = np.zeros(SAMPLES, np.float32)

Party = TypeVar("Party")


class Mixer(Generic[Party]):
    """The sums of one room, frame by frame."""

    __slots__ = ("_awake", "_gains")

    def __init__(self) -> None:
        self._awake: dict[Party, int] = {}
        """Frames that a party is still mixed in."""
        self._gains: dict[Party | None, float] = {}
        """Of the sum that somebody hears; ``None``: of the sum of all, which listeners hear."""

    @property
    def speaking(self) -> frozenset[Party]:
        """Who is mixed in."""
        return frozenset(self._awake)

    def mix(
        self, frames: Mapping[Party, bytes | None], whispers: Mapping[Party, frozenset[Party]] = NOBODY_WHISPERS
    ) -> dict[Party, bytes]:
        """What each hears, of what each says (``None``: nothing came); whoever is not named is not in the room.

        ``whispers`` says who is heard by these only.
        """
        speakers = self._speakers(frames)
        if not speakers:
            self._gains.clear()
            return dict.fromkeys(frames, SILENCE)
        waves = {party: np.frombuffer(frames[party] or SILENCE, np.int16).astype(np.float32) for party in speakers}
        aloud = {party: wave for party, wave in waves.items() if party not in whispers}
        whole: NDArray[np.float32] = np.sum([NOTHING, *aloud.values()], axis=0, dtype=np.float32)
        everything = self._limited(None, whole)
        heard = dict.fromkeys(frames, everything)
        own = {party: whole - wave for party, wave in aloud.items()}
        for party, wave in waves.items():
            for hearer in whispers.get(party, frozenset()) & frames.keys():
                own[hearer] = own.get(hearer, whole) + wave
        for party, wave in own.items():
            heard[party] = self._limited(party, wave)
        self._gains = {who: gain for who, gain in self._gains.items() if who is None or who in own}
        return heard

    def _speakers(self, frames: Mapping[Party, bytes | None]) -> list[Party]:
        loudness: dict[Party, float] = {}
        awake: dict[Party, int] = {}
        for party, frame in frames.items():
            if frame is None:
                continue
            loudness[party] = level(frame)
            left = HANGOVER if loudness[party] > GATE else self._awake.get(party, 0) - 1
            if left > 0:
                awake[party] = left
        chosen = list(awake)
        if len(chosen) > LOUDEST:
            # Whoever speaks already is worth 6 dB, so that two of the same loudness don't take turns every frame.
            chosen.sort(key=lambda party: loudness[party] + 6 * (party in self._awake), reverse=True)
            awake = {party: awake[party] for party in chosen[:LOUDEST]}
        self._awake = awake
        return list(awake)

    def _limited(self, who: Party | None, wave: NDArray[np.float32]) -> bytes:
        before = self._gains.get(who, 1.0)
        peak = float(np.abs(wave).max())
        gain = min(1.0, before * _RECOVERY, CEILING / peak if peak else 1.0)
        self._gains[who] = gain
        if gain < 1.0 or before < 1.0:
            # From the gain before to this one within the frame, but never over the ceiling.
            slope = np.linspace(before, gain, SAMPLES, dtype=np.float32)
            wave = (wave * slope).clip(-CEILING, CEILING)
        made: bytes = wave.astype(np.int16).tobytes()
        return made
