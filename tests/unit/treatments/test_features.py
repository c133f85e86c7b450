"""Every feature code is carried out by something, and says what it did in every language."""

from __future__ import annotations

import string

import pytest

from pbxd.org.codes import CODES
from pbxd.treatments.features import FEATURES
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
