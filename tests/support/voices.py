"""What parties are told in tests that need no words: tones, and the words beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pbxd.media.sounds import File, Sound, Tone
from pbxd.org.organization import Organization
from pbxd.org.sounds import Prompt, Spoken
from pbxd.speech.sayings import Beep, Message, Recorded, Saying
from pbxd.speech.wording import chosen, spoken_by_us, worded

BEEP = Tone(frequencies=(1000.0,), milliseconds=400)


class TonalVoices:
    """Says everything as a tone of 0.3 s whose frequency tells the texts apart. ``said`` is what was said, in order."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def sounds(self, what: Sequence[Saying], *, language: str, organization: Organization) -> tuple[Sound, ...]:
        return tuple(self._sound(saying, language, organization) for saying in what)

    async def music(self, name: Prompt | None, *, language: str, organization: Organization) -> tuple[Sound, ...]:
        return (tone(f"music {name}"),)

    async def prepare(self, organizations: Iterable[Organization]) -> None:
        pass

    def stop(self) -> None:
        pass

    def _sound(self, saying: Saying, language: str, organization: Organization) -> Sound:
        match saying:
            case Beep():
                return BEEP
            case Recorded(path=path):
                return File(path=path)
            case Message():
                text = worded(saying, spoken_by_us(language, organization.languages))
            case Spoken():
                text = chosen(saying, language, organization.languages).text
            case str():
                text = saying
        self.said.append(text)
        return tone(text)


def tone(text: str) -> Tone:
    """How it says a text."""
    return Tone(frequencies=(300.0 + 20 * (sum(text.encode()) % 80),), milliseconds=300)
