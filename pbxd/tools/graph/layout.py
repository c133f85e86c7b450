"""Where everything in a picture is: layers from left to right, in each a column of boxes that never overlap.

A label is a box in a layer of its own between the two that it connects, and a line that passes a layer has a slot in
it. So lines run through empty space only. The same picture is always laid out the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from pbxd.tools.graph.model import Kind, Node

FONT = 12.0
LINE = 16.0
CHARACTER, BOLD = 7.6, 8.6
"""Width of a character, on the average of a line of digits: words are narrower."""
PAD = 10.0
GAP = 14.0
"""Between two boxes of a column."""
GUTTER = 42.0
"""Between two columns, where lines bend."""
MARGIN = 20.0
SWEEPS = 12


@dataclass(slots=True, eq=False)
class Box:
    """Something with a place: a thing that happens, a label, or (without lines) a line passing by."""

    layer: int
    lines: tuple[str, ...] = ()
    kind: Kind | None = None
    """``None``: a label, or a line passing by."""
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    after: list[Box] = field(default_factory=list)
    before: list[Box] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes with their places, and how large it all is."""

    boxes: tuple[Box, ...]
    width: float
    height: float


def layout(root: Node) -> Drawing:
    """Give everything that can be reached from ``root`` a place."""
    boxes = _boxes(root)
    layers = _layers(boxes)
    for box in boxes:
        _size(box)
    _order(layers)
    _columns(layers)
    _rows(layers)
    width = max(box.x + box.width for box in boxes) + MARGIN
    height = max(box.y + box.height for box in boxes) + MARGIN
    return Drawing(boxes=tuple(boxes), width=width, height=height)


def _boxes(root: Node) -> list[Box]:
    """Things on even layers, as far right as what leads to them; labels and passing lines between."""
    depth: dict[Node, int] = {}
    for node in _topological(root):
        depth.setdefault(node, 0)
        for way in node.ways:
            depth[way.to] = max(depth.get(way.to, 0), depth[node] + 2)
    things = {node: _thing(node, layer) for node, layer in depth.items() if node.kind != "end" or node is root}
    boxes = list(things.values())
    for node, box in things.items():
        for way in node.ways:
            to = things.get(way.to)
            if to is None:  # an end is drawn where it is reached: lines to a common one would cross the whole picture
                to = _thing(way.to, box.layer + 2)
                boxes.append(to)
            last = box
            for layer in range(box.layer + 1, to.layer):
                lines = way.label if layer == box.layer + 1 else ()
                last = _connect(last, Box(layer=layer, lines=lines))
                boxes.append(last)
            _connect(last, to)
    return boxes


def _thing(node: Node, layer: int) -> Box:
    return Box(layer=layer, lines=node.text, kind=node.kind)


def _topological(root: Node) -> list[Node]:
    """Everything, each thing before what comes after it."""
    order: list[Node] = []
    done: set[Node] = set()

    def visit(node: Node) -> None:
        if node not in done:
            done.add(node)
            for way in reversed(node.ways):
                visit(way.to)
            order.append(node)

    visit(root)
    return order[::-1]


def _connect(one: Box, other: Box) -> Box:
    one.after.append(other)
    other.before.append(one)
    return other


def _layers(boxes: list[Box]) -> list[list[Box]]:
    layers: list[list[Box]] = [[] for _ in range(max(box.layer for box in boxes) + 1)]
    for box in boxes:
        layers[box.layer].append(box)
    return layers


def text_width(box: Box) -> float:
    """How wide its longest line is at the most; the title of a thing is bold."""
    title = len(box.lines[0]) * BOLD if box.lines and box.kind is not None else 0.0
    return max(title, *(len(line) * CHARACTER for line in box.lines), 0.0)


def _size(box: Box) -> None:
    if box.lines:
        pad = PAD if box.kind is not None else 6.0
        box.width = text_width(box) + 2 * pad
        box.height = len(box.lines) * LINE + (2 * pad if box.kind is not None else 4.0)
    else:
        box.height = 4.0


def _order(layers: list[list[Box]]) -> None:
    """Put each box near those that it is connected with: forth and back, by the middle of its neighbours."""
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for layer in layers[1:] if forth else layers[-2::-1]:
            place = {id(box): index for one in layers for index, box in enumerate(one)}
            keys = {}
            for index, box in enumerate(layer):
                near = box.before if forth else box.after
                keys[id(box)] = median(place[id(one)] for one in near) if near else float(index)
            layer.sort(key=lambda box: keys[id(box)])


def _columns(layers: list[list[Box]]) -> None:
    x = MARGIN
    for layer in layers:
        width = max(box.width for box in layer)
        for box in layer:
            box.x = x
            if box.kind is None:  # a line runs through the whole column
                box.width = width
        x += width + GUTTER


def _rows(layers: list[list[Box]]) -> None:
    """One below the other, then as near to their neighbours as those above and below allow."""
    for layer in layers:
        y = MARGIN
        for box in layer:
            box.y = y
            y += box.height + GAP
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            for box in layer:
                near = [one.middle for one in (*box.before, *box.after)]
                if near:
                    box.y = median(near) - box.height / 2
            _apart(layer)
    top = min(box.y for layer in layers for box in layer)
    for layer in layers:
        for box in layer:
            box.y += MARGIN - top


def _apart(layer: list[Box]) -> None:
    """Push down what is too near; then the whole column back, so that it stays in its middle."""
    wanted = sum(box.y for box in layer)
    for one, other in pairwise(layer):
        other.y = max(other.y, one.y + one.height + GAP)
    moved = (sum(box.y for box in layer) - wanted) / len(layer)
    for box in layer:
        box.y -= moved
