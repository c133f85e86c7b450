"""The catalogue is whole: every message in every language, with the gaps that its speakers fill."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import pbxd
from pbxd.speech.catalogue import Entry, catalogue
from pbxd.speech.languages import LANGUAGES
from pbxd.speech.sayings import Digits, Message, Moment
from pbxd.speech.wording import worded

NOW = datetime(2026, 11, 23, 12, 10, tzinfo=UTC)
MOMENT = Moment(at=datetime(2026, 11, 24, 14, 30, tzinfo=UTC), now=NOW)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_can_be_said(language: str) -> None:
    for entry in catalogue().messages.values():
        _judge(entry, language)


def _judge(entry: Entry, language: str) -> None:
    values = {gap: MOMENT if gap in ("at", "end", "start", "opens") else Digits("5") for gap in entry.gaps}
    text = worded(Message(entry.id, values), language)
    assert "{" not in text
    assert text == text.strip()
    assert not re.search(r"[0-9]|  ", text), "numbers are spelled, so that no engine has to know how they are said"
    assert text[0].isupper() or entry.texts[language].startswith("{")
    assert text[-1] in ".:?"
    assert entry.heard.endswith((".", ")"))


@pytest.mark.parametrize("noun", catalogue().nouns)
def test_every_noun_is_there_in_every_language(noun: str) -> None:
    forms = catalogue().nouns[noun]
    assert set(forms) == set(LANGUAGES)
    for code, language in LANGUAGES.items():
        assert language.count(1, forms[code]) == forms[code].one
        assert language.count(0, forms[code]) == forms[code].none
        assert language.count(2, forms[code]).endswith(forms[code].more)


def _said() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """Every message that is made in the source: where, its id, and the names of its values where they stand there."""
    for path in Path(pbxd.__file__).parent.rglob("*.py"):
        source = path.read_text()
        if "speech.sayings" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.Call(func=ast.Name(id="Message"), args=[ast.Constant(value=str(id_))]):
                    yield path.name, id_, frozenset()
                case ast.Call(func=ast.Name(id="Message"), args=[ast.Constant(value=str(id_)), ast.Dict(keys=keys)]):
                    names = [key.value for key in keys if isinstance(key, ast.Constant)]
                    yield path.name, id_, frozenset(map(str, names)) if len(names) == len(keys) else None


def test_what_the_source_says_is_in_the_catalogue() -> None:
    for where, id_, values in _said():
        assert id_ in catalogue().messages, f"{where} says {id_}"
        if values is not None:
            assert catalogue().messages[id_].gaps <= values, f"{where} says {id_}"


def test_a_text_of_one_s_own_may_have_the_same_gaps() -> None:
    message = Message("greeting-default", {"name": "Anna Holm"})
    assert worded(message, "en", text="{name} is out.") == "Anna Holm is out."
