"""What can be said to somebody: plain values, without a language and without sound.

Whoever speaks chooses words for nothing: a menu or a mailbox names a message of the catalogue and what fills its gaps,
and each language decides how that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TypeAlias

from pbxd.org.sounds import Prompt, Spoken


@dataclass(frozen=True, slots=True)
class Digits:
    """A number that is read digit by digit, or as its language reads telephone numbers: ``202``, ``+4588887702``."""

    digits: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many; ``of`` names the thing in the catalogue that is counted, because languages inflect both."""

    number: int
    of: str


@dataclass(frozen=True, slots=True)
class Length:
    """How long something lasts."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as people say it at another: ``today at 14``, ``yesterday``, ``Monday the third of March at half past
    two``. Both are in the time zone of the one who listens.
    """

    at: datetime
    now: datetime


Value: TypeAlias = str | int | Digits | Count | Length | Moment | date | time | Spoken
"""What fills a gap: text is spoken as it is, an ``int`` is a number; of words by language, such as the labels of an
activity, those of the message's language are said.
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the catalogue of system prompts; ``values`` fill the gaps that it names."""

    id: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something that was recorded: a message in a mailbox, a greeting."""

    path: str
    """Absolute, of a file that the media engine reads."""


@dataclass(frozen=True, slots=True)
class Beep:
    """The tone after which one is to speak."""


Saying: TypeAlias = Message | Prompt | Recorded | Beep
"""A prompt is a sound of the organization's library by name, where a system prompt of that name counts as one, or words
by language.
"""
