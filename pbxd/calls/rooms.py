"""Conference rooms that somebody is in: who sits there, who hears whom, and the tones when people come and go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from pbxd.calls.interrupt import Superseded
from pbxd.events import RoomEntered, RoomLeft
from pbxd.media.sounds import MixId, Pause, Programme, Sound, Tone

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.leg import Leg

ENTERED: Final = (Tone(frequencies=(440.0,), milliseconds=120), Tone(frequencies=(587.3,), milliseconds=180))
"""What all hear when somebody comes; the other way round when he goes."""
LEFT: Final = (Tone(frequencies=(587.3,), milliseconds=120), Tone(frequencies=(440.0,), milliseconds=180))
SILENT_MUSIC: Final = (Pause(milliseconds=1000),)


class Rooms:
    """All of a server's. A room is there while somebody is in."""

    def __init__(self) -> None:
        self._rooms: dict[tuple[str, str], LiveRoom] = {}
        self._ids = count(1)

    def number(self) -> MixId:
        """Of a room in the engine that nobody else has."""
        return MixId(next(self._ids))

    def people(self, key: tuple[str, str]) -> int:
        """How many are in a room."""
        room = self._rooms.get(key)
        return len(room.seats) if room is not None else 0

    def open_to(self, key: tuple[str, str], capacity: int) -> bool:
        """Whether one more may come in."""
        room = self._rooms.get(key)
        return room is None or (not room.locked and len(room.seats) < capacity)

    @contextmanager
    def seat(
        self, kernel: Kernel, key: tuple[str, str], leg: Leg, *, leads: bool, alone: Sequence[Sound], lasts: bool
    ) -> Iterator[LiveSeat]:
        """A seat for as long as the block lasts. ``alone`` is heard while nobody else is there.

        A room that does not last is over for the last one when all others have left.
        """
        room = self._rooms.get(key)
        if room is None:
            room = self._rooms[key] = LiveRoom(id=self.number(), lasts=lasts)
        seat = LiveSeat(kernel, room, key[1], leg, leads=leads, alone=alone)
        seat.enter()
        try:
            yield seat
        finally:
            seat.leave()
            if not room.seats:
                del self._rooms[key]


@dataclass(slots=True, kw_only=True)
class LiveRoom:
    """One with somebody in it."""

    id: MixId
    lasts: bool
    seats: list[LiveSeat] = field(default_factory=list)
    locked: bool = False
    others_muted: bool = False
    """Whether those who don't lead are heard no more."""


class LiveSeat:
    """A party's place in a room; a :class:`pbxd.dialogues.conference.Seat`."""

    def __init__(
        self, kernel: Kernel, room: LiveRoom, name: str, leg: Leg, *, leads: bool, alone: Sequence[Sound]
    ) -> None:
        self.leads = leads
        self._kernel = kernel
        self._room = room
        self._name = name
        self._leg = leg
        self._alone = tuple(alone) or SILENT_MUSIC
        self._muted = False
        self._sits = False

    @property
    def people(self) -> int:
        return len(self._room.seats)

    def enter(self) -> None:
        """Come in, which the others hear."""
        self._room.seats.append(self)
        self._kernel.engine.tell(self._room.id, ENTERED)
        self._arrange_others()
        self._tell(RoomEntered)

    def leave(self) -> None:
        """Go, which the others hear."""
        self._room.seats.remove(self)
        if (end := self._leg.stream.end) is not None:
            self._kernel.engine.hear(end.port, None)
        self._kernel.engine.tell(self._room.id, LEFT)
        self._arrange_others()
        self._tell(RoomLeft)
        if self.people == 1 and not self._room.lasts:
            self._room.seats[0].end()

    def end(self) -> None:
        """There is nobody left to talk to."""
        if self._leg.owner is not None:
            self._leg.owner.interrupt(Superseded(reason="everybody else has left the conference"))

    def sit(self) -> None:
        self._sits = True
        self.arrange()

    def mute(self) -> bool:
        self._muted = not self._muted
        return self._muted

    def lock(self) -> bool:
        self._room.locked = not self._room.locked
        return self._room.locked

    def mute_others(self) -> bool:
        self._room.others_muted = not self._room.others_muted
        self._arrange_others()
        return self._room.others_muted

    def _arrange_others(self) -> None:
        for seat in self._room.seats:
            if seat is not self:
                seat.arrange()

    def arrange(self) -> None:
        """Have the party hear the others, or music while there are none."""
        end, engine = self._leg.stream.end, self._kernel.engine
        if end is None or not self._sits:
            return
        if self.people < 2:
            ticket = next(self._kernel.tickets)
            engine.play(end.port, Programme(ticket=ticket, sounds=self._alone, repeat=True))
        else:
            silenced = self._muted or (self._room.others_muted and not self.leads)
            engine.mix(end.port, self._room.id, heard_by=() if silenced else None)

    def _tell(self, kind: type[RoomEntered | RoomLeft]) -> None:
        leg = self._leg
        self._kernel.bus.emit(
            kind(at=self._kernel.wall, call=leg.call, leg=leg.id, party=leg.party, room=self._name, people=self.people)
        )
