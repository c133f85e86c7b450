"""From what is to be said to the sounds that an engine plays."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from pbxd.clock import Clock
from pbxd.media.sounds import File, Sound, Tone
from pbxd.org.organization import Organization
from pbxd.org.sounds import Prompt, Spoken
from pbxd.speech.catalogue import catalogue
from pbxd.speech.engines.engine import SpeechConfig
from pbxd.speech.languages import LANGUAGES
from pbxd.speech.library import Library
from pbxd.speech.music import PIECES
from pbxd.speech.rendering import Renderings
from pbxd.speech.sayings import Beep, Message, Recorded, Saying
from pbxd.speech.wording import Words, chosen, spoken_by_us, worded

BEEP: Final = Tone(frequencies=(1000.0,), milliseconds=400)
"""After which one is to speak."""
UNSAID: Final = Tone(frequencies=(440.0,), milliseconds=300, level=-24.0)
"""Instead of words that could not be made sound: one hears that something was to be said."""

_log = logging.getLogger("pbxd.speech")


class Voices(Protocol):
    """Whoever can say things."""

    async def sounds(self, what: Sequence[Saying], *, language: str, organization: Organization) -> tuple[Sound, ...]:
        """What to play, so that somebody who is spoken to in ``language`` hears all of this, in its order.

        Never fails: what can't be said is a soft tone, and the log says why.
        """
        ...

    async def music(self, name: Prompt | None, *, language: str, organization: Organization) -> tuple[Sound, ...]:
        """What to play again and again to somebody who waits: music by its name, or a sound; ``None``: some music.

        Never fails; without anything that can be played it is nothing, which is silence.
        """
        ...

    async def prepare(self, organizations: Iterable[Organization]) -> None:
        """Make what they will want to say ahead, without haste."""
        ...

    def stop(self) -> None:
        """Let go of everything."""
        ...


class RenderedVoices:
    """Files under the directory ``data``: those that people have recorded, and those that an engine has made."""

    def __init__(self, data: Path, configured: SpeechConfig, clock: Clock) -> None:
        catalogue()  # read now, and not while somebody waits for the first word
        self._library = Library(data)
        self.renderings = Renderings(data / "prompts" / "made", configured, clock)
        self._stopped = False

    async def sounds(self, what: Sequence[Saying], *, language: str, organization: Organization) -> tuple[Sound, ...]:
        """See :class:`Voices`."""
        self.renderings.wake()
        ordered = [self._sound(saying, language, organization) for saying in what]  # they are made one after the other
        return tuple([await self._there(sound) or UNSAID for sound in ordered])

    async def music(self, name: Prompt | None, *, language: str, organization: Organization) -> tuple[Sound, ...]:
        """See :class:`Voices`."""
        name = name or PIECES[0]
        configured = organization.music.get(name) if isinstance(name, str) else None
        if configured is not None and configured.files:
            return tuple(File(path=path) for path in configured.files)
        if name in PIECES:
            sound: Sound | None = File(path=str(self.renderings.piece(str(name))))
        else:
            sound = self._sound(name, language, organization)
        found = await self._there(sound)
        return () if found is None else (found,)

    async def prepare(self, organizations: Iterable[Organization]) -> None:
        """See :class:`Voices`."""
        for name in PIECES:
            await self.renderings.ready(self.renderings.piece(name))
        if not self.renderings.configured.speaks:
            return
        for words in dict.fromkeys(words for each in organizations for words in self.foreseen(each)):
            if self._stopped:
                return
            await self.renderings.ready(self.renderings.words(words))

    def foreseen(self, organization: Organization) -> Iterator[Words]:
        """Everything that is certain to be said like this, if at all."""
        spoken = dict.fromkeys(spoken_by_us(language, ()) for language in organization.languages)
        for entry in catalogue().messages.values():
            for language in spoken:
                if not entry.gaps and not isinstance(self._named(entry.id, language, organization), File):
                    yield Words(text=entry.texts[language], language=language)
        for sound in organization.sounds.values():
            for language, text in sound.texts.items():
                yield Words(text=text, language=language)

    def stop(self) -> None:
        """See :class:`Voices`."""
        self._stopped = True
        self.renderings.stop()

    def _sound(self, saying: Saying, language: str, organization: Organization) -> Sound | None:
        """What to play; a file may still be in the making. ``None``: nothing is known that could be said."""
        match saying:
            case Beep():
                return BEEP
            case Recorded(path=path):
                return File(path=path)
            case Spoken():
                return self._rendered(chosen(saying, language, organization.languages))
            case Message(values=values) if values:
                return self._filled(saying, language, organization)
            case Message(id=name) | str(name):
                return self._by_name(name, language, organization)

    def _by_name(self, name: str, language: str, organization: Organization) -> Sound | None:
        """A sound of the library or a system prompt, in the first language that has it (SND-2)."""
        for each in dict.fromkeys((language, *organization.languages, *LANGUAGES)):
            match self._named(name, each, organization):
                case File() as file:
                    return file
                case str(text):
                    return self._rendered(Words(text=text, language=each))
        _log.error("there is no sound %s in %s", name, organization.name)
        return None

    def _named(self, name: str, language: str, organization: Organization) -> File | str | None:
        """A name in one language: a file, or words."""
        sound = organization.sounds.get(name)
        if sound is not None and language in sound.files:
            return File(path=sound.files[language])
        if sound is not None and language in sound.texts:
            return sound.texts[language]
        path = self._library.sound(organization.name, name, language) or self._library.recorded(name, language)
        if path is not None:
            return File(path=str(path))
        entry = catalogue().messages.get(name)
        return entry.texts.get(language) if entry is not None and not entry.gaps else None

    def _filled(self, message: Message, language: str, organization: Organization) -> Sound | None:
        """A message with gaps, in the organization's own words where it has some."""
        spoken = spoken_by_us(language, organization.languages)
        own = organization.sounds.get(message.id)
        text = own.texts.get(spoken) if own is not None else None
        try:
            return self._rendered(Words(text=worded(message, spoken, text=text), language=spoken))
        except (KeyError, ValueError):  # a mistake of ours, or in the organization's words; the call survives it
            _log.exception("the message %s can't be worded", message.id)
            return None

    def _rendered(self, words: Words) -> File:
        return File(path=str(self.renderings.words(words)))

    async def _there(self, sound: Sound | None) -> Sound | None:
        """The sound when it can be played."""
        if not isinstance(sound, File) or Path(sound.path).parent != self.renderings.directory:
            return sound
        return sound if await self.renderings.ready(Path(sound.path)) else None
