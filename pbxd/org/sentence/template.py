"""The little notation in which the languages' tables are written.

``the caller is [not] {kind}``: words, ``{slots}`` that hold values, ``[what may be left out]`` and ``(one|the other)``.
Reading takes any of the spellings. Writing takes the first of several, and an optional part only for the slot in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from pbxd.org.sentence.tokens import folded


@dataclass(frozen=True, slots=True)
class Word:
    text: str


@dataclass(frozen=True, slots=True)
class Hole:
    """A slot: the name of the field that goes there."""

    field: str


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[Parts, ...]
    optional: bool


Parts: TypeAlias = "tuple[Word | Hole | Choice, ...]"
Flat: TypeAlias = tuple[str | Hole, ...]
"""One spelling: words as they are compared, and slots."""

_PART = re.compile(r"\s*([\[\](|)]|\{\w+\}|[^\s\[\](|){}]+)")
_CLOSING = {"[": "]", "(": ")"}


def parse(text: str) -> Parts:
    """The parts of a template."""
    rest = _PART.findall(text)
    found = _options(rest, "")
    assert len(found) == 1, text
    return found[0]


def _options(rest: list[str], closing: str) -> tuple[Parts, ...]:
    options: list[Parts] = []
    parts: list[Word | Hole | Choice] = []
    while rest:
        part = rest.pop(0)
        if part == closing:
            break
        if part in _CLOSING:
            parts.append(Choice(_options(rest, _CLOSING[part]), part == "["))
        elif part == "|":
            options.append(tuple(parts))
            parts = []
        else:
            parts.append(Hole(part[1:-1]) if part.startswith("{") else Word(part))
    return (*options, tuple(parts))


def words_of(text: str) -> Iterator[str]:
    """The words of a template, as they are compared."""
    return (folded(part) for part in _PART.findall(text) if part[0] not in "[](|){")


def spellings(parts: Parts) -> Iterator[Flat]:
    """Every way to write it."""
    for combined in product(*(list(_of(part)) for part in parts)):
        yield tuple(word for piece in combined for word in piece)


def _of(part: Word | Hole | Choice) -> Iterator[Flat]:
    match part:
        case Word(text):
            yield (folded(text),)
        case Hole():
            yield (part,)
        case Choice(options, optional):
            if optional:
                yield ()
            for option in options:
                yield from spellings(option)


def filled(parts: Parts, values: Mapping[str, object], write: Callable[[str, object], str | None]) -> str | None:
    """The template with each value in its slot; ``None`` where one has no slot, or is not what the slot holds."""
    used: set[str] = set()

    def words(parts: Parts) -> Iterable[str | None]:
        for part in parts:
            match part:
                case Word(text):
                    yield text
                case Hole(field):
                    used.add(field)
                    yield write(field, values[field]) if field in values else None
                case Choice(options, optional):
                    if not optional or _holes(options[0]) & values.keys():
                        yield from words(options[0])

    found = list(words(parts))
    if used != values.keys() or None in found:
        return None
    return " ".join(word for word in found if word)


def skeleton(parts: Parts) -> str:
    """The template as a suggestion shows it: its slots are dots, what may be left out is."""
    words = (part.text if isinstance(part, Word) else "..." for part in parts if not isinstance(part, Choice))
    return " ".join(words)


def _holes(parts: Parts) -> set[str]:
    return {hole.field for flat in spellings(parts) for hole in flat if isinstance(hole, Hole)}
