"""Reliable provisional responses, sent and received: RFC 3262, and its offers and answers by RFC 6337."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.message import Request
from pbxd.sip.session import Answered, Ended, InboundSession, OfferReceived, OutboundSession, Report
from pbxd.sip.session.base import State
from tests.machines.sessions import NOW, SDP, answer, entry, inbound, outbound, responded, sent, theirs, words

INSISTS = "Require: 100rel"
ABLE = "Supported: 100rel"
FIRST = 1073741824
"""The first RSeq, by a jitter of one half."""


def prack(rseq: int, cseq: int = 11, *, rack: str | None = None, sdp: bool = False) -> Request:
    return theirs("PRACK", cseq, f"RAck: {rack or f'{rseq} 10 INVITE'}", sdp=sdp)


def asks(session: InboundSession | OutboundSession, request: Request, now: float = NOW) -> str:
    return words(session.request(request, entry(request), now))


def rung(*extra: str, body: bytes = b"") -> InboundSession:
    """Anna called, and it rings."""
    session = inbound(*extra)
    session.ring(NOW, body=body)
    return session


@pytest.mark.parametrize(
    ("header", "body", "reliable"),
    [(INSISTS, b"", True), (INSISTS, SDP, True), (ABLE, b"", False), (ABLE, SDP, True), ("Subject: x", SDP, False)],
)
def test_who_gets_it_reliably(header: str, body: bytes, *, reliable: bool) -> None:
    response = responded(inbound(header).ring(NOW, body=body))
    assert ("100rel" in response.require) is reliable
    assert response.headers.get("RSeq") == (str(FIRST) if reliable else None)


def test_it_is_repeated_until_its_prack() -> None:
    session = rung(INSISTS)
    story: list[tuple[float, str]] = []
    while len(story) < 4 and (at := session.deadline) is not None:
        story.append((at - NOW, words(session.wake(at))))
    assert story == [(0.5, "180 INVITE"), (1.5, "180 INVITE"), (3.5, "180 INVITE"), (7.5, "180 INVITE")]
    assert asks(session, prack(FIRST)) == "200 PRACK"
    assert session.deadline == NOW + 60


def test_without_prack_the_call_is_refused() -> None:
    session = rung(INSISTS)
    story: list[tuple[float, str]] = []
    while (at := session.deadline) is not None:
        story.append((at - NOW, words(session.wake(at))))
    assert story[-1] == (32.0, "504 INVITE, Ended")  # RFC 3262 3
    assert session.finished


@pytest.mark.parametrize("rack", [f"{FIRST + 1} 10 INVITE", f"{FIRST} 9 INVITE", f"{FIRST} 10 UPDATE"])
def test_a_prack_for_something_else(rack: str) -> None:
    session = rung(INSISTS)
    assert asks(session, prack(0, rack=rack)) == "481 PRACK"
    assert asks(session, prack(FIRST, 12)) == "200 PRACK"
    assert asks(session, prack(FIRST, 13)) == "481 PRACK"  # once is enough


@pytest.mark.parametrize("rack", ["", "1", "a b INVITE", "1 2 3 4"])
def test_a_prack_that_can_t_be_read(rack: str) -> None:
    request = theirs("PRACK", 11, f"RAck: {rack}")
    with pytest.raises(MalformedMessage):
        rung(INSISTS).request(request, entry(request), NOW)


def test_the_next_one_waits_for_the_prack_of_the_first() -> None:
    session = rung(INSISTS)
    assert words(session.ring(NOW, status=183)) == ""  # RFC 3262 3
    request = prack(FIRST)
    acknowledged, second = session.request(request, entry(request), NOW)
    assert words([acknowledged, second]) == "200 PRACK, 183 INVITE"
    assert responded([second]).headers.get("RSeq") == str(FIRST + 1)


def test_the_2xx_waits_for_the_prack_of_our_answer() -> None:
    session = rung(ABLE, body=SDP)
    assert words(session.accept(SDP, NOW + 1)) == ""
    request = prack(FIRST)
    _, accepted = session.request(request, entry(request), NOW + 2)
    response = responded([accepted])
    assert (response.status, response.body) == (200, b"")  # RFC 6337 3.1: it was given before
    assert (session.state, session.deadline) == (State.ACCEPTED, NOW + 2.5)
    assert words(session.ack(theirs("ACK", 10))) == "Answered"


def test_the_2xx_does_not_wait_for_the_prack_of_mere_ringing() -> None:
    session = rung(INSISTS)
    response = responded(session.accept(SDP, NOW))
    assert (response.status, response.body) == (200, SDP)
    assert session.deadline == NOW + 0.5
    assert words(session.wake(NOW + 0.5)) == "200 INVITE"  # and nothing else
    assert asks(session, prack(FIRST)) == "200 PRACK"


@pytest.mark.parametrize(
    ("how", "effects"),
    [("CANCEL", "487 INVITE, Ended"), ("hangup", "480 INVITE"), ("BYE", "487 INVITE, 200 BYE, Ended")],
)
def test_the_end_while_the_2xx_waits(how: str, effects: str) -> None:
    session = rung(ABLE, body=SDP)
    session.accept(SDP, NOW)
    match how:
        case "CANCEL":
            assert words(session.cancelled(theirs("CANCEL", 10, to_tag=None), session.transaction)) == effects
        case "hangup":
            assert words(session.hangup()) == effects
        case _:
            assert asks(session, theirs("BYE", 11)) == effects
    assert session.deadline is None


def test_a_caller_that_insists_and_offers_nothing_hears_no_ringing() -> None:
    session = inbound(INSISTS, offer=False)
    assert words(session.ring(NOW)) == ""  # RFC 3262 5
    assert words(session.accept(SDP, NOW)) == "200 INVITE"


def test_each_minute_one_more() -> None:
    session = rung(INSISTS)
    asks(session, prack(FIRST))
    assert responded(session.wake(NOW + 60)).headers.get("RSeq") == str(FIRST + 1)


@pytest.mark.parametrize("method", ["PRACK", "UPDATE"])
def test_another_offer_after_the_answer(method: str) -> None:
    """RFC 6337 2: in the PRACK itself, or in an UPDATE after it."""
    session = rung(ABLE, body=SDP)
    request = prack(FIRST, sdp=method == "PRACK")
    effects = session.request(request, entry(request), NOW)
    if method == "UPDATE":
        update = theirs("UPDATE", 12, sdp=True)
        effects = session.request(update, entry(update), NOW)
    assert effects == [Report(OfferReceived(body=SDP))]
    response = responded(session.answer_offer(SDP, NOW))
    assert (response.status, response.cseq.method, response.body) == (200, method, SDP)
    assert responded(session.accept(SDP, NOW)).body == b""


def test_an_offer_before_the_prack_is_too_early() -> None:
    assert asks(rung(ABLE, body=SDP), theirs("UPDATE", 11, sdp=True)) == "500 UPDATE"


# As the caller -----------------------------------------------------------------------------------------------------


def reliably(
    session: OutboundSession, rseq: int | str, *, status: int = 183, tag: str = "theirs", sdp: bool = False
) -> str:
    headers = (("Require", "100rel"), ("RSeq", str(rseq)))
    return words(session.response(answer(session.invite, status, *headers, tag=tag, sdp=sdp), NOW))


def test_our_invite_says_that_we_are_able() -> None:
    assert "100rel" in outbound().invite.supported
    assert "PRACK" in outbound().invite.allow


def test_each_reliable_response_gets_one_prack_in_order() -> None:
    session = outbound()
    assert reliably(session, 7) == "PRACK, Progress"
    assert reliably(session, 7) == ""  # repeated
    assert reliably(session, 9) == ""  # RFC 3262 4: the one before is missing
    assert reliably(session, 8) == "PRACK, Progress"
    assert reliably(session, 9) == "PRACK, Progress"
    assert reliably(session, 20, tag="fork") == "PRACK, Progress"  # each early dialog counts for itself


@pytest.mark.parametrize("rseq", ["", "x", "-1", "99999999999"])
def test_a_number_that_makes_no_sense(rseq: str) -> None:
    assert reliably(outbound(), rseq) == ""


def test_what_the_prack_says() -> None:
    session = outbound()
    response = answer(session.invite, 183, ("Require", "100rel"), ("RSeq", "7"), sdp=True)
    request = sent(session.response(response, NOW), "PRACK")
    assert (request.headers.get("RAck"), request.cseq.number, request.to.tag) == ("7 50 INVITE", 51, "theirs")
    assert session.response(answer(request, 200), NOW) == []
    session.response(answer(session.invite, 200), NOW)
    assert sent(session.hangup(), "BYE").cseq.number == 52


def test_a_2xx_without_the_answer_that_came_before() -> None:
    session = outbound()
    reliably(session, 1, sdp=True)
    _, report = session.response(answer(session.invite, 200), NOW)
    assert isinstance(report, Report)
    assert isinstance(report.event, Answered)
    assert (report.event.body, report.event.settled) == (SDP, True)


def test_an_offer_of_the_peer_s_before_it_answers() -> None:
    session = outbound()
    update = theirs("UPDATE", 1, sdp=True)
    reliably(session, 1)
    assert asks(session, update) == "491 UPDATE"  # RFC 3311 5.2: ours has no answer yet
    reliably(session, 2, sdp=True)
    update = theirs("UPDATE", 2, sdp=True)
    assert session.request(update, entry(update), NOW) == [Report(OfferReceived(body=SDP))]
    assert words(session.answer_offer(SDP, NOW)) == "200 UPDATE"
    _, report = session.response(answer(session.invite, 200), NOW)
    assert isinstance(report, Report)
    assert isinstance(report.event, Answered)
    assert (report.event.body, report.event.settled) == (b"", True)


def test_a_call_that_we_gave_up_still_gets_its_pracks() -> None:
    session = outbound()
    session.hangup()
    assert reliably(session, 1) == "PRACK"


def test_a_reliable_response_to_a_reinvite() -> None:
    session = outbound()
    session.response(answer(session.invite, 200, sdp=True), NOW)
    invite = sent(session.offer(SDP), "INVITE")
    response = answer(invite, 183, ("Require", "100rel"), ("RSeq", "1"))
    assert sent(session.response(response, NOW), "PRACK").headers.get("RAck") == f"1 {invite.cseq.number} INVITE"
    assert words(session.response(response, NOW)) == ""


def test_how_it_is_reported_that_no_prack_came() -> None:
    session = rung(INSISTS)
    effects = session.wake(NOW + 32)
    assert effects[1:] == [
        Report(Ended(status=504, reason="no PRACK for our provisional response came in time", by_peer=False))
    ]
