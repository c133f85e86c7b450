"""What one party says, decoded and made anew in a format of the other's."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from pbxd.media.embedded.ear import Ear
from pbxd.media.embedded.port import Port
from pbxd.media.embedded.voice import Speech
from pbxd.media.engine import Format, KeyPressed, Translated
from pbxd.media.sound.hearing import KeyDetector
from pbxd.media.sound.pcm import SILENCE

KEPT: Final = 2
"""Frames that sound is kept back while keys are looked for in it: when a key is sure, its beginning is still here."""


class KeyCutter:
    """Takes the keys out of a party's sound, 40 ms late.

    The first 20 ms of a tone may be left, which nobody takes for a key.
    """

    __slots__ = ("_detector", "_kept")

    def __init__(self) -> None:
        self._detector = KeyDetector()
        self._kept: deque[bytes | None] = deque([None] * KEPT)

    def feed(self, frame: bytes | None, *, made_up: bool) -> tuple[bytes | None, list[tuple[str, int]]]:
        """The next frame of what is left, and the keys that ended, with their milliseconds."""
        was_pressed = self._detector.pressed
        keys = self._detector.feed(frame or SILENCE, made_up=made_up)
        self._kept.append(frame)
        if was_pressed or self._detector.pressed or keys:
            self._kept = deque(each and SILENCE for each in self._kept)
        return self._kept.popleft(), keys


class Translation:
    """A member of the metronome."""

    def __init__(self, ear: Ear, hearer: Port, over: Callable[[Translation], None], *, keys: bool) -> None:
        """``over`` is told when it is stopped. With ``keys`` they are told and cut out."""
        self.ear = ear
        self._hearer = hearer
        self._over = over
        self._cutter = KeyCutter() if keys else None
        self._speech = Speech(hearer)
        self._told: tuple[Format | None, Format | None] = (None, None)

    def stop(self) -> None:
        """See :class:`pbxd.media.embedded.interpreter.Translation`."""
        self._over(self)

    def beat(self, beat: int, due: float) -> None:
        """Say what was said, if anything was."""
        frame = self.ear.frame
        if self._cutter is not None:
            frame, keys = self._cutter.feed(frame, made_up=self.ear.made_up)
            port = self.ear.port
            for key, milliseconds in keys:
                port.emit(KeyPressed(port=port.id, key=key, milliseconds=milliseconds))
        if frame is None:
            return
        made = self._speech.say(frame, beat, due)
        if made is not None and self._told != (self.ear.format, made):
            self._told = self.ear.format, made
            heard = self.ear.format.encoding if self.ear.format is not None else ""
            self._hearer.emit(Translated(port=self._hearer.id, heard=heard, made=made.encoding))

    def failed(self, error: Exception) -> None:
        self._hearer.fail(f"what the other party says can't be translated: {error!r}")
