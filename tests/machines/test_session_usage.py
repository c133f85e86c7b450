"""Both sides of an established call: RFC 3261 14 and 15, RFC 3311, RFC 5057."""

from __future__ import annotations

import pytest

from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.sip.message import Request
from pbxd.sip.nat import Direct
from pbxd.sip.session import Cancel, InviteSession, OfferAnswered, OfferFailed, OfferReceived, Report, UpdateAnswered
from pbxd.sip.session.base import State
from pbxd.sip.transaction import ServerEntry
from tests.machines.sessions import (
    NOW,
    SDP,
    US,
    answer,
    answered,
    connected,
    entry,
    inbound,
    outbound,
    responded,
    sent,
    theirs,
    words,
)

S = State


def asks(session: InviteSession, request: Request) -> str:
    return words(session.request(request, entry(request), NOW))


def is_calm(session: InviteSession) -> bool:
    return session.calm


def is_idle(session: InviteSession) -> bool:
    return session.idle


def offer(cseq: int, method: str = "INVITE", *extra: str) -> Request:
    return theirs(method, cseq, *extra, sdp=True)


def reinvited() -> tuple[InviteSession, Request]:
    """A call in which our offer is under way."""
    session = answered()
    return session, sent(session.offer(SDP), "INVITE")


@pytest.mark.parametrize("status", [404, 408, 410, 416, 481, 482, 483, 484, 485, 502, 604])
def test_failures_that_end_the_dialog(status: int) -> None:
    session, invite = reinvited()
    assert words(session.response(answer(invite, status), NOW)) == "BYE, Ended"  # 12.2.1.2, RFC 5057 5.1
    assert session.state is S.ENDED


@pytest.mark.parametrize("status", [400, 415, 488, 500, 503, 606])
def test_failures_that_leave_everything_as_it_was(status: int) -> None:
    session, invite = reinvited()
    (report,) = session.response(answer(invite, status), NOW)
    assert isinstance(report, Report)
    assert isinstance(report.event, OfferFailed)
    assert (report.event.status, report.event.retry_after) == (status, None)  # 14.1
    assert is_calm(session)


def test_no_answer_at_all_ends_the_dialog() -> None:
    session, invite = reinvited()
    assert words(session.failed(invite, 408, "Request Timeout", NOW)) == "BYE, Ended"


@pytest.mark.parametrize(
    ("jitter", "ours", "theirs_"), [(0.0, 2.1, 0.0), (0.5, 3.05, 1.0), (1.0, 4.0, 2.0)]
)  # 14.1: the owner of the Call-ID waits 2.1 to 4 s, the other one 0 to 2 s, in units of 10 ms
def test_how_long_to_wait_after_a_glare(jitter: float, ours: float, theirs_: float) -> None:
    for session, seconds in ((connected(jitter=jitter), ours), (answered(jitter=jitter), theirs_)):
        invite = sent(session.offer(SDP), "INVITE")
        assert session.response(answer(invite, 491), NOW) == [
            Report(OfferFailed(status=491, reason="Request Pending", retry_after=seconds))
        ]


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_an_offer_that_meets_ours_gets_491(method: str) -> None:
    session, _ = reinvited()
    assert asks(session, offer(11, method)) == f"491 {method}"  # 14.2, RFC 3311 5.2
    assert not is_calm(session)


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, "0"), (1.0, "10")])
def test_an_offer_inside_a_pending_one_gets_500(method: str, jitter: float, seconds: str) -> None:
    session = answered(jitter=jitter)
    assert asks(session, offer(11)) == "OfferReceived"
    second = offer(12, method)
    response = responded(session.request(second, entry(second), NOW))
    assert (response.status, response.headers.get("Retry-After")) == (500, seconds)  # 14.2
    assert words(session.answer_offer(SDP, NOW)) == "200 INVITE"


def test_a_reinvite_is_answered_and_its_2xx_repeated_until_the_ack() -> None:
    session = answered()
    assert asks(session, offer(11)) == "OfferReceived"
    assert words(session.answer_offer(SDP, NOW)) == "200 INVITE"
    assert not is_calm(session)
    assert (session.deadline, words(session.wake(NOW + 0.5))) == (NOW + 0.5, "200 INVITE")
    assert words(session.ack(theirs("ACK", 10))) == ""
    assert words(session.ack(theirs("ACK", 11))) == "Settled"
    assert is_calm(session)
    assert session.deadline == NOW + 900  # the session timer's


def test_a_reinvite_s_2xx_without_ack_ends_the_call() -> None:
    session = answered()
    asks(session, offer(11))
    session.answer_offer(SDP, NOW)
    assert words(session.wake(NOW + 32)) == "BYE, Ended"  # 13.3.1.4


def test_an_update_needs_no_ack() -> None:
    session = answered()
    assert asks(session, offer(11, "UPDATE")) == "OfferReceived"
    assert words(session.answer_offer(SDP, NOW)) == "200 UPDATE"
    assert is_calm(session)


def test_an_update_without_body_is_a_refresh() -> None:
    session = answered()
    assert asks(session, theirs("UPDATE", 11, "Contact: <sip:anna@203.0.113.5>")) == "200 UPDATE"  # RFC 3311 5.2
    assert str(sent(session.hangup(), "BYE").uri) == "sip:anna@203.0.113.5"


def test_a_reinvite_without_offer_gets_ours_and_its_ack_the_answer() -> None:
    session = answered()
    request = theirs("INVITE", 11)
    assert session.request(request, entry(request), NOW) == [Report(OfferReceived(body=b""))]
    session.answer_offer(SDP, NOW)
    assert asks(session, offer(12)) == "491 INVITE"  # our offer is in the 2xx: RFC 3261 14.2
    assert session.ack(theirs("ACK", 11, sdp=True)) == [Report(OfferAnswered(body=SDP))]
    assert is_calm(session)


def test_a_refused_offer_changes_nothing() -> None:
    session = answered()
    asks(session, offer(11, "INVITE", "Contact: <sip:anna@203.0.113.5>"))
    assert words(session.refuse_offer(488)) == "488 INVITE"
    assert is_calm(session)
    assert str(sent(session.hangup(), "BYE").uri) == "sip:anna@198.51.100.7"  # RFC 6141 4.6


def test_who_moves_is_found_where_he_was_heard() -> None:
    session, elsewhere = answered(), Flow("udp", US, Address("203.0.113.5", 5060))
    moved = offer(11, "INVITE", "Contact: <sip:anna@203.0.113.5>")
    session.request(moved, entry(moved, elsewhere), NOW)
    session.answer_offer(SDP, NOW)
    assert session.dialog is not None
    assert session.dialog.destination == Direct(elsewhere, otherwise=session.dialog.remote_target)


@pytest.mark.parametrize("make", [answered, connected])
@pytest.mark.parametrize(
    ("request_", "effects"),
    [
        (theirs("OPTIONS", 11), "200 OPTIONS"),
        (theirs("MESSAGE", 11), "405 MESSAGE"),
        (theirs("INVITE", 11, "Require: teleport"), "420 INVITE"),
        (theirs("UPDATE", 11, "Content-Type: text/plain", "Content-Length: 0"), "200 UPDATE"),
    ],
)
def test_other_requests(make: object, request_: Request, effects: str) -> None:
    assert callable(make)
    assert asks(make(), request_) == effects


def test_a_body_that_is_no_sdp_is_refused() -> None:
    session = answered()
    request = theirs("INVITE", 11).with_body("text/plain", b"hello")
    response = responded(session.request(request, entry(request), NOW))
    assert (response.status, response.headers.get("Accept")) == (415, "application/sdp")


def test_an_old_request_is_refused() -> None:
    session = answered()
    assert asks(session, theirs("OPTIONS", 12)) == "200 OPTIONS"
    assert asks(session, theirs("OPTIONS", 12)) == "500 OPTIONS"  # 12.2.2
    assert asks(session, theirs("OPTIONS", 11)) == "500 OPTIONS"


def pending() -> tuple[InviteSession, ServerEntry]:
    session, request = answered(), offer(11)
    transaction = entry(request)
    session.request(request, transaction, NOW)
    return session, transaction


def test_no_offer_stays_without_an_answer() -> None:
    session, _ = pending()
    assert words(session.hangup()) == "487 INVITE, BYE"
    session, _ = pending()
    assert asks(session, theirs("BYE", 12)) == "487 INVITE, 200 BYE, Ended"  # 15.1.2
    assert words(session.answer_offer(SDP, NOW)) == words(session.refuse_offer(488)) == ""


def test_our_bye_cancels_our_reinvite_and_its_late_2xx_is_acknowledged() -> None:
    session, invite = reinvited()
    cancel, *rest = session.hangup()
    assert (cancel, words(rest)) == (Cancel(None), "BYE")
    assert words(session.response(answer(invite, 200, sdp=True), NOW)) == "ACK"


def test_a_late_failure_of_our_reinvite_changes_nothing() -> None:
    session, invite = reinvited()
    session.hangup()
    assert words(session.response(answer(invite, 487), NOW)) == ""


@pytest.mark.parametrize(("contact", "host"), [("<sip:anna@203.0.113.5>", "203.0.113.5"), ("<<<", "198.51.100.7")])
def test_the_2xx_to_our_reinvite_may_move_the_peer_and_must_be_acknowledged(contact: str, host: str) -> None:
    session, invite = reinvited()
    response = answer(invite, 200, ("Contact", contact), sdp=True)
    effects = session.response(response, NOW)
    assert words(effects) == "ACK, OfferAnswered"
    assert sent(effects, "ACK").uri.host == host  # 12.2.1.2
    assert words(session.response(response, NOW)) == "ACK"  # 13.2.2.4


def test_calm_is_nothing_under_way() -> None:
    session = inbound()
    assert not is_calm(session)
    session.accept(SDP, NOW)
    assert not is_calm(session)
    session.ack(theirs("ACK", 10))
    assert is_calm(session)
    session.hangup()
    assert not is_calm(session)


def updatable() -> InviteSession:
    """A call whose callee says that it takes UPDATE."""
    session = outbound()
    session.response(answer(session.invite, 200, ("Allow", "INVITE, UPDATE"), sdp=True), NOW)
    return session


def test_what_a_peer_is_told_goes_by_update_and_is_said_again_after_a_422() -> None:
    session = updatable()
    assert is_idle(session)
    assert session.takes_update
    update = sent(session.tell((("P-Asserted-Identity", "<sip:203@house.example>"),)), "UPDATE")
    assert (update.headers.get("P-Asserted-Identity"), update.body) == ("<sip:203@house.example>", b"")
    assert is_calm(session)
    assert not is_idle(session)
    short = answer(update, 422, ("Min-SE", "2000"))
    again = sent(session.response(short, NOW), "UPDATE")
    assert again.headers.get("P-Asserted-Identity") == "<sip:203@house.example>"
    assert session.response(answer(again, 200), NOW) == [Report(UpdateAnswered(status=200, retry_after=None))]
    assert is_idle(session)


@pytest.mark.parametrize(
    ("status", "headers", "pause"),
    [(491, (), 3.05), (500, (("Retry-After", "4"),), 4.0), (500, (), None), (405, (), 0.0), (403, (), None)],
)
def test_an_update_that_is_refused(status: int, headers: tuple[tuple[str, str], ...], pause: float | None) -> None:
    session = updatable()
    update = sent(session.tell((("Subject", "news"),)), "UPDATE")
    told = session.response(answer(update, status, *headers), NOW)
    assert told == [Report(UpdateAnswered(status=status, retry_after=pause))]
    assert session.takes_update is (status != 405)
