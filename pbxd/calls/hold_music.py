"""What a party hears that the other one has put on hold (CALL-2)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from pbxd.dialplan.source import FromDevice
from pbxd.media.sounds import Programme
from pbxd.org.levels import MUSIC_ON_HOLD

if TYPE_CHECKING:
    from pbxd.calls.leg import Leg
    from pbxd.config.snapshot import Configuration
    from pbxd.dialplan.source import Source
    from pbxd.media.engine import Room
    from pbxd.speech.voices import Voices

_NOBODY_ASKS: Final = 0
"""Ticket of what has no end."""


class HoldMusic:
    """The music of whoever holds: his own, that of his groups, or his organization's.

    It begins when its file has been found, and ends at once.
    """

    def __init__(
        self,
        room: Room,
        voices: Voices,
        configuration: Callable[[], Configuration],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._room = room
        self._voices = voices
        self._configuration = configuration
        self._spawn = spawn
        self._wanted: dict[Leg, Leg] = {}
        """Who holds whom."""

    def begin(self, hearer: Leg, holder: Leg) -> None:
        """Have ``hearer`` hear music in place of ``holder``."""
        end = hearer.stream.end
        if end is not None:
            self._room.hear(end.port, None)
            self._wanted[hearer] = holder
            self._spawn(self._play(hearer, holder))

    def end(self, hearer: Leg) -> None:
        """Something else is to be heard."""
        self._wanted.pop(hearer, None)

    async def _play(self, hearer: Leg, holder: Leg) -> None:
        organization = self._configuration().organizations.get(holder.source.organization)
        if organization is None:  # gone with a reload
            return
        user = organization.users.get(_user(holder.source))
        name = organization.effective(MUSIC_ON_HOLD, user).value
        sounds = await self._voices.music(name, language=organization.languages[0], organization=organization)
        end = hearer.stream.end
        if sounds and self._wanted.get(hearer) is holder and end is not None:
            self._room.play(end.port, Programme(ticket=_NOBODY_ASKS, sounds=sounds, repeat=True))


def _user(source: Source) -> str:
    return source.user if isinstance(source, FromDevice) else ""
