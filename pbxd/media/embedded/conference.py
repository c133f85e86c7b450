"""A room of several parties: what each says comes in by ears, what each hears goes out by voices."""

from __future__ import annotations

from pbxd.media.embedded.ear import Ear
from pbxd.media.embedded.port import Port
from pbxd.media.embedded.voice import Speech
from pbxd.media.sound.mixer import Mixer


class _Seat:
    """One party."""

    def __init__(self, port: Port, ear: Ear) -> None:
        self.port = port
        self.ear = ear
        self.speech = Speech(port)


class Conference:
    """A member of the metronome."""

    def __init__(self) -> None:
        self._seats: dict[int, _Seat] = {}
        self._mixer: Mixer[int] = Mixer()

    def __len__(self) -> int:
        return len(self._seats)

    def join(self, port: Port, ear: Ear) -> None:
        self._seats[port.id] = _Seat(port, ear)

    def leave(self, port: Port) -> None:
        del self._seats[port.id]

    def beat(self, beat: int, due: float) -> None:
        """Give each what all others say."""
        heard = self._mixer.mix({number: seat.ear.frame for number, seat in self._seats.items()})
        for number, frame in heard.items():
            self._seats[number].speech.say(frame, beat, due)

    def failed(self, error: Exception) -> None:
        for seat in self._seats.values():
            seat.port.fail(f"the room can't be mixed: {error!r}")
