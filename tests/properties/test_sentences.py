"""Rules in words: whatever a rule says, it is written and read as the same rule (RULE-4)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from pbxd.config.building.rules import Written, rule, rule_parts
from pbxd.config.models import rules as files
from pbxd.org.rules import Rule
from pbxd.org.sentence import LANGUAGES, SentenceError, read, write
from tests.support.rules import ODD, PLAIN, rules

STRUCTURED: TypeAdapter[Written] = TypeAdapter(files.Rule)

in_each_language = pytest.mark.parametrize("language", LANGUAGES)


def as_text(value: object) -> object:
    """As :mod:`pbxd.config.source` reads a file: every scalar is text."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else value


@pytest.mark.covers("RULE-4")
@in_each_language
@given(rule=rules(ODD))
@settings(max_examples=150)
def test_what_is_written_is_read_as_the_same_rule(language: str, rule: Rule) -> None:
    written = write(rule, language)
    assert read(written, language) == rule


@pytest.mark.covers("RULE-4")
@in_each_language
@given(rule=rules(ODD))
@settings(max_examples=80)
def test_the_language_is_recognized(language: str, rule: Rule) -> None:
    assert read(write(rule, language)) == rule


@in_each_language
@given(rule=rules(PLAIN))
@settings(max_examples=50)
def test_no_other_language_understands_something_else(language: str, rule: Rule) -> None:
    written = write(rule, language)
    for other in LANGUAGES:
        try:
            found = read(written, other)
        except SentenceError:
            continue
        assert found == rule


@pytest.mark.covers("RULE-4")
@given(given_rule=rules(PLAIN))
@settings(max_examples=150)
def test_the_parts_that_are_printed_are_read_as_the_same_rule(given_rule: Rule) -> None:
    printed = as_text(rule_parts(given_rule))
    assert rule(STRUCTURED.validate_python(printed)) == given_rule


ENGLISH = "when the caller is VIP and or not either ( ) , then ring all devices voicemail after 10 seconds user anna"
OTHERS = "når opkalderen er og ring på alle derefter när uppringaren är och sedan ringa 2026-12-24 08:00 +45 \" '"
WORDS = [*ENGLISH.split(), *OTHERS.split()]


@given(text=st.text() | st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
@settings(max_examples=200)
def test_any_text_is_a_rule_or_an_error_with_a_place_in_it(text: str) -> None:
    try:
        found = read(text)
    except SentenceError as caught:
        error: SentenceError = caught
    else:
        for language in LANGUAGES:
            assert read(write(found, language)) == found
        return
    assert 0 <= error.position <= len(text)
    assert error.message
