"""The ladder of a call: what is in it, and that no text of its picture lies on another or on a line."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.events import CallArrived, CallEvent, CallId, LegId
from pbxd.tools.ladder import Ladder, ladder
from pbxd.tools.ladder_svg import Line, Picture, Text, as_svg, picture
from pbxd.tools.ladder_text import as_text
from tests.unit.store.samples import EVENTS, NOW, any_event, conversation
from tests.unit.tools.stories import diverted

CALL_EVENTS = [kind for kind in EVENTS if issubclass(kind, CallEvent)]


@pytest.mark.covers("TOOL-5")
def test_a_short_call_in_a_terminal() -> None:
    lines = list(as_text(ladder(conversation("c1")), 120))
    assert lines[0] == "call c1: +4588887701 Anna Ærø calls 202"
    assert [line.split() for line in lines[2:4]] == [
        ["anna-desk", "pbxd", "bo-desk"],
        ["udp:192.0.2.7:5062", "udp:192.0.2.8:5060"],
    ]
    drawn = "\n".join(lines)
    for arrow in ("── INVITE 202 ", "── INVITE +4588887702 >", "<─ 180 Ringing ─", "<─ 200 OK ─", "<─ BYE ─"):
        assert arrow in drawn
    assert drawn.index("180 Ringing") < drawn.index("200 OK") < drawn.index("BYE")


@pytest.mark.covers("TOOL-5")
def test_the_trail_lies_beside_the_moment_of_its_decision() -> None:
    drawn = ladder(diverted())
    assert [column.name for column in drawn.columns] == ["carrier", "pbxd", "bo-desk", "bo-soft", "carrier"]
    second = next(line for line in as_text(drawn, 200) if line.startswith(" 20.003"))
    assert second.endswith("outcome    bo: no-answer")
    arrows = [(row.source, row.target, row.label) for row in drawn.rows if row.source >= 0]
    assert arrows == [
        (0, 1, "INVITE +4588887702"), (1, 2, "INVITE bo-desk"), (1, 3, "INVITE bo-soft"), (2, 1, "180 Ringing"),
        (3, 1, "183 Session Progress"), (3, 1, "486 Busy Here"), (1, 2, "CANCEL"), (1, 4, "INVITE +46707123456"),
        (4, 1, "180 Ringing"), (4, 1, "200 OK"), (1, 0, "200 OK"), (4, 1, "re-INVITE, on hold"),
        (4, 1, "re-INVITE, resumed"), (4, 1, "REFER to 203"), (0, 1, "BYE"),
    ]  # fmt: skip


def overlaps(drawn: Picture) -> list[tuple[object, object]]:
    """Pairs of texts, or of a text and a line, that lie on each other."""
    found: list[tuple[object, object]] = [
        (one, other) for one, other in combinations(drawn.texts, 2) if _touch(one, other)
    ]
    found += [(text, line) for text in drawn.texts for line in drawn.lines if _crosses(text, line)]
    return found


def _touch(one: Text, other: Text) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def _crosses(text: Text, line: Line) -> bool:
    left, right = sorted((line.x1, line.x2))
    top, bottom = sorted((line.y1, line.y2))
    return left < text.x + text.width and text.x < right + 0.1 and top < text.y + text.height and text.y < bottom + 0.1


def check(drawn: Ladder) -> None:
    laid = picture(drawn)
    assert overlaps(laid) == []
    for text in laid.texts:
        assert text.x >= 0
        assert text.x + text.width <= laid.width
        assert text.y + text.height <= laid.height
    ElementTree.fromstring(as_svg(drawn))


@pytest.mark.covers("TOOL-5")
@pytest.mark.parametrize("story", [conversation("c1"), diverted()], ids=["short", "diverted"])
def test_nothing_in_the_picture_lies_on_anything_else(story: list[CallEvent]) -> None:
    check(ladder(story))


@given(any_event(CallArrived), st.lists(st.sampled_from(CALL_EVENTS).flatmap(any_event), max_size=25))
def test_whatever_happened_can_be_drawn(arrived: CallEvent, events: list[CallEvent]) -> None:
    story = [replace(event, at=NOW + number, call=CallId("c1")) for number, event in enumerate([arrived, *events])]
    drawn = ladder(story)
    check(drawn)
    for line in as_text(drawn, 100):
        assert line.isprintable()


def test_twenty_phones_that_ring_and_a_hostile_name() -> None:
    story = conversation("c1")
    first, dialled = story[0], story[2]
    assert isinstance(first, CallArrived)
    hostile = replace(first, caller_name="</text><script>\x1b[2J\u202e" * 9)
    many = [replace(dialled, leg=LegId(f"x{n}"), party=f"a-phone-with-a-long-name-{n}") for n in range(20)]  # type: ignore[call-arg]
    drawn = ladder([hostile, *many])
    check(drawn)
    assert "<script" not in as_svg(drawn)


def test_a_call_that_never_arrived_has_no_ladder() -> None:
    with pytest.raises(ValueError, match="never arrived"):
        ladder(conversation("c1")[1:])
