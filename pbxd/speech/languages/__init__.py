"""How each language says numbers, times and dates: what the gaps of messages are filled with (SND-3)."""

from typing import Final

from pbxd.speech.languages.danish import Danish
from pbxd.speech.languages.english import English
from pbxd.speech.languages.language import Form, Language, Noun
from pbxd.speech.languages.swedish import Swedish

LANGUAGES: Final[dict[str, Language]] = {language.code: language for language in (English(), Danish(), Swedish())}

__all__ = ["LANGUAGES", "Form", "Language", "Noun"]
