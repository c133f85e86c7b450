"""Tables as CSV (RFC 4180): read with the place of every cell, written so that no spreadsheet changes or runs a cell.

Spreadsheets take ``+4588887701`` for a sum, drop the zero of ``0201`` and run ``=...`` as a formula. Such a cell is
written with ``'`` before it, which reading takes off again; without the ``'`` it is read as well.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pbxd.errors import PbxdError

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 500
MAX_CELLS: Final = 5_000_000
"""Of a table: 32 MiB of nothing but commas would be as many rows as memory has room for."""
MAX_CELL: Final = 10_000
"""Characters, as many as a value of the configuration may have."""

_GUARDED: Final = re.compile(r"[=+\-@\t\r]|0[0-9]|'[=+\-@\t\r0']")
"""The beginning of a cell that a spreadsheet would change or run, or that would lose its own ``'``."""
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class TableError(PbxdError):
    """A table can't be read; every problem in words, with file, line and column."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, by the names of the columns."""

    line: int
    """Where it begins in the file, from 1."""
    cells: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that was read."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def at(self, line: int, column: str = "") -> str:
        """A place, as messages begin."""
        return f"{self.file}:{line}: " + (f"column {column}: " if column else "")


def read(path: Path, *, encoding: str | None = None) -> Table:
    """Read a file. Raises :class:`TableError` with every problem."""
    return parse(str(path), content(path), encoding=encoding)


def content(path: Path) -> bytes:
    """What is in a file, which may not be too long. Raises :class:`TableError`."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise TableError([f"{path} can't be read: {(error.strerror or str(error)).lower()}"]) from error
    if len(raw) > MAX_BYTES:
        raise TableError([f"{path} has more than {MAX_BYTES} bytes"])
    return raw


def parse(name: str, raw: bytes, *, encoding: str | None = None) -> Table:
    """Read a table's bytes; the heading says where a comma, a semicolon or a tab stands between cells.

    Raises :class:`TableError` with every problem.
    """
    text = decoded(name, raw, encoding)
    rows = _rows(name, text)
    heading = next(rows, None)
    if heading is None:
        raise TableError([f"{name} is empty"])
    line, names = heading[0], tuple(cell.strip() for cell in heading[1])
    problems = [f"{name}:{line}: column {at} has no name" for at, one in enumerate(names, 1) if not one]
    problems += [
        f"{name}:{line}: two columns are called `{one}`" for one in dict.fromkeys(names) if names.count(one) > 1
    ]
    if len(names) > MAX_COLUMNS:
        problems.append(f"{name}:{line}: more than {MAX_COLUMNS} columns")
    if problems:
        raise TableError(problems)
    return Table(file=name, columns=names, rows=tuple(_checked(name, names, rows)))


def _checked(name: str, names: Sequence[str], rows: Iterator[tuple[int, list[str]]]) -> list[Row]:
    found: list[Row] = []
    problems: list[str] = []
    for line, cells in rows:
        if len(found) >= min(MAX_ROWS, MAX_CELLS // len(names)):
            raise TableError([*problems, f"{name}:{line}: more than {min(MAX_ROWS, MAX_CELLS // len(names))} rows"])
        if len(cells) != len(names):
            problems.append(f"{name}:{line}: {len(cells)} cells, where the heading has {len(names)}")
            continue
        here = dict(zip(names, map(unguarded, cells), strict=True))
        problems += [f"{name}:{line}: column {one}: {why}" for one, cell in here.items() if (why := _wrong(cell))]
        found.append(Row(line=line, cells=here))
    if problems:
        raise TableError(problems)
    return found


def decoded(name: str, raw: bytes, encoding: str | None = None) -> str:
    """The text of a file: in ``encoding``, as its byte order mark says, or UTF-8. Raises :class:`TableError`."""
    known = encoding or next((one for mark, one in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(known)
    except LookupError as error:
        raise TableError([f"no encoding is called `{known[:40]}`"]) from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "" if encoding else "; --encoding says what it is, such as windows-1252"
        raise TableError([f"{name}:{line}: not {known} text{hint}"]) from error


def _rows(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, each with the line on which it begins."""
    heading = text.lstrip("\r\n").partition("\n")[0]
    separator = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            why = "text in quotes is not closed" if "unexpected end" in str(error) else str(error)
            raise TableError([f"{name}:{line}: {why}"]) from error
        if any(cells) and any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _wrong(cell: str) -> str:
    if len(cell) > MAX_CELL:
        return f"longer than {MAX_CELL} characters"
    found = CONTROL.search(cell)
    return f"holds the character U+{ord(found[0]):04X}, which is no text" if found else ""


def guarded(cell: str) -> str:
    """A cell as it is written."""
    return f"'{cell}" if _GUARDED.match(cell) else cell


def unguarded(cell: str) -> str:
    """A cell as it was before :func:`guarded`, without blanks round it."""
    stripped = cell.strip()
    return stripped[1:] if stripped.startswith("'") and _GUARDED.match(stripped[1:]) else stripped


def written(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as text, with its heading; lines end as RFC 4180 says."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return file.getvalue()
