"""What an engine can be asked to play, to record and to listen for: plain values, as they go to another process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType, TypeAlias

MixId = NewType("MixId", int)
"""A conference room in the engine; whoever asks chooses the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A sound file: WAV, FLAC, MP3 or OGG."""

    path: str
    """Absolute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """Sines at the same time."""

    frequencies: tuple[float, ...]
    """Hz."""
    milliseconds: int
    level: float = -16.0
    """dBFS of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as a sound (ITU-T Q.23), for those who understand no other form of it."""

    key: str
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing, for a while."""

    milliseconds: int


Sound: TypeAlias = File | Tone | Key | Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Sounds one after the other."""

    ticket: int
    """Comes back in :class:`pbxd.media.engine.Played`."""
    sounds: tuple[Sound, ...]
    repeat: bool = False
    """From the beginning again, without a gap, until something else is to be heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A WAV file to be made of what a party says, 16-bit at 16 kHz; playable up to its last second at any moment."""

    ticket: int
    """Comes back in :class:`pbxd.media.engine.Recorded`."""
    path: str
    """Absolute, of a file that does not exist."""
    beside: int | None = None
    """Port whose party is recorded beside this one, as a second channel."""
    longest: float | None = None
    """Seconds after which it ends by itself."""
    quiet: float | None = None
    """Seconds of silence after which it ends by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What to listen for; nothing by default."""

    keys: bool = False
    """Keys: named events, and their sound where the party has not agreed to send events."""
    quiet: float | None = None
    """Seconds of silence to tell; then its end is told, too."""
    tones: tuple[float, ...] = ()
    """Frequencies in Hz."""
    tone_milliseconds: int = 400
    """How long a tone must last."""
