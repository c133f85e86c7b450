"""A ladder as a picture (SVG): first where everything lies, as plain shapes, then the markup for it.

Every text has its length written beside it (``textLength``), so that it takes the room that was planned for it with
whatever font the reader has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from pbxd.tools.ladder import Ladder
from pbxd.tools.ladder_text import beside, blocks, gaps, wrapped

CHARACTER = 7.2
"""Width of a character, in pixels, of a font of 12."""
SIZE = 12
LINE = 17
"""From one line to the next."""
EDGE = 16
TIME = 66
"""Room for the moment."""
ROOM = 88
"""Characters in a line of words."""
ARROW = 5
STYLE = (
    "text{font:12px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#1b1f24}"
    ".title,.name{font-weight:bold}.time,.address{fill:#5b6673}.label{fill:#0b4a8f}.done{font-weight:bold;fill:#1a6b35}"
    "line{stroke:#8a94a0;stroke-width:1}.arrow{stroke:#0b4a8f;stroke-width:1.4}path{fill:#0b4a8f}"
    ".band{fill:#f3f5f8}.paper{fill:#fff}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One line; ``x`` and ``y`` are its upper left corner."""

    x: float
    y: float
    text: str
    kind: Literal["title", "name", "address", "time", "label", "words", "done"]

    @property
    def width(self) -> float:
        return len(self.text) * CHARACTER

    @property
    def height(self) -> float:
        return SIZE + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """From one point to another."""

    x1: float
    y1: float
    x2: float
    y2: float
    arrow: bool
    """With a head at the second point; otherwise a lifeline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The ground on which every other moment lies."""

    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything and where it lies, in pixels."""

    width: float
    height: float
    bands: tuple[Band, ...]
    lines: tuple[Line, ...]
    texts: tuple[Text, ...]


def picture(ladder: Ladder) -> Picture:
    """Where everything lies."""
    at = _positions(ladder)
    words_at = at[-1] + _half(ladder, len(ladder.columns) - 1) + 2 * EDGE
    texts = [Text(x=EDGE, y=EDGE, text=ladder.title, kind="title"), *_headings(ladder, at)]
    bands, lines = [], []
    top = y = EDGE + 5.0 * LINE
    for number, block in enumerate(blocks(ladder.rows)):
        words = [line for row in block for line in wrapped(row, ROOM)]
        done = [row.stage in ("=>", "end") for row in block for _ in wrapped(row, ROOM)]
        arrow = next((row for row in block if row.source >= 0), None)
        height = LINE * max(len(words), 2 if arrow is not None else 1) + 6.0
        if number % 2:
            bands.append(Band(y=y, height=height))
        texts.append(Text(x=EDGE, y=y + 3, text=f"{block[0].at:.3f}", kind="time"))
        if arrow is not None:
            x1, x2 = at[arrow.source], at[arrow.target]
            lines.append(Line(x1=x1, y1=y + LINE + 8, x2=x2, y2=y + LINE + 8, arrow=True))
            texts.append(Text(x=at[beside(arrow)] + 10, y=y + 4, text=arrow.label, kind="label"))
        for index, line in enumerate(words):
            kind: Literal["words", "done"] = "done" if done[index] else "words"
            texts.append(Text(x=words_at, y=y + 3 + index * LINE, text=line, kind=kind))
        y += height
    lifelines = [Line(x1=x, y1=top - 6, x2=x, y2=y, arrow=False) for x in at]
    return Picture(
        width=max(text.x + text.width for text in texts) + EDGE,
        height=y + EDGE,
        bands=tuple(bands),
        lines=(*lifelines, *lines),
        texts=tuple(text for text in texts if text.text),
    )


def as_svg(ladder: Ladder) -> str:
    """The picture as a file."""
    drawn = picture(ladder)
    return "".join(_markup(drawn))


def _positions(ladder: Ladder) -> list[float]:
    at = [EDGE + TIME + _half(ladder, 0)]
    for gap in gaps(ladder.columns, ladder.rows):
        at.append(at[-1] + gap * CHARACTER + 4)
    return at


def _half(ladder: Ladder, number: int) -> float:
    column = ladder.columns[number]
    return max(len(column.name), len(column.address)) * CHARACTER / 2


def _headings(ladder: Ladder, at: Sequence[float]) -> Iterator[Text]:
    for column, x in zip(ladder.columns, at, strict=True):
        yield Text(x=x - len(column.name) * CHARACTER / 2, y=EDGE + 2.0 * LINE, text=column.name, kind="name")
        yield Text(x=x - len(column.address) * CHARACTER / 2, y=EDGE + 3.0 * LINE, text=column.address, kind="address")


def _markup(drawn: Picture) -> Iterator[str]:
    size = f"{drawn.width:.0f}", f"{drawn.height:.0f}"
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
    yield f'viewBox="0 0 {size[0]} {size[1]}">\n<style>{STYLE}</style>\n'
    yield f'<rect class="paper" width="{size[0]}" height="{size[1]}"/>\n'
    for band in drawn.bands:
        yield f'<rect class="band" y="{band.y:.1f}" width="{size[0]}" height="{band.height:.1f}"/>\n'
    for line in drawn.lines:
        kind = ' class="arrow"' if line.arrow else ""
        yield f'<line{kind} x1="{line.x1:.1f}" y1="{line.y1:.1f}" x2="{line.x2:.1f}" y2="{line.y2:.1f}"/>\n'
        if line.arrow:
            back = -ARROW if line.x2 > line.x1 else ARROW
            yield f'<path d="M{line.x2:.1f} {line.y2:.1f}l{2 * back} {-ARROW}v{2 * ARROW}z"/>\n'
    for text in drawn.texts:
        yield f'<text class="{text.kind}" x="{text.x:.1f}" y="{text.y + SIZE - 1:.1f}" xml:space="preserve" '
        yield f'textLength="{text.width:.1f}" lengthAdjust="spacingAndGlyphs">{escape(text.text)}</text>\n'
    yield "</svg>\n"
