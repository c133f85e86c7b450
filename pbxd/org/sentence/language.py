"""A language: tables of spellings made into what reads and what writes.

The grammar is the same in all languages (:mod:`pbxd.org.sentence.reader`, :mod:`pbxd.org.sentence.writer`); a language
gives the words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from pbxd.org.sentence.forms import CONDITIONS, MODIFIERS, TARGETS, Form
from pbxd.org.sentence.slots import Date, Digits, Duration, Name, Quoted, Several, Slot, Time, Vocabulary, Weekdays
from pbxd.org.sentence.template import Parts, filled, parse, skeleton
from pbxd.org.sentence.trie import Trie

Spellings: TypeAlias = Mapping[str, Sequence[str]]
"""Name of a form to its templates; the first is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What a language's module gives."""

    code: str
    structure: Spellings
    """``when and or not either then also``: what joins conditions, and steps."""
    conditions: Spellings
    negations: Spellings
    targets: Spellings
    words: Mapping[str, Mapping[Any, Sequence[str]]]
    """Kind of slot to its values and their spellings."""
    after: Sequence[str]
    duration: Sequence[str]
    second: str
    seconds: str
    until: str
    """Between the first and the last day of a span."""
    days_or: str
    devices_and: str
    names: str
    """Words that are understood as names all the same, so that they need no quotes: `the activity is available`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a template stands for: this form, or that it does not hold."""

    form: Form
    negated: bool = False


class Language:
    """Everything that the reader and the writer ask of a language."""

    def __init__(self, tables: Tables) -> None:
        self.code = tables.code
        self.structure = Vocabulary(tables.structure)
        self.conditions: Trie[Meaning] = Trie()
        self.targets: Trie[Meaning] = Trie()
        self.modifiers: Trie[str] = Trie()
        reserved: set[str] = set(self.structure.words)
        self._slots = _slots(tables, reserved)
        self._written: dict[tuple[str, bool], Parts] = {}
        self._modifiers: dict[str, Parts] = {}
        self._fill(tables)
        reserved.update(self.conditions.words, self.targets.words, self.modifiers.words)
        for slot in self._slots.values():
            reserved.update(getattr(slot, "words", ()))
        reserved.difference_update(tables.names.split())

    def _fill(self, tables: Tables) -> None:
        for form in CONDITIONS:
            self._add(self.conditions, form, tables.conditions[form.name])
            self._add(self.conditions, form, tables.negations.get(form.name, ()), negated=True)
        for form in TARGETS:
            self._add(self.targets, form, tables.targets[form.name])
        for field, spellings in (("after", tables.after), ("duration", tables.duration)):
            self._modifiers[field] = parse(spellings[0])
            for spelling in spellings:
                self.modifiers.add(spelling, field, lambda name: self._slots[MODIFIERS[name]].read)

    def _add(self, trie: Trie[Meaning], form: Form, spellings: Sequence[str], *, negated: bool = False) -> None:
        for spelling in spellings:
            meaning = Meaning(form=form, negated=negated)
            trie.add(spelling, meaning, lambda name: self._slots[form.slots[name]].read)
        if spellings:
            self._written[form.name, negated] = parse(spellings[0])

    def say(self, form: Form, values: Mapping[str, object], *, negated: bool = False) -> str | None:
        """The form with these values; ``None`` where it has no such words."""
        parts = self._written.get((form.name, negated))
        if parts is None:
            return None
        return filled(parts, values, lambda field, value: self._slots[form.slots[field]].write(value))

    def modifier(self, field: str, seconds: int) -> str:
        """``after 10 seconds``."""
        slot = self._slots[MODIFIERS[field]]
        words = filled(self._modifiers[field], {field: seconds}, lambda _, value: slot.write(value))
        assert words is not None
        return words

    def phrases(self, trie: Trie[Meaning]) -> list[str]:
        """How conditions, or targets, are written: for suggestions."""
        forms = CONDITIONS if trie is self.conditions else TARGETS
        shown = [self._written.get((form.name, negated)) for form in forms for negated in (False, True)]
        return [skeleton(parts) for parts in shown if parts is not None]

    def word(self, structure: str) -> str:
        """One of the words that join, such as ``and``."""
        written = self.structure.write(structure)
        assert written is not None, structure
        return written


def _slots(tables: Tables, reserved: set[str]) -> dict[str, Slot]:
    plain = {name: Vocabulary(words) for name, words in tables.words.items()}
    both = {"glue": (",", f", {tables.days_or}", f", {tables.devices_and}", tables.days_or, tables.devices_and)}
    glue = Vocabulary(both)
    return {
        **plain,
        "name": Name(reserved),
        "text": Quoted(),
        "digits": Digits(),
        "date": Date(),
        "time": Time(),
        "devices": Several(plain["devices"], glue, tables.devices_and),
        "days": Weekdays(plain["days"], glue, tables.days_or, tables.until),
        "duration": Duration(plain["unit"], tables.second, tables.seconds),
    }


LANGUAGES = ("en", "da", "sv")
"""Those that rules can be written in, in the order in which they are tried."""


@cache
def language(code: str) -> Language:
    """The language with this code, made when it is first asked for. Raises :class:`KeyError` for another."""
    from pbxd.org.sentence.danish import DANISH
    from pbxd.org.sentence.english import ENGLISH
    from pbxd.org.sentence.swedish import SWEDISH

    return Language({"en": ENGLISH, "da": DANISH, "sv": SWEDISH}[code])
