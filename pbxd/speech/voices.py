"""From what is to be said to the sounds that an engine plays."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

from pbxd.media.sounds import File, Sound, Tone
from pbxd.org.organization import Organization
from pbxd.org.sounds import Spoken
from pbxd.speech.catalogue import catalogue
from pbxd.speech.engines.engine import SpeechError
from pbxd.speech.narrator import Narrator
from pbxd.speech.sayings import Beep, Message, Recorded, Saying
from pbxd.speech.wording import Words, chosen, spoken_by_us, worded

BEEP: Final = Tone(frequencies=(1000.0,), milliseconds=400)
"""After which one is to speak."""
UNSAID: Final = Tone(frequencies=(440.0,), milliseconds=300, level=-24.0)
"""Instead of words that could not be made sound: one hears that something was to be said."""
IDLE: Final = 120.0
"""Seconds without work after which the process that speaks is let go."""
RETRY: Final = 5.0
"""Seconds that an engine which failed is left alone."""
VERSION: Final = "1"
"""Of what is made of a text: a new one makes everything anew."""

_log = logging.getLogger("pbxd.speech")


class Voices(Protocol):
    """Whoever can say things."""

    async def sounds(self, what: Sequence[Saying], *, language: str, organization: Organization) -> tuple[Sound, ...]:
        """What to play, so that somebody who is spoken to in ``language`` hears all of this, in its order.

        Never fails: what can't be said is a soft tone, and the log says why.
        """
        ...

    def stop(self) -> None:
        """Let go of everything."""
        ...


class RenderedVoices:
    """Files under ``directory``, made by a text-to-speech engine when they are needed first."""

    def __init__(self, directory: Path, engine: str) -> None:
        self._made = directory / "made"
        self._engine = engine
        self._narrator = Narrator(engine)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="speech")
        self._making: dict[Path, asyncio.Future[bool]] = {}
        self._idle: asyncio.TimerHandle | None = None
        self._rests_until = 0.0

    async def sounds(self, what: Sequence[Saying], *, language: str, organization: Organization) -> tuple[Sound, ...]:
        """See :class:`Voices`."""
        ordered = [self._sound(saying, language, organization) for saying in what]
        return tuple([await self._there(sound) for sound in ordered])

    def stop(self) -> None:
        """Let go of the process that speaks."""
        if self._idle is not None:
            self._idle.cancel()
        self._thread.submit(self._narrator.stop)
        self._thread.shutdown(wait=True, cancel_futures=False)

    def _sound(self, saying: Saying, language: str, organization: Organization) -> Sound | None:
        """What to play; a file may still be in the making. ``None``: nothing is known that could be said."""
        match saying:
            case Beep():
                return BEEP
            case Recorded(path=path):
                return File(path=path)
            case Message():
                return self._own(saying, spoken_by_us(language, organization.languages))
            case Spoken():
                return self._rendered(chosen(saying, language, organization.languages))
            case str() if saying in catalogue().messages:
                return self._sound(Message(saying), language, organization)
        _log.error("there is no sound %s in %s", saying, organization.name)
        return None

    def _own(self, message: Message, language: str) -> Sound | None:
        """A message of the catalogue; a mistake in it is a bug of ours that the call survives."""
        try:
            return self._rendered(Words(text=worded(message, language), language=language))
        except (KeyError, ValueError):
            _log.exception("the message %s can't be worded", message.id)
            return None

    def _rendered(self, words: Words) -> File:
        """The file that says it; begins to make it where it is missing."""
        key = "\0".join((VERSION, self._engine, words.language, words.text))
        path = self._made / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.wav"
        if path not in self._making and not path.exists():
            self._begin(path, words)
        return File(path=str(path))

    def _begin(self, path: Path, words: Words) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            return
        making = loop.run_in_executor(self._thread, self._make, path, words)
        self._making[path] = making
        making.add_done_callback(lambda _: self._done(path))

    def _done(self, path: Path) -> None:
        making = self._making.pop(path)
        loop = asyncio.get_running_loop()
        if not making.cancelled() and not making.result():
            self._rests_until = loop.time() + RETRY
        if self._idle is not None:
            self._idle.cancel()
        self._idle = loop.call_later(IDLE, self._thread.submit, self._narrator.stop)

    def _make(self, path: Path, words: Words) -> bool:
        """In the thread: whether the file is there now."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._narrator.make(path, words.text, words.language)
        except (SpeechError, OSError) as error:
            _log.error("nobody hears `%s` (%s): %s", words.text, words.language, error)
            return False
        return True

    async def _there(self, sound: Sound | None) -> Sound:
        """The sound when it can be played, or what is played instead."""
        if sound is None:
            return UNSAID
        if not isinstance(sound, File) or Path(sound.path).parent != self._made:
            return sound
        making = self._making.get(Path(sound.path))
        if making is not None:
            await asyncio.shield(making)  # others may wait for it, too
        return sound if os.path.exists(sound.path) else UNSAID  # noqa: ASYNC240, PTH110 - one look, in microseconds
