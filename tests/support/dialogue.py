"""A text double of :class:`pbxd.dialogues.dialogue.Dialogue`: a party that follows a script.

A script is a list of steps, for example ``[Hears("welcome"), Presses("1"), Hears("leave-message"), Speaks(4.0),
HangsUp()]``. What is pressed after something was heard is pressed while that is still being said. The party waits in
silence where its next step is to hear something else, and hangs up (the task is cancelled) where its script says so.
"""

from __future__ import annotations

import asyncio
import wave
from array import array
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pbxd.dialogues.dialogue import KEYS, Heard, Stopped
from pbxd.dialogues.transcript import told
from pbxd.org.sounds import Prompt
from pbxd.speech.sayings import Saying

RATE = 16_000
_MURMUR = (array("h", [4000, -4000]) * (RATE // 2)).tobytes()
"""A second of something that is not silence."""


def voice(seconds: float) -> bytes:
    """What a party says for so long, as samples."""
    count = 2 * round(seconds * RATE)
    return (_MURMUR * (count // len(_MURMUR) + 1))[:count]


@dataclass(frozen=True, slots=True)
class Hears:
    """Wait until something is said that has this in its text (:func:`pbxd.dialogues.transcript.told`)."""

    text: str


@dataclass(frozen=True, slots=True)
class Presses:
    """Press these keys, one right after the other."""

    keys: str


@dataclass(frozen=True, slots=True)
class Speaks:
    """Say something for so long, into a recording."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HangsUp:
    """Leave."""


Step: TypeAlias = Hears | Presses | Speaks | HangsUp


class TextDialogue:
    """A :class:`pbxd.dialogues.dialogue.Dialogue` without sound and without time.

    ``heard`` is everything that was begun to be said, as text; ``left`` are the steps that were not come to.
    """

    def __init__(self, script: Iterable[Step] = (), *, language: str = "en") -> None:
        self.left = deque(script)
        self.heard: list[str] = []
        self.pressed: list[str] = []
        """Answers to questions, as they were returned; secret ones as ``***``."""
        self.music_heard: list[Prompt | None] = []
        self._language = language
        self._ahead: deque[str] = deque()

    @property
    def language(self) -> str:
        return self._language

    def speak(self, language: str) -> None:
        self._language = language

    async def say(self, *what: Saying, until: str = "") -> str:
        self._act()
        cut = self._taken(until)
        for saying in () if cut else what:
            self._said(told(saying, self._language))
            if cut := self._taken(until):
                break
        return cut

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
        self._act()
        for saying in what:
            if self._ahead:
                break
            self._said(told(saying, self._language))
        answer = self._answer(keys, most, terminator)
        self.pressed.append("***" if secret else answer)
        return answer

    async def record(self, into: Path, *, longest: float, quiet: float | None = None, until: str = "#") -> Heard:
        self._act()
        self._ahead.clear()
        said = 0.0
        while self.left and isinstance(self.left[0], Speaks):
            said += self.left.popleft().seconds  # type: ignore[union-attr]
        heard = Heard(seconds=longest, stopped=Stopped.LENGTH)
        try:
            if said < longest:
                heard = Heard(seconds=said, stopped=Stopped.KEY)  # where the party hangs up, too
                self._act()
                key = self._taken(until)
                self._ahead.clear()
                heard = self._stopped(key, said, longest, quiet)
        finally:
            with wave.open(str(into), "wb") as file:
                file.setparams((1, 2, RATE, 0, "NONE", ""))
                said = min(said, heard.seconds)
                file.writeframes(voice(said) + bytes(2 * round((heard.seconds - said) * RATE)))
        return heard

    @staticmethod
    def _stopped(key: str, said: float, longest: float, quiet: float | None) -> Heard:
        if key:
            return Heard(seconds=said, stopped=Stopped.KEY, key=key)
        if quiet is None or said + quiet >= longest:
            return Heard(seconds=longest, stopped=Stopped.LENGTH)
        return Heard(seconds=said + quiet, stopped=Stopped.SILENCE)

    @asynccontextmanager
    async def music(self, name: Prompt | None = None) -> AsyncIterator[None]:
        self.music_heard.append(name)
        yield

    # The script ------------------------------------------------------------------------------------------------------

    def _said(self, text: str) -> None:
        self.heard.append(text)
        if self.left and isinstance(self.left[0], Hears) and self.left[0].text in text:
            self.left.popleft()
            self._act()

    def _act(self) -> None:
        """Do what comes now."""
        while self.left and isinstance(self.left[0], Presses | HangsUp):
            match self.left.popleft():
                case Presses(keys):
                    self._ahead.extend(keys)
                case HangsUp():
                    raise asyncio.CancelledError("the party hung up")

    def _taken(self, wanted: str) -> str:
        """The first key that is wanted, of those that were pressed and not used."""
        for key in self._ahead:
            if key in wanted:
                self._ahead.remove(key)
                return key
        return ""

    def _answer(self, keys: str, most: int, terminator: str) -> str:
        answer = ""
        while self._ahead and len(answer) < most:
            key = self._ahead.popleft()
            if terminator and key in terminator:
                break
            if key not in keys:
                return key
            answer += key
        else:
            if self._ahead and len(answer) == most and self._ahead[0] in terminator:
                self._ahead.popleft()
        return answer
