"""The system's own messages, in every language: text files beside this one, one for each thing that talks.

A message says in ``heard`` where one hears it, and its text in each language. A gap is ``{name}``, or ``{name:until}``
for a moment after a word such as "until". The other entries are the things that are counted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any

from pbxd.speech.languages import LANGUAGES, Noun


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message."""

    id: str
    heard: str
    """Where one hears it."""
    texts: Mapping[str, str]
    """By language; every language of :data:`LANGUAGES` has one."""
    gaps: frozenset[str]
    """Names of what its speaker must fill in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything that the system itself can say."""

    messages: Mapping[str, Entry]
    """By id."""
    nouns: Mapping[str, Mapping[str, Noun]]
    """What :class:`pbxd.speech.sayings.Count` counts: by name, then by language."""


@cache
def catalogue() -> Catalogue:
    """Read the files; slow the first time."""
    messages: dict[str, Entry] = {}
    nouns: dict[str, Mapping[str, Noun]] = {}
    for file in sorted(resources.files(__name__).iterdir(), key=lambda found: found.name):
        if not file.name.endswith(".toml"):
            continue
        for name, written in tomllib.loads(file.read_text("utf-8")).items():
            if name in messages or name in nouns:
                raise ValueError(f"{file.name}: {name} is there twice")
            if "heard" in written:
                messages[name] = _entry(name, written)
            else:
                nouns[name] = {language: Noun(**forms) for language, forms in written.items()}
    return Catalogue(messages=messages, nouns=nouns)


def _entry(name: str, written: Mapping[str, Any]) -> Entry:
    texts = {language: written[language] for language in LANGUAGES}
    [gaps, *others] = [frozenset(gaps_of(text)) for text in texts.values()]
    if any(other != gaps for other in others):
        raise ValueError(f"{name}: the languages have different gaps")
    return Entry(id=name, heard=written["heard"], texts=texts, gaps=gaps)


def gaps_of(text: str) -> list[str]:
    """Names of the gaps of a text, in its order. Raises ``ValueError`` for braces that are none."""
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]
