"""Session timers: who refreshes, when, by what, and what becomes of a session that nobody refreshed (RFC 4028)."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.message import Request
from pbxd.sip.session import Ended, InboundSession, InviteSession, RefreshDue, Report
from pbxd.sip.session.base import State
from pbxd.sip.session.timer import SessionExpires
from tests.machines.sessions import (
    NOW,
    SDP,
    answer,
    entry,
    inbound,
    outbound,
    responded,
    sent,
    theirs,
    words,
)

pytestmark = pytest.mark.covers("CALL-10")

TAKES_UPDATE = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE"


def called(*headers: str) -> tuple[InboundSession, dict[str, str]]:
    """Anna called with these headers and was answered; what our 200 said of the timer."""
    session = inbound(*headers)
    headers_ = responded(session.accept(SDP, NOW)).headers
    session.ack(theirs("ACK", 10))
    return session, {name: headers_.get(name) or "" for name in ("Session-Expires", "Require")}


def calling(*headers: tuple[str, str]) -> InviteSession:
    """We called Anna, whose 200 had these headers."""
    session = outbound()
    session.response(answer(session.invite, 200, *headers, sdp=True), NOW)
    return session


def ended(session: InviteSession, at: float) -> bool:
    effects = session.wake(at)
    reports = [effect.event for effect in effects if isinstance(effect, Report)]
    return (
        words(effects) == "BYE, Ended"
        and "SIP;cause=408" in (sent(effects, "BYE").headers.get("Reason") or "")
        and reports == [Ended(status=408, reason="the session was not refreshed in time", by_peer=False)]
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1800", SessionExpires(1800)),
        ("90;refresher=uac", SessionExpires(90, "uac")),
        ("90 ; Refresher=UAS;x=y", SessionExpires(90, "uas")),
        ("90;refresher=nobody", SessionExpires(90)),
    ],
)
def test_the_header(text: str, value: SessionExpires) -> None:
    assert SessionExpires.parse(text) == value


@pytest.mark.parametrize("text", ["", "soon", "-1", "90.5", ";refresher=uac"])
def test_a_header_that_makes_no_sense(text: str) -> None:
    with pytest.raises(MalformedMessage):
        SessionExpires.parse(text)


@pytest.mark.parametrize(
    ("headers", "told"),  # RFC 4028 9, table 2
    [
        ((), ("1800;refresher=uas", "")),
        (("Supported: timer",), ("1800;refresher=uas", "timer")),
        (("Supported: timer", "Session-Expires: 600"), ("600;refresher=uas", "timer")),
        (("Supported: timer", "x: 3600;refresher=uac"), ("1800;refresher=uac", "timer")),
        (("Supported: timer", "Session-Expires: 600;refresher=uas"), ("600;refresher=uas", "timer")),
        (("Session-Expires: 600;refresher=uac",), ("600;refresher=uas", "")),  # from a proxy
        (("Supported: timer", "Session-Expires: 3600", "Min-SE: 2400"), ("2400;refresher=uas", "timer")),
        (("Min-SE: 2400",), ("2400;refresher=uas", "")),
    ],
)
def test_what_a_call_to_us_agrees_on(headers: tuple[str, ...], told: tuple[str, str]) -> None:
    assert tuple(called(*headers)[1].values()) == told


def test_what_a_call_of_ours_asks_for() -> None:
    invite = outbound().invite
    assert (invite.headers.get("Session-Expires"), invite.headers.get("Min-SE")) == ("1800", None)
    assert "timer" in invite.supported


def test_a_refresh_by_update() -> None:
    session, _ = called("Supported: timer", "Session-Expires: 600", TAKES_UPDATE)
    assert session.deadline == NOW + 300  # RFC 4028 10: half of it
    assert words(session.wake(NOW + 299)) == ""
    update = sent(session.wake(NOW + 300), "UPDATE")
    assert (update.headers.get("Session-Expires"), update.body) == ("600;refresher=uac", b"")
    session.response(answer(update, 200, ("Session-Expires", "600;refresher=uac")), NOW + 301)
    assert session.deadline == NOW + 601
    assert session.calm


def test_a_refresh_by_reinvite() -> None:
    session, _ = called("Supported: timer", "Session-Expires: 600")
    assert session.wake(NOW + 300) == [Report(RefreshDue())]
    invite = sent(session.offer(SDP), "INVITE")
    assert invite.headers.get("Session-Expires") == "600;refresher=uac"
    accepted = answer(invite, 200, ("Session-Expires", "600;refresher=uac"), sdp=True)
    assert words(session.response(accepted, NOW + 301)) == "ACK, OfferAnswered"
    assert session.deadline == NOW + 601


@pytest.mark.parametrize("status", [408, 481])
def test_a_peer_that_is_gone(status: int) -> None:
    session, _ = called(TAKES_UPDATE)
    update = sent(session.wake(NOW + 900), "UPDATE")
    assert words(session.response(answer(update, status), NOW + 932)) == "BYE, Ended"


def test_a_peer_without_timers_that_refuses_refreshes_is_alive() -> None:
    session, _ = called(TAKES_UPDATE)
    update = sent(session.wake(NOW + 900), "UPDATE")
    assert words(session.response(answer(update, 405), NOW + 901)) == "UpdateAnswered"
    assert session.deadline == NOW + 1801
    assert words(session.wake(NOW + 1801)) == "RefreshDue"  # it said that it takes UPDATE, and doesn't


def test_refreshes_that_are_refused_are_repeated_until_the_session_is_over() -> None:
    session, _ = called("Supported: timer", "Session-Expires: 90", TAKES_UPDATE)
    story = []
    while session.state is State.CONFIRMED and (at := session.deadline) is not None:
        effects = session.wake(at)
        story.append((at - NOW, words(effects)))
        if words(effects) == "UPDATE":
            session.response(answer(sent(effects, "UPDATE"), 500), at)
    assert story == [(45, "UPDATE"), (55, "UPDATE"), (60, "BYE, Ended")]


@pytest.mark.parametrize(("interval", "over"), [(90, 60), (600, 568)])  # RFC 4028 10
def test_who_does_not_refresh_in_time_is_hung_up_on(interval: int, over: int) -> None:
    session, _ = called("Supported: timer", f"Session-Expires: {interval};refresher=uac")
    assert (session.deadline, words(session.wake(NOW + over - 1))) == (NOW + over, "")
    assert ended(session, NOW + over)


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_refresh_of_the_peer_s_starts_the_interval_anew(method: str) -> None:
    session, _ = called("Supported: timer", "Session-Expires: 600;refresher=uac")
    refresh = theirs(method, 11, "Supported: timer", "Session-Expires: 600", sdp=method == "INVITE")
    effects = session.request(refresh, entry(refresh), NOW + 300)
    if method == "INVITE":
        effects = session.answer_offer(SDP, NOW + 300)
        session.ack(theirs("ACK", 11))
    assert responded(effects).headers.get("Session-Expires") == "600;refresher=uac"  # it stays what it was
    assert session.deadline == NOW + 868


@pytest.mark.parametrize(
    ("told", "deadline"),
    [
        ("600;refresher=uac", 300),
        ("600", 300),
        ("600;refresher=uas", 568),
        (None, 900),  # it knows nothing of timers
        ("soon", 900),
        ("5;refresher=uac", 45),  # nobody makes us ask more often than RFC 4028 4 has it
    ],
)
def test_what_the_answer_to_our_call_agrees_on(told: str | None, deadline: int) -> None:
    session = calling(*([("Session-Expires", told)] if told else []))
    assert session.deadline == NOW + deadline


def test_our_call_is_asked_for_a_longer_interval() -> None:
    session = outbound()
    first = session.invite
    again = sent(session.response(answer(first, 422, ("Min-SE", "3600")), NOW), "INVITE")
    assert (again.cseq.number, again.call_id) == (first.cseq.number + 1, first.call_id)  # RFC 4028 7.3
    assert (again.headers.get("Session-Expires"), again.headers.get("Min-SE")) == ("3600", "3600")
    assert again.body == first.body
    assert words(session.response(answer(again, 422, ("Min-SE", "3600")), NOW)) == "Rejected"


@pytest.mark.parametrize("minimum", ["60", "100000", "soon", None])
def test_a_422_that_asks_for_nothing_sensible(minimum: str | None) -> None:
    session = outbound()
    refused = answer(session.invite, 422, *([("Min-SE", minimum)] if minimum else []))
    assert words(session.response(refused, NOW)) == "Rejected"


def test_a_refresh_is_asked_for_a_longer_interval() -> None:
    session, _ = called("Supported: timer", "Session-Expires: 600", TAKES_UPDATE)
    update = sent(session.wake(NOW + 300), "UPDATE")
    again = sent(session.response(answer(update, 422, ("Min-SE", "900")), NOW + 300), "UPDATE")
    assert (again.headers.get("Session-Expires"), again.headers.get("Min-SE")) == ("900;refresher=uac", "900")


def test_an_offer_of_ours_that_is_refused_with_422_is_made_again() -> None:
    session, _ = called("Supported: timer")
    invite = sent(session.offer(SDP), "INVITE")
    (report,) = session.response(answer(invite, 422, ("Min-SE", "3600")), NOW)
    assert "retry_after=0.0" in str(report)
    assert sent(session.offer(SDP), "INVITE").headers.get("Min-SE") == "3600"


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_refresh_of_the_peer_s_below_90_seconds_is_refused(method: str) -> None:
    session, _ = called("Supported: timer")
    request = theirs(method, 11, "Supported: timer", "Session-Expires: 60")
    response = responded(session.request(request, entry(request), NOW))
    assert (response.status, response.headers.get("Min-SE")) == (422, "90")  # RFC 4028 9


def test_a_timer_that_is_due_during_an_offer_waits() -> None:
    session, _ = called("Supported: timer", "Session-Expires: 600", TAKES_UPDATE)
    invite: Request = sent(session.offer(SDP), "INVITE")
    assert words(session.wake(NOW + 300)) == ""
    session.response(answer(invite, 491), NOW + 301)
    assert words(session.wake(NOW + 310)) == "UPDATE"
