"""Recordings as WAV files that are whole after every write: whatever ends the process, what was written is playable."""

from __future__ import annotations

import os
import struct
from array import array
from pathlib import Path
from typing import Final

from pbxd.media.sound.pcm import WIDTH

_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
_LARGEST: Final = 0xFFFF_FFFF - _HEADER.size
"""Bytes of sound that the format can say."""


class WavFile:
    """A file being recorded. Raises :class:`OSError` wherever the system does."""

    def __init__(self, path: Path, *, rate: int, channels: int) -> None:
        """Make the file, which must not exist."""
        self._rate, self._channels = rate, channels
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
        self._length = 0
        self._describe()

    @property
    def seconds(self) -> float:
        """Of sound so far."""
        return self._length / (self._rate * self._channels * WIDTH)

    def append(self, samples: bytes) -> None:
        """Write sound, interleaved where there are two channels, and only then say in the header that it is there."""
        samples = samples[: _LARGEST - self._length]
        done = 0
        while done < len(samples):
            done += os.pwrite(self._file, samples[done:], _HEADER.size + self._length + done)
        self._length += len(samples)
        self._describe()

    def close(self) -> None:
        """Have the disk have it, and close."""
        try:
            os.fsync(self._file)
        finally:
            os.close(self._file)

    def _describe(self) -> None:
        block = self._channels * WIDTH
        header = _HEADER.pack(
            *(b"RIFF", _HEADER.size - 8 + self._length, b"WAVE"),
            *(b"fmt ", 16, 1, self._channels, self._rate, self._rate * block, block, WIDTH * 8),
            *(b"data", self._length),
        )
        os.pwrite(self._file, header, 0)


def interleaved(left: bytes, right: bytes) -> bytes:
    """Two channels of the same length as one."""
    made = array("h", bytes(len(left) + len(right)))
    made[0::2] = array("h", left)
    made[1::2] = array("h", right)
    return made.tobytes()
