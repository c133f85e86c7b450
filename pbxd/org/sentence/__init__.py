"""Rules as sentences, in English, Danish and Swedish (RULE-4).

:func:`write` and :func:`read` are each other's inverse: any rule that is written is read as the same rule.

>>> write(read("when the caller is VIP, ring all devices, then 201 after 15 seconds"), "da")
'når opkalderen er VIP, ring på alle enheder, derefter nummer 201 efter 15 sekunder'
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import TypeVar

from pbxd.org.rules import Condition, Rule, Target
from pbxd.org.sentence.errors import SentenceError
from pbxd.org.sentence.language import LANGUAGES, language
from pbxd.org.sentence.reader import Reader
from pbxd.org.sentence.writer import Writer

__all__ = [
    "LANGUAGES",
    "SentenceError",
    "read",
    "read_condition",
    "read_target",
    "write",
    "write_condition",
    "write_target",
]

T = TypeVar("T")


def read(text: str, language: str | None = None) -> Rule:
    """The rule that a sentence says, in the given language, or in whichever it is written.

    Raises :class:`SentenceError` with the place where it is not understood, and what may have been meant.
    """
    return _read_rule(text, language)


def read_condition(text: str, language: str | None = None) -> Condition:
    """A condition alone, such as ``night mode is on``; see :func:`read`."""
    return _read(text, language, Reader.condition)


def read_target(text: str, language: str | None = None) -> Target:
    """A target alone, such as ``voicemail of user bo``; see :func:`read`."""
    return _read(text, language, Reader.target)


def write(rule: Rule, language: str = "en") -> str:
    """The rule as a sentence. Raises :class:`KeyError` for a language that is none of :data:`LANGUAGES`."""
    return _written(rule, language)


def write_condition(condition: Condition, language: str = "en") -> str:
    """The condition as it stands behind `when`."""
    return _writer(language).condition(condition)


def write_target(target: Target, language: str = "en") -> str:
    """The target as it stands in a list of steps."""
    return _writer(language).target(target)


@lru_cache(maxsize=4096)
def _read_rule(text: str, language: str | None) -> Rule:
    """Organizations with thousands of users have thousands of times the same rule."""
    return _read(text, language, Reader.rule)


@lru_cache(maxsize=4096)
def _written(rule: Rule, language: str) -> str:
    """Decision trails write the same few rules again and again."""
    return _writer(language).rule(rule)


@cache
def _writer(code: str) -> Writer:
    return Writer(language(code))


def _read(text: str, code: str | None, read: Callable[[Reader], T]) -> T:
    """What the first language that understands all of it makes of it, or the error of the one that came furthest."""
    failed: list[tuple[int, SentenceError]] = []
    for known in LANGUAGES if code is None else (code,):
        reader = Reader(text, language(known))
        try:
            return read(reader)
        except SentenceError as error:
            failed.append((reader.position, error))
    raise max(failed, key=lambda failure: failure[0])[1]
