"""Sound files, read into samples and made from recordings, by FFmpeg's libraries (PyAV). Slow: for a thread."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import av

from pbxd.media.sound.pcm import RATE, WIDTH

LONGEST: Final = 3600
"""Seconds of one file that are read; more is left out."""
_CODECS: Final = {".flac": ("flac", "s16"), ".opus": ("libopus", "s16")}


class UnreadableSound(Exception):
    """A file that is missing or holds no sound that we know."""


def read(path: Path) -> bytes:
    """All of a WAV, FLAC, MP3 or OGG file as mono samples at :data:`RATE`. Raises :class:`UnreadableSound`."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    made = bytearray()
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(audio=0):
                for each in resampler.resample(frame):
                    made += bytes(each.planes[0])[: each.samples * WIDTH]
                if len(made) > LONGEST * RATE * WIDTH:
                    break
        for each in resampler.resample(None):
            made += bytes(each.planes[0])[: each.samples * WIDTH]
    except (av.FFmpegError, OSError, IndexError, ValueError) as error:
        raise UnreadableSound(f"{path}: {error}") from error
    return bytes(made)


def convert(path: Path, to: Path) -> None:
    """Make a ``.flac`` or ``.opus`` (Ogg) of a recording; both channels stay.

    ``to`` appears when it is complete. Raises :class:`UnreadableSound`, and ``KeyError`` for another suffix.
    """
    codec, samples = _CODECS[to.suffix]
    partial = to.with_name(f".{to.name}")
    try:
        with av.open(str(path)) as source, av.open(str(partial), "w", format=to.suffix[1:]) as target:
            track = source.streams.audio[0]
            made = target.add_stream(codec, rate=track.rate)
            assert isinstance(made, av.AudioStream)
            made.layout, made.format = track.layout, samples
            for frame in source.decode(track):
                frame.pts = None
                target.mux(made.encode(frame))
            target.mux(made.encode(None))
        partial.replace(to)
    except (av.FFmpegError, OSError, IndexError, ValueError) as error:
        partial.unlink(missing_ok=True)
        raise UnreadableSound(f"{path}: {error}") from error
