"""A room of several parties: what each says comes in by ears, what each hears goes out by voices."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from pbxd.media.embedded.ear import Ear
from pbxd.media.embedded.port import Port
from pbxd.media.embedded.voice import Speech
from pbxd.media.engine import PortId
from pbxd.media.sound.mixer import Mixer
from pbxd.media.sound.pcm import FRAME

THE_ROOM: Final = PortId(-1)
"""Who says what everybody is told."""


class _Seat:
    """One party."""

    def __init__(self, port: Port, ear: Ear) -> None:
        self.port = port
        self.ear = ear
        self.speech = Speech(port)


class Conference:
    """A member of the metronome."""

    def __init__(self) -> None:
        self._seats: dict[PortId, _Seat] = {}
        self._mixer: Mixer[PortId] = Mixer()
        self._whispers: dict[PortId, frozenset[PortId]] = {}
        """Who is heard by these only."""
        self._told: deque[bytes] = deque()
        """Frames that everybody is to hear."""

    def __len__(self) -> int:
        return len(self._seats)

    def join(self, port: Port, ear: Ear) -> None:
        self._seats[port.id] = _Seat(port, ear)

    def leave(self, port: Port) -> None:
        del self._seats[port.id]
        self._whispers.pop(port.id, None)

    def heard_by(self, port: PortId, hearers: Iterable[PortId] | None) -> None:
        """Who hears a party from now on; ``None``: everybody."""
        if hearers is None:
            self._whispers.pop(port, None)
        else:
            self._whispers[port] = frozenset(hearers)

    def tell(self, samples: bytes) -> None:
        """Have everybody hear this, after what they are told already."""
        frames = (samples[at : at + FRAME] for at in range(0, len(samples), FRAME))
        self._told.extend(frame.ljust(FRAME, b"\0") for frame in frames)

    def beat(self, beat: int, due: float) -> None:
        """Give each what all others say."""
        frames = {
            number: seat.ear.frame if self._whispers.get(number) != frozenset() else None
            for number, seat in self._seats.items()
        }
        if self._told:
            frames[THE_ROOM] = self._told.popleft()
        heard = self._mixer.mix(frames, self._whispers)
        for number, seat in self._seats.items():
            seat.speech.say(heard[number], beat, due)

    def failed(self, error: Exception) -> None:
        for seat in self._seats.values():
            seat.port.fail(f"the room can't be mixed: {error!r}")
