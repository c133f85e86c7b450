"""CANCEL both ways, and requests that reach us twice."""

from __future__ import annotations

import pytest

from pbxd.sip.message import Request
from pbxd.sip.parse import parse_message
from tests.unit.sip.transaction_side import OLD, VIA, Side, User, answer, theirs


@pytest.fixture
def side() -> Side:
    return Side()


# CANCEL of ours (9.1) --------------------------------------------------------------------------------------------


def test_a_cancel_waits_for_a_provisional_response(side: Side) -> None:
    user = User()
    entry = side.ask("INVITE", user)
    invite = parse_message(side.sent[0])
    side.layer.cancel(entry, side.now, headers=(("Reason", 'SIP;cause=200;text="Call completed elsewhere"'),))
    assert side.out() == ["INVITE"]
    side.receive(answer(invite, 100))
    cancel = side.last()
    assert isinstance(cancel, Request)
    assert isinstance(invite, Request)
    assert (cancel.method, cancel.uri, cancel.headers.all("Via")) == ("CANCEL", invite.uri, invite.headers.all("Via"))
    for name in ("From", "To", "Call-ID"):
        assert cancel.headers.get(name) == invite.headers.get(name)
    assert (str(cancel.cseq), cancel.headers.get("Reason")) == (
        "4 CANCEL",
        'SIP;cause=200;text="Call completed elsewhere"',
    )
    side.receive(answer(cancel, 200))
    side.receive(answer(invite, 487))
    assert user.heard == [100, 487]
    side.pass_time(40)
    assert side.is_empty()


def test_a_cancel_goes_out_at_once_and_once_when_it_is_ringing(side: Side) -> None:
    entry = side.ask("INVITE")
    side.receive(answer(side.sent[0], 180))
    side.layer.cancel(entry, side.now)
    side.layer.cancel(entry, side.now)
    side.receive(answer(side.sent[0], 180))
    assert side.out() == ["INVITE", "CANCEL"]


@pytest.mark.parametrize("status", [200, 486])
def test_no_cancel_after_a_final_response(side: Side, status: int) -> None:
    entry = side.ask("INVITE")
    side.receive(answer(side.sent[0], status))
    side.layer.cancel(entry, side.now)
    assert "CANCEL" not in side.out()


def test_a_final_response_overtakes_a_cancel_that_waits(side: Side) -> None:
    user = User()
    entry = side.ask("INVITE", user)
    side.layer.cancel(entry, side.now)
    side.receive(answer(side.sent[0], 200))
    assert (side.out(), user.heard) == (["INVITE"], [200])


def test_only_an_invite_can_be_cancelled(side: Side) -> None:
    entry = side.ask("OPTIONS")
    side.receive(answer(side.sent[0], 100))
    side.layer.cancel(entry, side.now)
    assert side.out() == ["OPTIONS"]


def test_a_cancelled_invite_without_a_final_response_gives_up(side: Side) -> None:
    user = User()
    entry = side.ask("INVITE", user)
    side.receive(answer(side.sent[0], 180))
    side.pass_time(600)
    side.layer.cancel(entry, side.now)
    side.receive(answer(side.sent[-1], 200))  # to the CANCEL
    side.pass_time(32)
    assert user.heard == [180, "408 Request Timeout"]  # 9.1
    assert side.is_empty()


# CANCEL of theirs (9.2) ------------------------------------------------------------------------------------------


def test_a_cancel_is_answered_and_reported_once(side: Side) -> None:
    side.receive(theirs("INVITE"))
    side.respond(180, tag="leg")
    side.receive(theirs("CANCEL"))
    side.receive(theirs("CANCEL"))
    assert side.last().to.tag == "leg"  # 9.2: the same tag as in the INVITE's responses
    assert side.out() == ["180 INVITE", "200 CANCEL", "200 CANCEL"]
    assert (side.cancels, side.entry.cancelled) == ([side.entry], True)
    assert len(side.requests) == 1


@pytest.mark.parametrize("status", [200, 486])
def test_a_cancel_after_the_final_response_has_no_effect(side: Side, status: int) -> None:
    side.receive(theirs("INVITE"))
    side.respond(status, tag="leg")
    side.receive(theirs("CANCEL"))
    assert (side.out()[1:], side.cancels) == (["200 CANCEL"], [])


def test_a_cancel_for_nothing_is_a_481(side: Side) -> None:
    side.receive(theirs("CANCEL"))
    assert side.last().to.tag
    assert (side.out(), side.cancels, side.requests) == (["481 CANCEL"], [], [])
    side.pass_time(32)
    assert side.is_empty()


# Merged requests (8.2.2.2) ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("via", [VIA.replace("t1", "t2"), OLD])
def test_a_copy_that_came_another_way_is_a_482(side: Side, via: str) -> None:
    side.receive(theirs("INVITE"))
    side.receive(theirs("INVITE", via=via))
    side.receive(theirs("ACK", via=via, to_tag=side.last().to.tag))
    assert (len(side.requests), side.out()) == (1, ["482 INVITE"])
    side.respond(200)
    side.receive(theirs("INVITE", via=VIA.replace("t1", "t3")))
    assert side.out() == ["200 INVITE", "482 INVITE"]
    side.pass_time(33)
    assert side.is_empty()
    side.receive(theirs("INVITE", via=via))
    assert len(side.requests) == 2


@pytest.mark.parametrize(
    "other",
    [
        theirs("INVITE", via=VIA.replace("t1", "t2"), cseq=2),
        theirs("INVITE", via=VIA.replace("t1", "t2"), tag="u"),
        theirs("INVITE", via=VIA.replace("t1", "t2"), to_tag="dialog"),
        theirs("OPTIONS", via=VIA.replace("t1", "t2")),
    ],
)
def test_what_only_looks_like_a_copy_is_delivered(side: Side, other: Request) -> None:
    side.receive(theirs("INVITE"))
    side.receive(other)
    assert len(side.requests) == 2
