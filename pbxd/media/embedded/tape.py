"""A recording that goes on: frames of one or two parties, written once a second by a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pbxd.media.embedded.ear import Ear
from pbxd.media.engine import Ending, Recorded
from pbxd.media.sound.hearing import SilenceDetector
from pbxd.media.sound.pcm import FRAME_TIME, RATE, SILENCE
from pbxd.media.sound.wav import WavFile, interleaved
from pbxd.media.sounds import Recording

WRITTEN: Final = 0.5
"""Seconds of sound after which what there is is written: with the time that writing takes, less than a second is at
risk when the process is killed."""


class Tape:
    """A member of the metronome. ``ears`` are one or two; ``over`` is told when it ended by itself."""

    def __init__(self, ears: tuple[Ear, ...], recording: Recording, over: Callable[[Tape], None]) -> None:
        self.ears = ears
        self.ending = Ending.ASKED
        """Why it ended, once it has."""
        self._recording = recording
        self._over = over
        self._waiting: list[bytes] = []
        self._frames = 0
        self._silence = SilenceDetector()
        self._file: WavFile | None = None
        self._writing: asyncio.Future[None] | None = None
        self._ended: asyncio.Future[Recorded | None] | None = None

    def beat(self, beat: int, due: float) -> None:
        """Take the next frame of each."""
        frames = [ear.frame or SILENCE for ear in self.ears]
        self._waiting.append(frames[0] if len(frames) == 1 else interleaved(*frames))
        self._frames += 1
        if len(self._waiting) * FRAME_TIME >= WRITTEN or self._frames == 1:
            self._flush()
        if self._recording.longest is not None and self._frames * FRAME_TIME >= self._recording.longest:
            self._end(Ending.LENGTH)
        elif self._recording.quiet is not None:
            self._silence.feed(frames[0])
            if self._silence.quiet_for >= self._recording.quiet:
                self._end(Ending.SILENCE)

    def failed(self, error: Exception) -> None:
        self._end(Ending.FAILED)

    def _end(self, ending: Ending) -> None:
        self.ending = ending
        self._over(self)

    def _flush(self) -> None:
        if self._writing is None and self._waiting:
            block, self._waiting = b"".join(self._waiting), []
            self._writing = asyncio.get_running_loop().run_in_executor(None, self._write, block)
            self._writing.add_done_callback(self._written)

    def _write(self, block: bytes) -> None:
        if self._file is None:
            self._file = WavFile(Path(self._recording.path), rate=RATE, channels=len(self.ears))
        self._file.append(block)

    def _written(self, writing: asyncio.Future[None]) -> None:
        self._writing = None
        error = writing.exception()
        if self._ended is not None:
            self._finish()
        elif error is not None:
            self._end(Ending.FAILED)

    def end(self) -> asyncio.Future[Recorded | None]:
        """Take no more, and be done when the disk has everything. Called once."""
        self._ended = asyncio.get_running_loop().create_future()
        if self._writing is None:
            self._finish()
        return self._ended

    def _finish(self) -> None:
        block, self._waiting = b"".join(self._waiting), []
        closing = asyncio.get_running_loop().run_in_executor(None, self._close, block)
        closing.add_done_callback(self._closed)

    def _close(self, block: bytes) -> float:
        """In a thread: the seconds that are on disk."""
        if block and self.ending is not Ending.FAILED:
            self._write(block)
        if self._file is None:
            return 0.0
        seconds = self._file.seconds
        self._file.close()
        return seconds

    def _closed(self, closing: asyncio.Future[float]) -> None:
        error = closing.exception()
        ending = Ending.FAILED if error is not None else self.ending
        seconds = 0.0 if error is not None else closing.result()
        assert self._ended is not None
        if not self._ended.done():
            port = self.ears[0].port.id
            self._ended.set_result(Recorded(port=port, ticket=self._recording.ticket, seconds=seconds, ending=ending))
