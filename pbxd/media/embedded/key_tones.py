"""Keys as tones to one party, for one that has agreed to no other form of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from pbxd.media.embedded.keyboard import MOST_WAITING, SHORTEST
from pbxd.media.embedded.port import Port
from pbxd.media.embedded.voice import Speech
from pbxd.media.sound import tones
from pbxd.media.sound.pcm import FRAME, SILENCE

LONGEST: Final = 400
"""Milliseconds of one key: whoever waits for a tone has understood it by then."""
PAUSE: Final = 3
"""Frames of silence after a key; a detector wants 45 ms (ITU-T Q.24). Before the first one they let a decoder that
remembers (G.722, opus) forget what it heard.
"""


class KeyTones:
    """A member of the metronome for as long as there are keys; ``over`` is told when all were said.

    Meanwhile the party hears nothing else, so that a tone is as pure as a detector wants it.
    """

    def __init__(self, port: Port, over: Callable[[KeyTones], None]) -> None:
        self.port = port
        self._over = over
        self._speech = Speech(port)
        self._frames: deque[bytes] = deque([SILENCE] * PAUSE)
        port.alone(self._speech.voice)

    def press(self, key: str, milliseconds: int) -> None:
        """Say a key after those that wait already; too many are dropped."""
        if len(self._frames) > MOST_WAITING * LONGEST // 20:
            return
        samples = tones.key(key, min(max(milliseconds, SHORTEST), LONGEST))
        for start in range(0, len(samples), FRAME):
            self._frames.append(samples[start : start + FRAME].ljust(FRAME, b"\0"))
        self._frames.extend([SILENCE] * PAUSE)

    def beat(self, beat: int, due: float) -> None:
        """Say the next frame."""
        if not self._frames:
            self._over(self)
            return
        self._speech.say(self._frames.popleft(), beat, due)

    def stop(self) -> None:
        """Let others speak to the party again."""
        self.port.alone(None)

    def failed(self, error: Exception) -> None:
        self._over(self)
        self.port.fail(f"a key can't be made heard: {error!r}")
