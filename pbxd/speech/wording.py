"""From what is to be said to the words of one language; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from string import Formatter

from pbxd.org.sounds import Spoken
from pbxd.speech.catalogue import Catalogue, catalogue
from pbxd.speech.languages import LANGUAGES, Form, Language
from pbxd.speech.sayings import Count, Digits, Length, Message, Moment, Value

LAST_RESORT = "en"
"""What an organization is spoken to in that has no language of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text, and the language that it is in."""

    text: str
    language: str


def worded(message: Message, language: str, *, text: str | None = None, of: Catalogue | None = None) -> str:
    """A message in a language of :data:`LANGUAGES`. ``text`` replaces the catalogue's and may have the same gaps.

    Raises ``KeyError`` for a message, a gap or a noun that is unknown: a mistake of whoever speaks.
    """
    of = of or catalogue()
    text = of.messages[message.id].texts[language] if text is None else text
    speaker = LANGUAGES[language]
    said = []
    for literal, gap, form, _ in Formatter().parse(text):
        said.append(literal)
        if gap is not None:
            said.append(_value(message.values[gap], speaker, Form.UNTIL if form == "until" else Form.AT, of))
    return "".join(said)


def _value(value: Value, language: Language, form: Form, of: Catalogue) -> str:
    match value:
        case str():
            return value
        case int():
            return language.number(value)
        case Digits(digits=digits):
            return language.digits(digits)
        case Count(number=number, of=noun):
            return language.count(number, of.nouns[noun][language.code])
        case Length(seconds=seconds):
            return language.length(seconds)
        case Spoken(texts=texts):
            return in_order(texts, language.code, ()).text
        case Moment(at=at, now=now):
            return language.moment(at, now, form)
        case date():
            return language.date(value, year=False)
        case time():
            return language.clock(value, near=False)


def chosen(prompt: Spoken, wanted: str, languages: tuple[str, ...]) -> Words:
    """The words for somebody who is spoken to in ``wanted``, else those of the organization's first language that has
    any (SND-2).
    """
    return in_order(prompt.texts, wanted, languages)


def in_order(texts: Mapping[str, str], wanted: str, languages: tuple[str, ...]) -> Words:
    """The text in the first language that has one; under the empty key is one for every language."""
    for language in (wanted, *languages):
        if language in texts:
            return Words(text=texts[language], language=language)
    if "" in texts:
        return Words(text=texts[""], language=wanted)
    language, text = next(iter(texts.items()))
    return Words(text=text, language=language)


def spoken_by_us(wanted: str, languages: tuple[str, ...]) -> str:
    """The language that the system's own messages are said in."""
    return next((language for language in (wanted, *languages) if language in LANGUAGES), LAST_RESORT)
