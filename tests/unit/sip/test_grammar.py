"""Tokens, quotes, lists, parameters and numbers."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.grammar import (
    MAX_LIST,
    MAX_PARAMS,
    find_param,
    format_params,
    is_token,
    number,
    parse_params,
    quote,
    set_param,
    split_commas,
    split_list,
    tokens,
    unquote,
)


@pytest.mark.parametrize("text", ["INVITE", "!interesting-Method0123456789_*+`.%indeed'~", "z9hG4bK.1"])
def test_tokens(text: str) -> None:
    assert is_token(text)


@pytest.mark.parametrize("text", ["", "a b", "a/b", 'a"', "a:", "ø", "a\n"])
def test_what_is_no_token(text: str) -> None:
    assert not is_token(text)


def test_a_quoted_string_keeps_quotes_and_backslashes() -> None:
    assert quote('a "b" \\c') == r'"a \"b\" \\c"'
    assert unquote(r'"a \"b\" \\c"') == 'a "b" \\c'


def test_no_quoted_string_can_end_its_line() -> None:
    assert quote("a\r\nVia: evil\nx") == '"a Via: evil x"'


@pytest.mark.parametrize("text", ["", '"', "plain", '"open', 'closed"'])
def test_what_is_not_quoted_stays(text: str) -> None:
    assert unquote(text) == text


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("", [""]),
        (" a ", ["a"]),
        ("a,b ,\tc", ["a", "b", "c"]),
        ('"a, b" <sip:x>, c', ['"a, b" <sip:x>', "c"]),
        ('"a \\", b", c', ['"a \\", b"', "c"]),
        ("<sip:a,b@x>;q=1,<sip:c>", ["<sip:a,b@x>;q=1", "<sip:c>"]),
        ("a,,b,", ["a", "", "b", ""]),
        ('"",""', ['""', '""']),
    ],
)
def test_commas_in_quotes_and_brackets_do_not_separate(text: str, elements: list[str]) -> None:
    assert split_commas(text) == elements


@pytest.mark.parametrize("text", ['a, "b', "a, <b", '"\\",', "<sip:a, b"])
def test_an_open_quote_or_bracket_is_refused(text: str) -> None:
    with pytest.raises(MalformedMessage):
        split_commas(text)


def test_lists_are_bounded_and_have_no_empty_elements() -> None:
    for element in ("a", "<a>"):
        assert len(split_list(",".join([element] * MAX_LIST))) == MAX_LIST
        with pytest.raises(MalformedMessage):
            split_commas(",".join([element] * (MAX_LIST + 1)))
    with pytest.raises(MalformedMessage):
        split_list("a,,b")


def test_token_lists_join_lines_and_skip_empty_elements() -> None:
    assert tokens("100rel, timer,", "", "path") == ("100rel", "timer", "path")
    with pytest.raises(MalformedMessage):
        tokens("100rel timer")


def test_parameters_keep_values_as_written() -> None:
    params = parse_params(' ; Tag = abc;lr ; text="a;b,\\"c" ;x=;received=2001:db8::1;b=[::1]')
    assert params == (
        ("tag", "abc"),
        ("lr", None),
        ("text", '"a;b,\\"c"'),
        ("x", ""),
        ("received", "2001:db8::1"),
        ("b", "[::1]"),
    )
    assert format_params(params) == ';tag=abc;lr;text="a;b,\\"c";x=;received=2001:db8::1;b=[::1]'
    assert find_param(params, "lr") == ""
    assert find_param(params, "none") is None


@pytest.mark.parametrize("text", ["x", ";", ";;a", ";a=b c", ';a="b', ";a=1;A=2", ";a=b,", ";=b", ";a=<b>"])
def test_bad_parameters(text: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_params(text)


def test_parameters_are_bounded() -> None:
    assert len(parse_params("".join(f";p{n}" for n in range(MAX_PARAMS)))) == MAX_PARAMS
    with pytest.raises(MalformedMessage):
        parse_params("".join(f";p{n}" for n in range(MAX_PARAMS + 1)))


def test_setting_a_parameter_keeps_its_place() -> None:
    params = (("branch", "x"), ("rport", None), ("ttl", "1"))
    assert set_param(params, "rport", "5062") == (("branch", "x"), ("rport", "5062"), ("ttl", "1"))
    assert set_param(params, "received", "192.0.2.1")[-1] == ("received", "192.0.2.1")


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("007", 7), ("0" * 5000 + "9", 9), ("255", 255)])
def test_numbers(text: str, value: int) -> None:
    assert number(text, 255) == value


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "256", "9" * 10_000, "٣", "1_0", " 1"])
def test_bad_numbers(text: str) -> None:
    with pytest.raises(MalformedMessage):
        number(text, 255)
