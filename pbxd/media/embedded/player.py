"""A programme on its way to one party, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from pbxd.media.embedded.library import Clip, Encoding
from pbxd.media.embedded.port import Port
from pbxd.media.embedded.voice import Voice
from pbxd.media.engine import Format, Played
from pbxd.media.sounds import Programme

AHEAD: Final = 25
"""Frames that should be encoded already when one is played."""

More = Callable[[Encoding], None]


class Player:
    """A member of the metronome. ``more`` has an encoding extended, ``over`` is called after the last frame."""

    def __init__(
        self, port: Port, programme: Programme, clips: Sequence[Clip], more: More, over: Callable[[], None]
    ) -> None:
        self._port = port
        self._programme = programme
        self._clips = clips
        self._more = more
        self._over = over
        self._voice = Voice(port)
        self._format: Format | None = None
        self._encodings: list[Encoding] = []
        self._clip = self._frame = 0
        """What is played next."""

    def beat(self, beat: int, due: float) -> None:
        """Send the next frame. While the party is on hold the programme stands still."""
        format_ = self._voice.format
        if format_ is None:
            return
        if format_ != self._format:
            self._format = format_
            repeat = self._programme.repeat
            self._encodings = [clip.encoding(format_, repeat=repeat) for clip in self._clips]
        if not self._stands():
            self._over()
            self._port.emit(Played(port=self._port.id, ticket=self._programme.ticket))
            return
        self._ask_ahead()
        payloads = self._encodings[self._clip].payloads
        if self._frame < len(payloads):
            self._voice.say(payloads[self._frame], beat, due)
            self._frame += 1

    def _stands(self) -> bool:
        """Go on to the next sound that has something in it; whether there is one."""
        for _ in range(len(self._encodings) + 2):  # each, and once around
            if self._clip == len(self._encodings):
                if not self._programme.repeat:
                    return False
                self._clip = 0
            elif self._frame < self._encodings[self._clip].frames:
                return True
            else:
                self._frame = 0
                self._clip += 1
        return False

    def _ask_ahead(self) -> None:
        """Have what is played soon encoded, in the sounds to come as well."""
        needed = self._frame + AHEAD
        for encoding in self._encodings[self._clip :]:
            if len(encoding.payloads) < min(needed, encoding.frames):
                self._more(encoding)
            needed -= encoding.frames
            if needed <= 0:
                return

    def failed(self, error: Exception) -> None:
        self._port.fail(f"a programme can't be played: {error!r}")
