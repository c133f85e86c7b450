"""A layout as SVG, with its legend."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from pbxd.tools.graph.layout import CHARACTER, FONT, GUTTER, LINE, MARGIN, PAD, Box, Drawing, text_width
from pbxd.tools.graph.model import LEGEND, Kind

COLOURS: dict[Kind, tuple[str, str]] = {
    "call": ("#1f3a5f", "#1f3a5f"),
    "ring": ("#e3f1e4", "#3c7d45"),
    "outside": ("#e2f0f7", "#2f6f92"),
    "voicemail": ("#f4e9f7", "#7b4a8c"),
    "queue": ("#fdf2dc", "#a9751c"),
    "menu": ("#fffbe0", "#8c8220"),
    "sound": ("#f1ece6", "#7a6651"),
    "other": ("#eeeeee", "#666666"),
    "end": ("#ffffff", "#666666"),
    "refused": ("#fbe3e1", "#b03a2e"),
}
"""Of each kind: inside, and the border."""
SWATCH = 14.0


def svg(drawing: Drawing, title: str) -> str:
    """The picture as a document of its own; text stays text, so that it can be searched."""
    kinds = list(dict.fromkeys(box.kind for box in drawing.boxes if box.kind is not None))
    entries = list(_legend(kinds, drawing.width))
    bottom = drawing.height + MARGIN + (max(y for _, y, _ in entries) if entries else 0) + LINE
    width = max(drawing.width, *(x + _legend_width(kind) for x, _, kind in entries))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{bottom:.0f}" '
        f'viewBox="0 0 {width:.0f} {bottom:.0f}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="{FONT:g}">',
        f"<title>{escape(title)}</title>",
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#555"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{bottom:.0f}" fill="#ffffff"/>',
        *(line for box in drawing.boxes for line in _lines(box)),
        *(line for box in drawing.boxes for line in _box(box)),
        *(line for x, y, kind in entries for line in _entry(x, drawing.height + y, kind)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _lines(box: Box) -> Iterator[str]:
    """From a box to each one after it; through a column, where it only passes by."""
    if box.kind is None:
        yield _path(f"M{box.x:.1f},{box.middle:.1f} H{box.x + box.width:.1f}")
    start = box.x + box.width
    for to in box.after:
        # From the right side of a box that is narrower than its column, level to the column's end first.
        level = max(to.x - GUTTER, start)
        yield _path(
            f"M{start:.1f},{box.middle:.1f} H{level:.1f} C{level + GUTTER / 2:.1f},{box.middle:.1f} "
            f"{to.x - GUTTER / 2:.1f},{to.middle:.1f} {to.x:.1f},{to.middle:.1f}",
            arrow=to.kind is not None,
        )


def _path(path: str, *, arrow: bool = False) -> str:
    marker = ' marker-end="url(#arrow)"' if arrow else ""
    return f'<path d="{path}" fill="none" stroke="#555" stroke-width="1.2"{marker}/>'


def _box(box: Box) -> Iterator[str]:
    if box.kind is None:
        yield from _label(box)
        return
    inside, border = COLOURS[box.kind]
    yield (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="5" '
        f'fill="{inside}" stroke="{border}" stroke-width="1.4"/>'
    )
    colour = "#ffffff" if box.kind == "call" else "#222222"
    for index, line in enumerate(box.lines):
        weight = ' font-weight="bold"' if index == 0 else ""
        y = box.y + PAD + index * LINE + FONT
        yield f'<text x="{box.x + PAD:.1f}" y="{y:.1f}" fill="{colour}"{weight}>{escape(line)}</text>'


def _label(box: Box) -> Iterator[str]:
    """What leads on, in a gap of the line that runs through the column."""
    middle = box.x + box.width / 2
    gap = text_width(box) + 8 if box.lines else 0.0
    if gap:
        yield (
            f'<rect x="{middle - gap / 2:.1f}" y="{box.y:.1f}" width="{gap:.1f}" height="{box.height:.1f}" '
            f'fill="#ffffff"/>'
        )
    for index, line in enumerate(box.lines):
        y = box.y + 2.0 + index * LINE + FONT
        text = f'<text x="{middle:.1f}" y="{y:.1f}" fill="#555" font-style="italic" text-anchor="middle">'
        yield f"{text}{escape(line)}</text>"


def _legend_width(kind: Kind) -> float:
    return SWATCH + 8 + len(LEGEND[kind]) * CHARACTER + 18


def _legend(kinds: list[Kind], width: float) -> Iterator[tuple[float, float, Kind]]:
    """Where each entry is, below the picture, in as many rows as it takes."""
    x, y = MARGIN, MARGIN
    for kind in kinds:
        if x > MARGIN and x + _legend_width(kind) > width:
            x, y = MARGIN, y + LINE + 8
        yield x, y, kind
        x += _legend_width(kind)


def _entry(x: float, y: float, kind: Kind) -> Iterator[str]:
    inside, border = COLOURS[kind]
    yield (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{SWATCH}" height="{SWATCH}" rx="3" fill="{inside}" stroke="{border}"/>'
    )
    yield f'<text x="{x + SWATCH + 8:.1f}" y="{y + FONT:.1f}" fill="#333">{escape(LEGEND[kind])}</text>'
