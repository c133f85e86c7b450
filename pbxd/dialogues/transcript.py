"""What was said, as a short text for the log: names and values, where the words are the catalogue's."""

from __future__ import annotations

from typing import assert_never

from pbxd.org.sounds import Spoken
from pbxd.speech.sayings import Beep, Count, Digits, Length, Message, Moment, Recorded, Saying, Value


def told(saying: Saying, language: str) -> str:
    """``closed``, ``messages-new count=3``, the organization's own words in this language, or ``(recording)``."""
    match saying:
        case str():
            return saying
        case Spoken(texts=texts):
            return texts.get(language) or next(iter(texts.values()), "")
        case Message(id=name, values=values):
            return " ".join((name, *(f"{key}={_value(value, language)}" for key, value in values.items())))
        case Recorded():
            return "(recording)"
        case Beep():
            return "(beep)"
        case never:
            assert_never(never)


def _value(value: Value, language: str) -> str:
    match value:
        case Digits(digits=digits):
            return digits
        case Count(number=number, of=of):
            return f"{number} {of}"
        case Length(seconds=seconds):
            return f"{seconds:g} s"
        case Moment(at=at):
            return at.isoformat(" ", "minutes")
        case Spoken():
            return told(value, language)
        case _:
            return str(value)
