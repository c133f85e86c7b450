"""Every feature code is carried out by something, and says what it did in every language."""

from __future__ import annotations

import string

import pytest

from pbxd.org.codes import CODES
from pbxd.speech.catalogue import catalogue
from pbxd.treatments.features import FEATURES, spoken
from pbxd.treatments.features.asker import NOT_POSSIBLE, SAID, Reply
from pbxd.treatments.features.words import LANGUAGE, WORDS, words


def test_every_code_has_a_performer_and_every_performer_a_code() -> None:
    assert FEATURES.keys() == CODES.keys()


@pytest.mark.parametrize("name", WORDS)
def test_a_text_has_the_same_values_in_every_language(name: str) -> None:
    texts = WORDS[name]
    assert texts.keys() == {"en", "da", "sv"}
    values = [sorted(field for _, field, _, _ in string.Formatter().parse(text) if field) for text in texts.values()]
    assert values[0] == values[1] == values[2]


def test_who_speaks_none_of_our_languages_reads_english() -> None:
    assert words("divert-off", "fi") == WORDS["divert-off"][LANGUAGE]


@pytest.mark.parametrize("name", FEATURES)
def test_what_a_code_did_has_words(name: str) -> None:
    entry = catalogue().messages.get(f"feature-{name}")
    gaps = entry.gaps if entry is not None else frozenset()
    said = spoken(name, Reply("shown", dict.fromkeys(gaps, "x")))
    assert said.id == (f"feature-{name}" if entry is not None else "feature-done")
    assert said.values.keys() == gaps


def test_an_end_is_told_where_there_is_one() -> None:
    assert spoken("activity", Reply("shown", {"activity": "lunch", "end": "noon"})).id == "feature-activity-until"
    assert spoken("divert", Reply("shown")).id == "feature-done", "what has no words for its gap"


def test_every_refusal_has_words() -> None:
    assert {message.id for message in (NOT_POSSIBLE, *SAID.values())} <= catalogue().messages.keys()
