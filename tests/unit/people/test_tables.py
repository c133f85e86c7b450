"""CSV: what comes in by whatever program, and what goes out to it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.people.tables import MAX_CELL, TableError, guarded, parse, unguarded, written

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)


def problems(raw: bytes) -> tuple[str, ...]:
    with pytest.raises(TableError) as caught:
        parse("x.csv", raw)
    return caught.value.problems


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separator_encoding_and_line_end_are_found(separator: str, encoding: str, end: str) -> None:
    text = end.join([f"username{separator}name", "", f'anna{separator}"Åse{separator} ""Æ"""', ""])
    table = parse("x.csv", text.encode(encoding))
    assert table.columns == ("username", "name")
    assert [row.cells for row in table.rows] == [{"username": "anna", "name": f'Åse{separator} "Æ"'}]
    assert table.rows[0].line == 3


def test_another_encoding_is_said() -> None:
    raw = "username\nÅse\n".encode("windows-1252")
    assert problems(raw) == ("x.csv:2: not utf-8 text; --encoding says what it is, such as windows-1252",)
    assert parse("x.csv", raw, encoding="windows-1252").rows[0].cells == {"username": "Åse"}
    with pytest.raises(TableError, match="no encoding is called"):
        parse("x.csv", raw, encoding="windows-0")


def test_every_problem_has_its_place() -> None:
    raw = b'username,name\nanna,Anna,Holm\nbo\n"a\nb",\x00\ncora,' + b"x" * (MAX_CELL + 1) + b"\n"
    assert problems(raw) == (
        "x.csv:2: 3 cells, where the heading has 2",
        "x.csv:3: 1 cells, where the heading has 2",
        "x.csv:4: column name: holds the character U+0000, which is no text",
        f"x.csv:6: column name: longer than {MAX_CELL} characters",
    )


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "x.csv is empty"),
        (b"a,,a\n", "x.csv:1: column 2 has no name"),
        (b"a,a\n", "x.csv:1: two columns are called `a`"),
        (b"," * 600, "x.csv is empty"),
        (b",".join(b"%d" % number for number in range(501)), "x.csv:1: more than 500 columns"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "x.csv:3: text in quotes is not closed"),
        (b'a\n"' + b"x" * 200_000 + b'"\n', "x.csv:2: field larger than field limit (131072)"),
        (b'a\n"1"2\n', "x.csv:2: ',' expected after '\"'"),
    ],
)
def test_what_is_no_table(raw: bytes, words: str) -> None:
    assert problems(raw)[0] == words


@pytest.mark.parametrize("cell", ["=1+1", "+4588887701", "-1", "@sum", "0201", "'=1", "''", "'t Hooft", "\t=1", "'0"])
def test_no_spreadsheet_runs_or_changes_a_cell(cell: str) -> None:
    [_, [shown]] = csv.reader(io.StringIO(written(["a"], [[cell]])))
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "02"))
    assert unguarded(shown) == cell


@given(st.lists(st.tuples(CELLS, CELLS.filter(bool)), max_size=5))
def test_what_is_written_is_read_again(rows: list[tuple[str, str]]) -> None:
    table = parse("x.csv", written(("a", "b"), rows).encode())
    assert [(row.cells["a"], row.cells["b"]) for row in table.rows] == rows


@given(CELLS)
def test_a_guard_goes_as_it_came(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell


def test_a_table_of_nothing_but_cells_is_refused_before_memory_is_full() -> None:
    heading = ",".join(f"c{number}" for number in range(500))
    row = "x" + "," * 499
    assert problems(f"{heading}\n{chr(10).join([row] * 10_001)}\n".encode()) == ("x.csv:10002: more than 10000 rows",)
