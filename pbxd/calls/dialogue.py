"""A dialogue with the party of a leg: what menus and mailboxes are carried out with.

Keys arrive by named events, by their sound (both from the media engine) or by INFO; the first of these ways that a
party uses is the one that counts, because some phones use several for the same key.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from pbxd.calls.inbox import Inbox
from pbxd.dialogues.dialogue import KEYS, Heard, Stopped
from pbxd.dialogues.transcript import told
from pbxd.events import KeysPressed, Said
from pbxd.media.engine import Ending, Played, PortId, Recorded
from pbxd.media.sounds import Detection, Programme, Recording, Sound
from pbxd.org.levels import MUSIC_ON_HOLD

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.leg import Leg
    from pbxd.org.organization import Organization
    from pbxd.org.sounds import Prompt
    from pbxd.speech.sayings import Saying

Happening: TypeAlias = str | Played | Recorded
"""A key, or something that ended."""

STOPPED = {
    Ending.ASKED: Stopped.KEY,
    Ending.LENGTH: Stopped.LENGTH,
    Ending.SILENCE: Stopped.SILENCE,
    Ending.FAILED: Stopped.FAILED,
}


AFTERWARDS = 1.5
"""Seconds in which a terminator may follow an answer that was complete without it."""
MASK = "***"
"""What the log tells of a secret."""

Way: TypeAlias = Literal["sound", "info"]
"""How a key came: by named events or tones in the stream, or by INFO."""


class LegDialogue:
    """A :class:`pbxd.dialogues.dialogue.Dialogue` for as long as its ``with`` block lasts.

    ``chosen`` is told the language that the party is spoken to in from then on.
    """

    def __init__(
        self, kernel: Kernel, leg: Leg, organization: Organization, language: str, chosen: Callable[[str], None]
    ) -> None:
        self._kernel = kernel
        self._leg = leg
        self._organization = organization
        self._language = language
        self._chosen = chosen
        self._happened: Inbox[Happening] = Inbox()
        self._ahead: deque[str] = deque()
        """Keys that nobody has asked for yet."""
        self._way: Way | None = None
        self._superfluous = ""
        """Keys that mean nothing until :attr:`_until`."""
        self._until = 0.0

    def __enter__(self) -> Self:
        self._leg.listener = self
        if (port := self._port) is not None:
            self._kernel.engine.detect(port, Detection(keys=True))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leg.listener = None
        if (port := self._port) is not None:
            self._kernel.engine.detect(port, Detection())
            self._hush()

    # What the leg tells ----------------------------------------------------------------------------------------------

    def pressed(self, key: str, way: Way) -> None:
        """The party pressed a key; those that few phones have (A to D) mean nothing here."""
        self._way = self._way or way
        if key not in KEYS or way != self._way:
            return
        superfluous, self._superfluous = self._superfluous, ""
        if key not in superfluous or self._kernel.now > self._until:
            self._happened.put(key)

    def told(self, event: Played | Recorded) -> None:
        """Something that we asked the engine for has ended."""
        if isinstance(event, Played) and event.problem:
            self._leg.media_problem(f"could not be played: {event.problem}")
        self._happened.put(event)

    # Dialogue --------------------------------------------------------------------------------------------------------

    @property
    def language(self) -> str:
        return self._language

    def speak(self, language: str) -> None:
        self._language = language
        self._chosen(language)

    async def say(self, *what: Saying, until: str = "") -> str:
        await self._gather()
        key = self._taken(until) or await self._say(what, until)
        if key:
            self._emit_pressed(key)
        return key

    async def ask(
        self,
        *what: Saying,
        keys: str = KEYS,
        most: int = 1,
        terminator: str = "",
        within: float = 5.0,
        between: float = 3.0,
        secret: bool = False,
    ) -> str:
        await self._gather()
        if not self._ahead and (key := await self._say(what, KEYS)):
            self._ahead.appendleft(key)
        answer, until = "", self._kernel.now + within
        while len(answer) < most:
            key = await self._key(until)
            if not key or key in terminator:
                break
            if key not in keys:
                answer = key
                break
            answer, until = answer + key, self._kernel.now + between
        else:
            await self._drop(terminator)
        self._emit_pressed(answer, secret=secret)
        return answer

    async def record(self, into: Path, *, longest: float, quiet: float | None = None, until: str = "#") -> Heard:
        await self._gather()
        self._ahead.clear()
        ticket, port, pressed = next(self._kernel.tickets), self._port, ""
        if port is None:
            return Heard(seconds=0.0, stopped=Stopped.FAILED)
        engine = self._kernel.engine
        engine.record(port, Recording(ticket=ticket, path=str(into), longest=longest, quiet=quiet))
        while True:
            happened: Happening | None = await self._happened.next()
            if isinstance(happened, str) and happened in until:
                pressed = happened
                # None where it has ended by itself just now: that is told next.
                happened = await engine.end_recording(port)
            if isinstance(happened, Recorded) and happened.ticket == ticket:
                self._emit_pressed(pressed)
                return Heard(seconds=happened.seconds, stopped=STOPPED[happened.ending], key=pressed)

    @asynccontextmanager
    async def music(self, name: Prompt | None = None) -> AsyncIterator[None]:
        self._play(await self.music_sounds(name), next(self._kernel.tickets), repeat=True)
        try:
            yield
        finally:
            self._hush()

    async def music_sounds(self, name: Prompt | None = None) -> tuple[Sound, ...]:
        """What :meth:`music` plays."""
        music = name or self._organization.effective(MUSIC_ON_HOLD).value
        return await self._kernel.voices.music(music, language=self._language, organization=self._organization)

    # Help ------------------------------------------------------------------------------------------------------------

    @property
    def _port(self) -> PortId | None:
        end = self._leg.stream.end
        return end.port if end is not None else None

    async def _gather(self) -> None:
        """Keep the keys that came while nobody listened."""
        while happened := await self._happened.next(until=self._kernel.now):
            if isinstance(happened, str):
                self._ahead.append(happened)

    def _taken(self, wanted: str) -> str:
        """The first key that is wanted, of those that were pressed before."""
        key = next((key for key in self._ahead if key in wanted), "")
        if key:
            self._ahead.remove(key)
        return key

    async def _drop(self, terminator: str) -> None:
        """Forget a terminator that follows a complete answer, or will in a moment: some people always press it."""
        await self._gather()
        if self._ahead and self._ahead[0] in terminator:
            self._ahead.popleft()
        elif not self._ahead:
            self._superfluous, self._until = terminator, self._kernel.now + AFTERWARDS

    async def _say(self, what: Sequence[Saying], until: str) -> str:
        """Say this, unless it is nothing; returns the key that ended it."""
        ticket = next(self._kernel.tickets)
        sounds = await self._sounds(what)
        if what:
            self._emit_said(what)
        if not sounds or not self._play(sounds, ticket):
            return ""
        while True:
            match await self._happened.next():
                case str(key) if key in until:
                    self._hush()
                    return key
                case str(key):
                    self._ahead.append(key)
                case Played(ticket=over) if over == ticket:
                    return ""

    async def _key(self, until: float) -> str:
        """The next key; empty where none comes in time."""
        while not self._ahead:
            match await self._happened.next(until=until):
                case None:
                    return ""
                case str(key):
                    return key
        return self._ahead.popleft()

    async def _sounds(self, what: Sequence[Saying]) -> tuple[Sound, ...]:
        voices = self._kernel.voices
        return await voices.sounds(what, language=self._language, organization=self._organization)

    def _play(self, sounds: Sequence[Sound], ticket: int, *, repeat: bool = False) -> bool:
        port = self._port
        if port is None or not sounds:
            return False
        self._kernel.engine.play(port, Programme(ticket=ticket, sounds=tuple(sounds), repeat=repeat))
        return True

    def _hush(self) -> None:
        if (port := self._port) is not None:
            self._kernel.engine.hear(port, None)

    def _emit_said(self, what: Sequence[Saying]) -> None:
        text = " / ".join(told(each, self._language) for each in what)
        leg = self._leg
        self._kernel.bus.emit(
            Said(at=self._kernel.wall, call=leg.call, leg=leg.id, party=leg.party, language=self._language, text=text)
        )

    def _emit_pressed(self, keys: str, *, secret: bool = False) -> None:
        leg = self._leg
        if keys:
            shown = MASK if secret else keys
            self._kernel.bus.emit(
                KeysPressed(at=self._kernel.wall, call=leg.call, leg=leg.id, party=leg.party, keys=shown)
            )
