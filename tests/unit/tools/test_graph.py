"""``pbxd graph``: the picture has what can happen, and nothing in it overlaps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from pbxd.cli import app
from pbxd.tools.graph import Drawing, Node, at_moment, layout, over_the_week, svg
from pbxd.tools.graph.layout import Box, text_width
from pbxd.tools.graph.model import Way
from pbxd.tools.parties import situation
from tests.unit.tools.test_route import CONFIG, MONDAY, example

NUMBERS = ("cora", "anna", "+4588887711", "front-door", "support", "sales-team", "after-hours", "+4588887799")


def picture(called: str, caller: str = "anonymous", *, at: float | None = None) -> Node:
    call = situation(example(), caller, called)
    title = f"{caller} calls {called}"
    if at is not None:
        return at_moment(example(), call, title, at)
    return over_the_week(example(), call, title, MONDAY)


def everything(node: Node) -> Iterator[Node]:
    yield node
    for way in node.ways:
        yield from everything(way.to)


def texts(node: Node) -> set[str]:
    return {" ".join(one.text) for one in everything(node)}


def labels(node: Node) -> set[str]:
    return {" ".join(way.label) for one in everything(node) for way in one.ways}


@pytest.mark.covers("TOOL-4")
def test_every_outcome_is_followed_to_its_end() -> None:
    drawn = picture("cora", at=MONDAY)
    assert {"Ring for 30 s cora-desk", "Voicemail of cora", "End"} <= texts(drawn)
    assert {"answered", "leaves a message", "presses 2", "busy"} <= labels(drawn)
    assert not [one for one in everything(drawn) if not one.ways and one.kind not in ("end", "refused", "other")]


@pytest.mark.covers("TOOL-4")
def test_over_the_week_it_says_when_what() -> None:
    assert "Mon-Thu 08:00-16:00 Fri 08:00-15:00" in labels(picture("cora"))
    assert [way.label for way in picture("cora", at=MONDAY).ways] == [()]


def test_what_a_menu_offers_is_in_it() -> None:
    drawn = picture("+4588887711", at=MONDAY)
    assert {"key 1", "key 2", "key 9", "key 0, no key"} <= labels(drawn)
    assert {"Queue support", "Dials an extension", "Queue reception"} <= texts(drawn)
    assert {"The same menu again", "The same menu in en"} <= texts(drawn)
    assert {"queue is full", "waits too long", "no agents"} <= labels(drawn)


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def crossed(drawing: Drawing) -> Iterator[tuple[Box, Box]]:
    """Boxes that a line between two others runs into: it bends between two columns, and nowhere else."""
    for box in drawing.boxes:
        for to in box.after:
            assert to.layer == box.layer + 1
            level = [one for one in drawing.boxes if one.layer == box.layer and one is not box]
            yield from ((box, one) for one in level if one.y < box.middle < one.y + one.height)


@pytest.mark.covers("TOOL-4")
@pytest.mark.parametrize("called", NUMBERS)
def test_nothing_overlaps(called: str) -> None:
    drawing = layout(picture(called))
    assert not [pair for pair in combinations(drawing.boxes, 2) if overlap(*pair)]
    assert not list(crossed(drawing))
    for box in drawing.boxes:
        assert text_width(box) <= box.width
        assert 0 < box.x <= box.x + box.width < drawing.width
        assert 0 < box.y < box.y + box.height < drawing.height


def test_the_same_picture_is_drawn_the_same_way() -> None:
    assert svg(layout(picture("anna")), "x") == svg(layout(picture("anna")), "x")


def test_a_picture_is_a_document_with_a_legend() -> None:
    drawn = svg(layout(Node("call", ("a < b & c",), (Way(("busy",), Node("refused", ("486 Busy Here",))),))), "<t>")
    found = [one.text for one in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert {"a < b & c", "busy", "486 Busy Here", "the call is refused", "the call"} <= set(found)


def test_the_command_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "cora.svg"
    arguments = ["graph", "cora", "--config", str(CONFIG), "--from", "bo", "--output", str(path)]
    done = CliRunner().invoke(app, [*arguments, "--at", "2026-12-24 14:00"])
    assert done.exit_code == 0, done.output
    assert "on Thu 2026-12-24 at 14:00" in path.read_text()
    assert CliRunner().invoke(app, [*arguments, "--at", "tomorrow"]).exit_code == 1


def test_without_a_renderer_it_says_which_would_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(app, ["graph", "cora", "--config", str(CONFIG), "--output", str(tmp_path / "cora.png")])
    assert done.exit_code == 1
    assert "for PNG one of rsvg-convert, inkscape, resvg is needed" in done.output
