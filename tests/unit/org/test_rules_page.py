"""docs/rules.md: its sentences are understood, and its tables are what is written, in all three languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import TypeAdapter

from pbxd.config.building import rules as building
from pbxd.config.models import rules as models
from pbxd.config.source import read as read_yaml
from pbxd.org import rules as r
from pbxd.org.handling import handling_rules
from pbxd.org.scope import KINDS
from pbxd.org.sentence import (
    LANGUAGES,
    SentenceError,
    read,
    read_condition,
    read_target,
    write,
    write_condition,
    write_target,
)

TEXT = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
SENTENCES = [line for line in re.findall(r"^ {4}(.+)$", TEXT, re.MULTILINE) if re.match("when|når|när|ring", line)]


def rows(heading: str) -> Iterator[tuple[str, ...]]:
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    for line in section.splitlines():
        if line.startswith("| ") and not line.startswith("| English"):
            yield tuple(cell.strip() for cell in line.strip("|").split("|"))


def parts_of(thing: object) -> Iterator[type]:
    """The types that a condition is made of."""
    yield type(thing)
    for name in getattr(type(thing), "__slots__", ()):
        value = getattr(thing, name)
        for one in value if isinstance(value, tuple) else (value,):
            yield from parts_of(one) if type(one).__module__.startswith("pbxd") else ()


@pytest.mark.covers("RULE-4")
@pytest.mark.parametrize(
    ("heading", "reading", "writing", "every"),
    [
        ("Conditions", read_condition, write_condition, get_args(r.Condition)),
        ("Targets", read_target, write_target, get_args(r.Target)),
    ],
)
def test_the_tables_hold_every_kind_in_every_language(
    heading: str, reading: Callable[..., r.Condition], writing: Callable[..., str], every: tuple[type, ...]
) -> None:
    seen: set[type] = set()
    for row in rows(heading):
        found = reading(row[0])
        seen.update(parts_of(found))
        for language, cell in zip(LANGUAGES, row, strict=True):
            assert reading(cell) == reading(cell, language) == found
            assert writing(found, language) == cell
    assert seen >= set(every)


def test_its_sentences_are_written_as_they_stand() -> None:
    assert len(SENTENCES) == 8
    for sentence in SENTENCES:
        assert sentence in [write(read(sentence), language) for language in LANGUAGES]
    assert len({read(sentence) for sentence in SENTENCES[:3]}) == 1


@pytest.mark.covers("RULE-4")
def test_its_parts_are_its_first_sentence() -> None:
    block = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0]
    source, _ = read_yaml("page", block.encode())
    assert building.rule(TypeAdapter[building.Written](models.Rule).validate_python(source.data)) == read(SENTENCES[0])


def test_every_key_and_kind_is_explained() -> None:
    for model in (models.Condition, models.Action):
        for key in model.known_keys():
            assert f"`{key}`" in TEXT
    for kind in KINDS:
        assert f"`{kind}`" in TEXT


def test_call_handling_comes_to_what_the_page_shows() -> None:
    step = r.Step(target=r.ToVoicemail(), after=30)
    shown = [
        *handling_rules("landline", "activity", "message-then-voicemail", (("lunch", "at-lunch"),)),
        *handling_rules("landline", "busy", "voicemail-call-waiting"),
        *handling_rules("landline", "no_answer", step),
    ]
    assert [write(rule) for rule in shown] == SENTENCES[-4:]


def test_the_mistake_is_told_as_the_page_shows_it() -> None:
    with pytest.raises(SentenceError) as caught:
        read("when the usr is in a call, voicemail")
    assert f"    {caught.value}\n    {caught.value.hint}\n" in TEXT
