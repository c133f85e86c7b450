"""Visits: somebody comes into the conversation of two others, and when he goes it is as it was (CALL-5, CODE-15)."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from pbxd.events import CallVisited, VisitEnded
from pbxd.media.sounds import Programme, Sound, Tone

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.dialogue import Way
    from pbxd.calls.leg import Leg
    from pbxd.dialplan.treatment import VisitRole
    from pbxd.media.engine import Played, PortId, Recorded

SIGNAL: Final = (Tone(frequencies=(1400.0,), milliseconds=200),)
"""What those hear who are to know that somebody came in."""


class Visit:
    """A :class:`pbxd.calls.bridge.Visitor` for as long as its ``with`` block lasts.

    ``call`` is the visitor's own; it is woken when the visit is over, or when who waits has been told so.
    """

    def __init__(self, call: Call, visited: Call, host: Leg, role: VisitRole, *, audible: bool) -> None:
        self.over = False
        self.stays = False
        """Whether the visitor took the place of the one who waited, who has gone."""
        self._call = call
        self._visited = visited
        self._host = host
        self._role = role
        self._audible = audible
        self._room = call.kernel.rooms.number()
        self._guest = call.subject
        self._waits: Leg | None = None
        """Who is to wait meanwhile, where somebody is."""
        self._told = 0
        """The ticket of what he is told."""
        self._music: tuple[Sound, ...] = ()

    def __enter__(self) -> Self:
        bridge = self._visited.bridge
        self._waits = bridge.peer_of(self._host) if self._role == "intrude" else None
        bridge.receive(self)
        if self._audible:
            self._call.kernel.engine.tell(self._room, SIGNAL)
        self._emit(CallVisited)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._waits is not None:
            self._waits.listener = None
        guest = self._port(self._guest)
        if guest is not None and not self.stays:
            self._call.kernel.engine.hear(guest, None)
        self._visited.bridge.dismiss(self)
        self._emit(VisitEnded)

    def entertain(self, words: Sequence[Sound], music: Sequence[Sound]) -> None:
        """Tell the one who waits why, and then have him hear music."""
        port = self._port(self._waits) if self._waits is not None else None
        if port is None or self._waits is None:
            return
        self._music, self._told = tuple(music), next(self._call.kernel.tickets)
        self._waits.listener = self
        self._call.kernel.engine.play(port, Programme(ticket=self._told, sounds=tuple(words)))

    # Visitor ---------------------------------------------------------------------------------------------------------

    def arrange(self, members: Sequence[Leg]) -> None:
        engine = self._call.kernel.engine
        hearers: tuple[PortId, ...] | None = None
        if self._role == "listen":
            hearers = ()
        elif self._role == "whisper":
            host = self._port(self._host)
            hearers = (host,) if host is not None else ()
        for leg in members:
            port = self._port(leg)
            if port is not None and leg is self._waits:
                if not self._told:
                    engine.hear(port, None)
            elif port is not None:
                engine.mix(port, self._room)
        guest = self._port(self._guest)
        if guest is not None:
            engine.mix(guest, self._room, heard_by=hearers)

    def left(self, leg: Leg) -> None:
        """One of the two is gone: the visit ends, and where the one hung up who waited, the other two go on talking.

        One who is replaced by somebody else, or is transferring, has not hung up.
        """
        self.over = True
        if leg is self._waits and leg.over:
            self.stays = self._visited.succeed(leg, self._guest)
        self._call.wake()

    # What the leg that waits tells -----------------------------------------------------------------------------------

    def pressed(self, key: str, way: Way) -> None:
        """Keys mean nothing here."""

    def told(self, event: Played | Recorded) -> None:
        if event.ticket == self._told and self._waits is not None and self._music:
            port = self._port(self._waits)
            if port is not None:
                programme = Programme(ticket=next(self._call.kernel.tickets), sounds=self._music, repeat=True)
                self._call.kernel.engine.play(port, programme)

    # Help ------------------------------------------------------------------------------------------------------------

    @staticmethod
    def _port(leg: Leg) -> PortId | None:
        return leg.stream.end.port if leg.stream.end is not None else None

    def _emit(self, kind: type[CallVisited | VisitEnded]) -> None:
        self._call.kernel.bus.emit(
            kind(
                at=self._call.kernel.wall,
                call=self._visited.id,
                leg=self._host.id,
                party=self._host.party,
                by=self._guest.party,
                role=self._role,
            )
        )
