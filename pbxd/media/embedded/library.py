"""Sounds that are played, as payloads made ahead: one prompt played to a hundred parties is encoded once."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Final

from pbxd.media.engine import Format
from pbxd.media.sound import codecs, files, tones
from pbxd.media.sound.pcm import FRAME, FRAME_TIME, SILENCE
from pbxd.media.sounds import File, Key, Pause, Sound, Tone

CAPACITY: Final = 64 << 20
"""Bytes of samples that are kept for the next time."""
PIECE: Final = 50
"""Frames that are encoded at a time: a second."""
_PRIMED: Final = 5
"""Frames from its end that the encoder of a repeated sound hears first, so that the seam is like any other moment."""


class Encoding:
    """One sound in one format, as far as it was made."""

    def __init__(self, samples: bytes, format_: Format, *, repeat: bool) -> None:
        self._samples = samples
        self._encoder = codecs.encoder(format_)
        self.frames = -(-len(samples) // FRAME)
        """Of the whole sound."""
        self.payloads: list[bytes] = []
        """Those made so far, from the first."""
        self.busy = False
        """Whether somebody is making more."""
        if repeat:
            for frame in range(max(0, self.frames - _PRIMED), self.frames):
                self._encode(frame)

    def extend(self) -> None:
        """Make another piece. In a thread, by one at a time."""
        done = len(self.payloads)
        for frame in range(done, min(done + PIECE, self.frames)):
            self.payloads.append(self._encode(frame))

    def _encode(self, frame: int) -> bytes:
        return self._encoder.encode(self._samples[frame * FRAME : (frame + 1) * FRAME].ljust(FRAME, b"\0"))


class Clip:
    """One sound."""

    def __init__(self, samples: bytes) -> None:
        self.samples = samples
        self._encodings: dict[tuple[str, bool], Encoding] = {}

    def encoding(self, format_: Format, *, repeat: bool) -> Encoding:
        """The sound in a format; shared by everybody who plays it."""
        key = format_.encoding.lower(), repeat
        found = self._encodings.get(key)
        if found is None:
            found = self._encodings[key] = Encoding(self.samples, format_, repeat=repeat)
        return found


class Library:
    """The sounds played lately. Used in one thread at a time."""

    def __init__(self) -> None:
        self._clips: OrderedDict[tuple[Sound, int, int], Clip] = OrderedDict()

    def clip(self, sound: Sound) -> Clip:
        """Read or make a sound; slow. A file that was replaced is read anew.

        Raises :class:`pbxd.media.sound.files.UnreadableSound`, and ``KeyError`` for a key that is none.
        """
        key = (sound, *_version(sound))
        clip = self._clips.pop(key, None) or Clip(_samples(sound))
        self._clips[key] = clip
        held = sum(len(each.samples) for each in self._clips.values())
        while held > CAPACITY and len(self._clips) > 1:
            _, oldest = self._clips.popitem(last=False)
            held -= len(oldest.samples)
        return clip


def _version(sound: Sound) -> tuple[int, int]:
    if not isinstance(sound, File):
        return 0, 0
    try:
        status = Path(sound.path).stat()
    except OSError as error:
        raise files.UnreadableSound(f"{sound.path}: {error.strerror}") from error
    return status.st_mtime_ns, status.st_size


def _samples(sound: Sound) -> bytes:
    match sound:
        case File(path=path):
            return files.read(Path(path))
        case Tone(frequencies=frequencies, milliseconds=milliseconds, level=level):
            return tones.tone(frequencies, milliseconds, level)
        case Key(key=key, milliseconds=milliseconds):
            return tones.key(key, milliseconds)
        case Pause(milliseconds=milliseconds):
            return SILENCE * round(milliseconds / 1000 / FRAME_TIME)
