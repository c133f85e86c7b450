"""The encoder that is set up once says what the one of the standard library says."""

from __future__ import annotations

import json
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.compact import encoder

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(value=values, ensure_ascii=st.booleans())
def test_it_writes_what_the_standard_library_writes(value: object, ensure_ascii: bool) -> None:
    expected = json.dumps(value, ensure_ascii=ensure_ascii, separators=(",", ":"))
    assert encoder(ensure_ascii=ensure_ascii)(value) == expected


@pytest.mark.parametrize("value", [nan, inf, {"at": -inf}])
def test_what_is_no_number_is_refused_or_allowed(value: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        encoder()(value)
    assert encoder(allow_nan=True)(value) == json.dumps(value, separators=(",", ":"))


def test_what_json_does_not_know() -> None:
    assert encoder(default=str)({"at": 1 + 2j}) == '{"at":"(1+2j)"}'
    with pytest.raises(TypeError, match="not JSON serializable"):
        encoder()(object())


def test_bytes_that_were_no_text_survive_as_ascii() -> None:
    assert encoder()(b"caf\xe9".decode("utf-8", "surrogateescape")) == r'"caf\udce9"'
