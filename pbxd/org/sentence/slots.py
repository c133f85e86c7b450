"""What can stand in the slots of a template: how each is read and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Never, Protocol

from pbxd.org.sentence.template import filled, parse
from pbxd.org.sentence.tokens import Token, is_bare, quoted
from pbxd.org.sentence.trie import Trie

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Slot(Protocol):
    """A kind of value in one language."""

    def read(self, tokens: Sequence[Token], at: int) -> tuple[object, int] | None:
        """The value at a place and where it ends, or ``None``."""
        ...

    def write(self, value: object) -> str | None:
        """The value as :meth:`read` reads it; ``None`` for one that has no such form."""
        ...


class Vocabulary:
    """Values that have words of their own, such as ``busy``: several spellings each, the first is written."""

    def __init__(self, words: Mapping[Any, Sequence[str]]) -> None:
        self._trie: Trie[object] = Trie()
        self._written = {value: filled(parse(spellings[0]), {}, lambda *_: None) for value, spellings in words.items()}
        for value, templates in words.items():
            for template in templates:
                self._trie.add(template, value, _no_slot)
        self.words = self._trie.words

    def read(self, tokens: Sequence[Token], at: int) -> tuple[object, int] | None:
        found = self._trie.find(tokens, at)
        return (found.what, found.end) if found is not None else None

    def write(self, value: object) -> str | None:
        return self._written.get(value)


def _no_slot(name: str) -> Never:
    raise AssertionError(f"{name}: words have no slots")


class Quoted:
    """Any text, always in quotes."""

    def read(self, tokens: Sequence[Token], at: int) -> tuple[object, int] | None:
        if at < len(tokens) and tokens[at].kind == "quoted":
            return tokens[at].text, at + 1
        return None

    def write(self, value: object) -> str | None:
        return quoted(str(value))


class Name(Quoted):
    """A name, a number or a prefix; in quotes where it would be taken for something else."""

    def __init__(self, reserved: set[str]) -> None:
        self._reserved = reserved

    def read(self, tokens: Sequence[Token], at: int) -> tuple[object, int] | None:
        if at < len(tokens) and tokens[at].kind == "word" and is_bare(tokens[at].text):
            return tokens[at].text, at + 1
        return super().read(tokens, at)

    def write(self, value: object) -> str | None:
        text = str(value)
        return text if is_bare(text) and text.casefold() not in self._reserved else quoted(text)


class Digits:
    """A number that nothing announces: ``then 201``."""

    def read(self, tokens: Sequence[Token], at: int) -> tuple[object, int] | None:
        if at < len(tokens) and tokens[at].kind == "word" and tokens[at].text.lstrip("+").isdecimal():
            return tokens[at].text, at + 1
        return None

    def write(self, value: object) -> str | None:
        return None


class Date:
    """``2026-12-24``."""

    def read(self, tokens: Sequence[Token], at: int) -> tuple[object, int] | None:
        try:
            return (date.fromisoformat(tokens[at].text), at + 1) if at < len(tokens) else None
        except ValueError:
            return None

    def write(self, value: object) -> str | None:
        return value.isoformat() if isinstance(value, date) else None


class Time:
    """``08:00``; ``24:00`` is midnight."""

    def read(self, tokens: Sequence[Token], at: int) -> tuple[object, int] | None:
        text = tokens[at].text if at < len(tokens) and ":" in tokens[at].text else ""
        try:
            return time.fromisoformat("00:00" if text == "24:00" else text.zfill(5)), at + 1
        except ValueError:
            return None

    def write(self, value: object) -> str | None:
        assert isinstance(value, time)
        return value.strftime("%H:%M") if value == value.replace(second=0, microsecond=0) else value.isoformat()


class Several:
    """A list such as ``desk phone, softphone and mobile``: one value at least, each by its words."""

    def __init__(self, one: Vocabulary, glue: Vocabulary, last: str) -> None:
        self._one, self._glue, self._last = one, glue, last

    def read(self, tokens: Sequence[Token], at: int) -> tuple[object, int] | None:
        values: list[object] = []
        found = self._item(tokens, at)
        while found is not None:
            values += found[0]
            at = found[1]
            glue = self._glue.read(tokens, at)
            found = self._item(tokens, glue[1]) if glue is not None else None
        return (tuple(values), at) if values else None

    def _item(self, tokens: Sequence[Token], at: int) -> tuple[list[object], int] | None:
        read = self._one.read(tokens, at)
        return ([read[0]], read[1]) if read is not None else None

    def write(self, value: object) -> str | None:
        assert isinstance(value, tuple)
        words = [self._one.write(item) for item in value]
        known = [word for word in words if word is not None]
        if len(known) < len(words):
            return None
        return f"{', '.join(known[:-1])} {self._last} {known[-1]}" if len(known) > 1 else known[0]


class Weekdays(Several):
    """Days and spans of days: ``Monday to Thursday``."""

    def __init__(self, one: Vocabulary, glue: Vocabulary, last: str, until: str) -> None:
        super().__init__(one, glue, last)
        self._until = until

    def _item(self, tokens: Sequence[Token], at: int) -> tuple[list[object], int] | None:
        first = self._one.read(tokens, at)
        if first is None:
            return None
        value, end = first
        if end + 1 < len(tokens) and tokens[end].folded == self._until:
            last = self._one.read(tokens, end + 1)
            if last is not None:
                return _span(str(value), str(last[0])), last[1]
        return [value], end

    def write(self, value: object) -> str | None:
        assert isinstance(value, tuple)
        if len(value) > 2 and len(value) <= len(WEEK) and list(value) == _span(value[0], value[-1]):
            return f"{self._one.write(value[0])} {self._until} {self._one.write(value[-1])}"
        return super().write(value)


def _span(first: str, last: str) -> list[object]:
    start, end = WEEK.index(first), WEEK.index(last)
    return [*WEEK[start : end + 1]] if start <= end else [*WEEK[start:], *WEEK[: end + 1]]


class Duration:
    """``10 seconds``, ``2 minutes``, ``30s``; written in seconds."""

    def __init__(self, units: Vocabulary, one: str, many: str) -> None:
        self._units, self._one, self._many = units, one, many

    def read(self, tokens: Sequence[Token], at: int) -> tuple[object, int] | None:
        text = tokens[at].folded if at < len(tokens) else ""
        if text[-1:] in _SHORT and _amount(text[:-1]) is not None:
            return int(text[:-1]) * _SHORT[text[-1]], at + 1
        unit = self._units.read(tokens, at + 1)
        amount = _amount(text)
        return (amount * int(str(unit[0])), unit[1]) if unit is not None and amount is not None else None

    def write(self, value: object) -> str | None:
        return f"{value} {self._one if value == 1 else self._many}"


_SHORT = {"s": 1, "m": 60, "h": 3600}


def _amount(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 7 else None
