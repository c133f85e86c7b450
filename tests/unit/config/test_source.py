"""YAML to text that remembers its lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.config.source import MAX_BYTES, MAX_DEPTH, read


def problems_of(text: str) -> list[str]:
    return [str(problem) for problem in read("f.yaml", text.encode())[1]]


def test_scalars_stay_what_was_written() -> None:
    text = """
code: 0201
number: +4588887700
time: 17:00
country: NO
float: 1.50
date: 2026-12-24
quoted: "null"
tilde: ~
word: null
nothing:
"""
    source, problems = read("f.yaml", text.encode())
    assert problems == []
    assert source.data == {
        "code": "0201",
        "number": "+4588887700",
        "time": "17:00",
        "country": "NO",
        "float": "1.50",
        "date": "2026-12-24",
        "quoted": "null",
        "tilde": None,
        "word": None,
        "nothing": None,
    }


def test_every_path_has_its_line() -> None:
    source, _ = read("f.yaml", b"# a comment\na: 1\nb:\n  - x\n  - {c: 1,\n     d: 2}\n")
    assert [source.line(path) for path in (("a",), ("b",), ("b", 0), ("b", 1), ("b", 1, "c"), ("b", 1, "d"))] == [
        2,
        3,
        4,
        5,
        5,
        6,
    ]


def test_the_line_of_what_is_missing_is_that_of_the_nearest_thing_above_it() -> None:
    source, _ = read("f.yaml", b"a:\n  b:\n    c: 1\n")
    assert source.line(("a", "b", "nowhere", 3)) == 2
    assert source.line(("nowhere",)) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\n\tb: 2\n", "f.yaml:2: a tab indents this line (indent with spaces)"),
        ("a: [1, 2\nb: 3\n", "f.yaml:1: a list in brackets is not closed (add `]`, or a `,` between the items)"),
        ("a: {b: 1\n", "f.yaml:1: a mapping in braces is not closed (add `}`, or a `,` between the keys)"),
        ("a: 1\nb: 'x\n", "f.yaml:2: text in quotes is not closed (add the closing quote)"),
        ("a: 1\nb\nc: 2\n", "f.yaml:2: a key without `:` (write `key: value`)"),
        ("a: 1\nb: @x\n", "f.yaml:2: this character can't begin a value (put the value in quotes)"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: a second document begins here; a file holds one"),
        ("a: !!python/object:os.system x\n", "f.yaml:1: the tag `tag:yaml.org,2002:python/object:os.system` is not"),
        ("a: *b\n", "f.yaml:1: the alias `*b` stands for nothing that was written before it"),
        ("a: &a [*a]\n", "f.yaml:1: the alias `*a` stands for nothing that was written before it"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", "f.yaml:3: merge keys (`<<`) are not supported (repeat the keys)"),
        ("? [a]\n: 1\n", "f.yaml:1: a key must be text, not a mapping or a list"),
        ("a: \x07\n", "f.yaml:1: a character that YAML does not allow (U+0007) (remove it)"),
        ("", "f.yaml:1: the file is empty"),
        ("# only words\n", "f.yaml:1: the file is empty"),
    ],
)
@pytest.mark.covers("API-6")
def test_text_that_is_no_configuration_is_refused_with_its_line(text: str, problem: str) -> None:
    (found,) = problems_of(text)
    assert found.startswith(problem)


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    (problem,) = read("f.yaml", b"a: 1\nname: M\xf8ller\n")[1]
    assert str(problem) == "f.yaml:2: not UTF-8 text (save the file as UTF-8)"


def test_a_byte_order_mark_is_no_problem() -> None:
    assert read("f.yaml", b"\xef\xbb\xbfa: 1\n")[0].data == {"a": "1"}


def test_every_key_that_is_given_twice_is_named_and_the_first_one_counts() -> None:
    source, problems = read("f.yaml", b"a:\n  - b: 1\n    c: 2\n    b: 3\nd: 4\nd: 5\n")
    assert [str(problem) for problem in problems] == [
        "f.yaml:4: a.0.b: `b` is given twice; the first is on line 2",
        "f.yaml:6: d: `d` is given twice; the first is on line 5",
    ]
    assert source.data == {"a": [{"b": "1", "c": "2"}], "d": "4"}


def test_an_alias_repeats_what_it_stands_for() -> None:
    source, problems = read("f.yaml", b"a: &hours [08:00-16:00]\nb: *hours\n")
    assert problems == []
    assert source.data == {"a": ["08:00-16:00"], "b": ["08:00-16:00"]}


def test_a_billion_laughs_are_cut_short() -> None:
    lines = ["l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]
    (problem,) = problems_of("\n".join(lines))
    assert "aliases stand for more than" in problem


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 200_000, "- " * 200_000, "a: " + "[" * (MAX_DEPTH + 1)])
def test_deep_nesting_is_refused_and_breaks_no_stack(text: str) -> None:
    (problem,) = problems_of(text)
    assert f"nested more than {MAX_DEPTH} deep" in problem


def test_a_file_that_is_too_large_is_not_read() -> None:
    (problem,) = read("f.yaml", b"#" * (MAX_BYTES + 1))[1]
    assert "bytes" in problem.message


@given(st.text(alphabet=st.sampled_from("ab:- \n\t[]{}&*!|>'\"#%@,?~\\1"), max_size=60))
def test_any_text_gives_data_or_problems(text: str) -> None:
    source, problems = read("f.yaml", text.encode())
    assert source.data is not None or problems
    assert all(problem.line >= 1 for problem in problems)
