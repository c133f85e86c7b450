"""Diversion and History-Info: what they say, and each as the other."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.diversion import (
    MAX_DEPTH,
    Diversion,
    DiversionReason,
    HistoryEntry,
    diversions_of,
    history_of,
)
from pbxd.sip.uri import Uri
from pbxd.sip.values import NameAddr, Reason

TARGET = Uri.parse("sip:+4533123456@192.0.2.99")


def by(user: str, reason: DiversionReason = "unconditional", *, counter: int = 1, private: bool = False) -> Diversion:
    address = NameAddr("", Uri.parse(f"sip:{user}@house.example"))
    return Diversion(address=address, reason=reason, counter=counter, private=private)


@pytest.mark.parametrize(
    ("text", "user", "reason", "counter", "limit", "private"),
    [
        ("<sip:202@h>;reason=user-busy;counter=2;privacy=off", "202", "user-busy", 2, None, False),
        ("<sip:202@h>", "202", "unknown", 1, None, False),
        ('"Bo" <sip:202@h>;reason="no-answer";privacy="full"', "202", "no-answer", 1, None, True),
        ("<sip:202@h>;REASON=Unconditional;limit=5", "202", "unconditional", 1, 5, False),
        ("<sip:202@h>;reason=on-the-moon;counter=0", "202", "unknown", 1, None, False),
        ("<tel:+4588887702>;reason=time-of-day;privacy=name", "+4588887702", "time-of-day", 1, None, True),
        ("sip:202@h;reason=deflection;screen=yes;new-one=1", "202", "deflection", 1, None, False),
    ],
)
def test_a_diversion(text: str, user: str, reason: str, counter: int, limit: int | None, private: bool) -> None:
    found = Diversion.parse(text)
    assert (found.address.uri.user, found.reason, found.counter) == (user, reason, counter)
    assert (found.limit, found.private) == (limit, private)
    assert Diversion.parse(str(found)) == found


def test_a_diversion_as_it_is_written() -> None:
    assert str(by("202", "user-busy")) == "<sip:202@house.example>;reason=user-busy;counter=1;privacy=off"
    assert str(by("202", private=True)).endswith(";reason=unconditional;counter=1;privacy=full")


@pytest.mark.parametrize("text", ["", "Bo", "<sip:202@h>;counter=100", "<sip:202@h>;counter=many", "<sip:202@h>,"])
def test_what_is_no_diversion(text: str) -> None:
    with pytest.raises(MalformedMessage):
        Diversion.parse_list(text)


@pytest.mark.parametrize(
    ("text", "index", "retargeting", "origin", "cause", "private"),
    [
        ("<sip:bo@h>;index=1", (1,), None, (), None, False),
        ("<sip:bo@h;cause=486>;index=1.1;mp=1", (1, 1), "mp", (1,), 486, False),
        ("<sip:bo@192.0.2.1;transport=tcp>;index=1.2.3;rc=1.2", (1, 2, 3), "rc", (1, 2), None, False),
        ("<sip:bo@h?Privacy=history&Reason=SIP%3Bcause%3D302>;index=1;np=1", (1,), "np", (1,), None, True),
    ],
)
def test_an_entry(
    text: str,
    index: tuple[int, ...],
    retargeting: str | None,
    origin: tuple[int, ...],
    cause: int | None,
    private: bool,
) -> None:
    found = HistoryEntry.parse(text)
    assert (found.index, found.retargeting, found.origin) == (index, retargeting, origin)
    assert (found.cause, found.private) == (cause, private)
    assert HistoryEntry.parse(str(found)) == found


def test_what_an_entry_keeps_in_its_uri() -> None:
    text = "<sip:bo@h?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%20Here%22&Reason=Q.850%3Bcause%3D17>;index=1"
    found = HistoryEntry.parse(text)
    assert found.reasons == (
        Reason(protocol="SIP", cause=486, text="Busy Here"),
        Reason(protocol="Q.850", cause=17),
    )
    assert (found.uri.headers, str(found)) == ("", text)


@pytest.mark.parametrize(
    "text",
    [
        "<sip:bo@h>",
        "<sip:bo@h>;index=",
        "<sip:bo@h>;index=1.",
        "<sip:bo@h>;index=.1",
        "<sip:bo@h>;index=one",
        "<sip:bo@h>;index=1.99999",
        "<sip:bo@h>;index=1;mp=x",
        "<sip:bo@h;cause=busy>;index=1",
        "<sip:bo@h?Reason=%00>;index=1",
        "<sip:bo@h>;index=" + ".".join(["1"] * (MAX_DEPTH + 1)),
    ],
)
def test_what_is_no_entry(text: str) -> None:
    with pytest.raises(MalformedMessage):
        HistoryEntry.parse_list(text)


@pytest.mark.parametrize(
    ("reason", "cause", "back"),
    [
        ("unconditional", 302, "unconditional"),
        ("user-busy", 486, "user-busy"),
        ("no-answer", 408, "no-answer"),
        ("deflection", 480, "deflection"),
        ("unavailable", 503, "unavailable"),
        ("time-of-day", 404, "unknown"),
        ("do-not-disturb", 404, "unknown"),
        ("unknown", 404, "unknown"),
    ],
)
def test_a_reason_as_a_cause_and_back(reason: DiversionReason, cause: int, back: str) -> None:
    history = history_of([by("202", reason)], TARGET)
    assert [entry.cause for entry in history] == [None, cause]
    assert [diversion.reason for diversion in diversions_of(history)] == [back]


def test_a_story_of_two_diversions_is_a_history_of_three_entries() -> None:
    story = [by("202", "no-answer", private=True), by("203", "user-busy")]
    history = history_of(story, TARGET)
    assert [str(entry) for entry in history] == [
        "<sip:202@house.example?Privacy=history>;index=1",
        "<sip:203@house.example;cause=408>;index=1.1;mp=1",
        "<sip:+4533123456@192.0.2.99;cause=486>;index=1.1.1;mp=1.1",
    ]
    assert list(diversions_of(history)) == story


def test_diversions_that_nobody_told_of_leave_a_gap() -> None:
    assert [entry.index for entry in history_of([by("202", counter=3)], TARGET)] == [(1, 1, 1), (1, 1, 1, 1)]


def test_no_diversion_is_no_history() -> None:
    assert history_of([], TARGET) == ()


def test_an_index_is_bounded_whatever_the_counters_say() -> None:
    history = history_of([by(str(user), counter=99) for user in range(5)], TARGET)
    assert max(len(entry.index) for entry in history) <= MAX_DEPTH + 1


def test_a_phone_of_the_same_user_is_no_diversion() -> None:
    line = "<sip:bo@h>;index=1, <sip:bo@192.0.2.11>;index=1.1;rc=1, <sip:bo@192.0.2.11>;index=1.1.1;np=1.1"
    assert diversions_of(HistoryEntry.parse_list(line)) == ()


def test_a_mapped_target_without_a_cause_is_explained_by_what_the_old_one_answered() -> None:
    line = (
        "<sip:bo@h>;index=1, <sip:bo@192.0.2.11?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1, <sip:cora@h>;index=1.2;mp=1.1"
    )
    (found,) = diversions_of(HistoryEntry.parse_list(line))
    assert (str(found.address.uri), found.reason) == ("sip:bo@192.0.2.11", "unconditional")
