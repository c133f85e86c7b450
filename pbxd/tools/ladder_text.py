"""A ladder in a terminal: the arrows on the left, the words beside them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from pbxd.tools.ladder import PBXD, Column, Ladder, Row

TIME = 9
"""Characters for the moment."""
SPACE = 3
"""Between the ladder and the words."""
NARROWEST = 40
"""Characters that words get, however narrow the terminal is; its lines are longer then."""
STAGE = 11


def as_text(ladder: Ladder, width: int) -> Iterator[str]:
    """Lines of about ``width`` characters."""
    at = _positions(ladder)
    margin = TIME + at[-1] + len(ladder.columns[-1].name) // 2 + SPACE + 1
    room = max(NARROWEST, width - margin)
    yield ladder.title
    yield ""
    for texts in ([column.name for column in ladder.columns], [column.address for column in ladder.columns]):
        yield " " * TIME + _headings(texts, at)
    for block in blocks(ladder.rows):
        arrows = [row for row in block if row.source >= 0]
        words = [line for row in block for line in wrapped(row, room)]
        for number in range(max(len(arrows), len(words))):
            moment = f"{block[0].at:>{TIME - 2}.3f}  " if number == 0 else " " * TIME
            drawn = _lifelines(at, arrows[number] if number < len(arrows) else None)
            said = words[number] if number < len(words) else ""
            yield f"{moment + drawn:<{margin}}{said}".rstrip()


def blocks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows that belong together: an arrow and the words that follow it at the same moment, or words alone."""
    for _, together in groupby(rows, key=lambda row: round(row.at, 3)):
        block: list[Row] = []
        for row in together:
            if row.source >= 0 and block:
                yield block
                block = []
            block.append(row)
        yield block


def wrapped(row: Row, room: int) -> list[str]:
    """The words of a row, below the stage that they belong to."""
    if not row.words:
        return []
    lines = [line for words in row.words for line in textwrap.wrap(words, max(10, room - STAGE)) or [""]]
    return [f"{row.stage if number == 0 else '':<{STAGE}}{line}".rstrip() for number, line in enumerate(lines)]


def gaps(columns: Sequence[Column], rows: Sequence[Row]) -> list[int]:
    """Characters from each column to the next: the words of arrows lie beside pbxd, and names never touch."""
    found = []
    for number in range(len(columns) - 1):
        pair = columns[number], columns[number + 1]
        names = max(sum(map(len, texts)) // 2 + 3 for texts in zip(*((c.name, c.address) for c in pair), strict=True))
        labels = [len(row.label) + 6 for row in rows if row.source >= 0 and beside(row) == number]
        found.append(max([names, 12, *labels]))
    return found


def beside(row: Row) -> int:
    """The gap in which the words of an arrow lie: pbxd's left, or its right."""
    return PBXD - 1 if min(row.source, row.target) < PBXD else PBXD


def _positions(ladder: Ladder) -> list[int]:
    first = max(len(ladder.columns[0].name), len(ladder.columns[0].address)) // 2
    at = [first]
    for gap in gaps(ladder.columns, ladder.rows):
        at.append(at[-1] + gap)
    return at


def _headings(texts: Sequence[str], at: Sequence[int]) -> str:
    line = ""
    for text, middle in zip(texts, at, strict=True):
        line = f"{line:<{max(0, middle - len(text) // 2)}}{text}"
    return line.rstrip()


def _lifelines(at: Sequence[int], arrow: Row | None) -> str:
    line = [" "] * (at[-1] + 1)
    for position in at:
        line[position] = "│"
    if arrow is None:
        return "".join(line)
    left, right = sorted((at[arrow.source], at[arrow.target]))
    line[left + 1 : right] = "─" * (right - left - 1)
    if arrow.target > arrow.source:
        line[right - 1] = ">"
    else:
        line[left + 1] = "<"
    start = at[beside(arrow)] + 3
    line[start : start + len(arrow.label) + 2] = f" {arrow.label} "
    return "".join(line)
