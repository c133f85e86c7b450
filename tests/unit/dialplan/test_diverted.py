"""What is believed of a call's diversions, and when they are a loop."""

from __future__ import annotations

import pytest

from pbxd.dialplan.diverted import MAX_DIVERSIONS, MAX_TOLD, Diverted, count, loop, told_by
from pbxd.sip.diversion import DiversionReason
from pbxd.sip.headers import Headers

pytestmark = pytest.mark.covers("DIV-3")


def one(number: str, reason: DiversionReason = "unconditional", counter: int = 1) -> Diverted:
    return Diverted(number=number, reason=reason, counter=counter)


def test_diversions_come_the_latest_first() -> None:
    headers = Headers(
        [
            ("Diversion", "<sip:203@h>;reason=user-busy, <sip:202@h>;reason=no-answer"),
            ("Diversion", "<sip:201@h>;reason=unconditional"),
        ]
    )
    assert told_by(headers) == (one("201"), one("202", "no-answer"), one("203", "user-busy"))


def test_history_comes_the_oldest_first() -> None:
    history = "<sip:202@h>;index=1, <sip:203@h;cause=408>;index=1.1;mp=1, <sip:204@h;cause=486>;index=1.1.1;mp=1.1"
    assert told_by(Headers([("History-Info", history)])) == (one("202", "no-answer"), one("203", "user-busy"))


def test_of_two_stories_the_longer_one_counts() -> None:
    history = "<sip:202@h>;index=1, <sip:203@h;cause=408>;index=1.1;mp=1"
    assert told_by(Headers([("History-Info", history), ("Diversion", "<sip:9@h>;counter=4")])) == (
        one("9", "unknown", counter=4),
    )
    assert told_by(Headers([("History-Info", history), ("Diversion", "<sip:9@h")])) == (one("202", "no-answer"),)


@pytest.mark.parametrize("line", ["<sip:anonymous@h>;privacy=full", "<sip:x@anonymous.invalid>"])
def test_who_is_not_named_is_nobody(line: str) -> None:
    (found,) = told_by(Headers([("Diversion", line)]))
    assert (found.number, found.private) == ("", True)
    assert str(found) == "somebody (unknown)"


def test_what_is_remembered_is_bounded() -> None:
    line = ", ".join(f"<sip:{number}@h>" for number in range(60))
    found = told_by(Headers([("Diversion", line)]))
    assert [found[0].number, found[-1].number, len(found)] == [str(MAX_TOLD - 1), "0", MAX_TOLD]


def test_who_sends_a_call_on_twice_goes_round_in_circles() -> None:
    found = loop([one("202"), one("203"), one("202")])
    assert found is not None
    assert found[0] == 482
    assert loop([one("202"), one("203")]) is None
    assert loop([one(""), one("")]) is None


def test_counters_count() -> None:
    assert count([one("201", counter=3), one("202")]) == 4
    assert loop([one("201", counter=MAX_DIVERSIONS - 1), one("202")]) is None
    found = loop([one("201", counter=MAX_DIVERSIONS), one("202")])
    assert found is not None
    assert found[0] == 483


def test_the_lowest_limit_counts_and_ours_is_the_highest() -> None:
    told = told_by(Headers([("Diversion", "<sip:203@h>;limit=90, <sip:202@h>;limit=2")]))
    assert loop(told) is None
    found = loop((*told, one("204")))
    assert found is not None
    assert found[0] == 483
    generous = told_by(Headers([("Diversion", f"<sip:203@h>;limit=90;counter={MAX_DIVERSIONS + 1}")]))
    assert loop(generous) is not None
