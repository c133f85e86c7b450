"""A call that we place: RFC 3261 13.2, 9.1 and forks."""

from __future__ import annotations

import pytest

from pbxd.sip.headers import Reason
from pbxd.sip.session import Answered, OutboundSession, Progress, Rejected, Report
from pbxd.sip.session.base import State
from tests.machines.sessions import NOW, SDP, answer, connected, entry, outbound, sent, theirs, words

S = State
ELSEWHERE = Reason(protocol="SIP", cause=200, text="Call completed elsewhere")

WAYS = {
    "calling": [],
    "ringing": ["180"],
    "cancelled": ["180", "hangup"],
    "up": ["180", "200"],
    "refused": ["486"],
    "ending": ["200", "hangup"],
}
TABLE = [
    ("calling", "100", "", S.EARLY),
    ("calling", "180", "Progress", S.EARLY),
    ("calling", "200", "ACK, Answered", S.CONFIRMED),  # 13.2.2.4
    ("calling", "302", "Rejected", S.ENDED),
    ("calling", "486", "Rejected", S.ENDED),
    ("calling", "hangup", "CANCEL", S.ENDED),  # 9.1; the layer holds it back until something provisional came
    ("calling", "BYE", "481 BYE", S.EARLY),
    ("ringing", "180 fork", "Progress", S.EARLY),  # 12.1: a dialog each
    ("ringing", "200 fork", "ACK, Answered", S.CONFIRMED),
    ("ringing", "BYE", "200 BYE, Ended, CANCEL", S.ENDED),  # 15 forbids it to the callee
    ("ringing", "INVITE", "491 INVITE", S.EARLY),  # 14.2: ours is under way
    ("ringing", "UPDATE", "491 UPDATE", S.EARLY),  # RFC 3311 5.2: our offer has no answer yet
    ("cancelled", "hangup", "", S.ENDED),
    ("cancelled", "487", "", S.ENDED),
    ("cancelled", "200", "ACK, BYE", S.ENDED),  # 9.1: the 200 crossed our CANCEL
    ("cancelled", "200 fork", "ACK, BYE", S.ENDED),
    ("cancelled", "180 fork", "", S.ENDED),
    ("up", "200", "ACK", S.CONFIRMED),  # 13.2.2.4: the ACK was lost
    ("up", "200 fork", "ACK, BYE", S.CONFIRMED),
    ("up", "180 fork", "", S.CONFIRMED),
    ("up", "486", "", S.CONFIRMED),
    ("up", "BYE", "200 BYE, Ended", S.ENDED),
    ("up", "BYE fork", "481 BYE", S.CONFIRMED),
    ("up", "hangup", "BYE", S.ENDED),
    ("refused", "200 fork", "ACK, BYE", S.ENDED),
    ("refused", "hangup", "", S.ENDED),
    ("ending", "200", "ACK", S.ENDED),
    ("ending", "BYE", "200 BYE", S.ENDED),  # RFC 5407 3.2
]


def feed(session: OutboundSession, word: str) -> str:
    what, _, fork = word.partition(" ")
    tag = fork or "theirs"
    if what == "hangup":
        return words(session.hangup())
    if what.isdigit():
        return words(
            session.response(answer(session.invite, int(what), tag=tag if what != "100" else "", sdp=True), NOW)
        )
    request = theirs(what, 7, from_tag=tag, sdp=what != "BYE")
    return words(session.request(request, entry(request), NOW))


@pytest.mark.parametrize(("before", "word", "effects", "then"), TABLE)
def test_the_caller_s_side(before: str, word: str, effects: str, then: S) -> None:
    session = outbound()
    assert words(session.start()) == "INVITE"
    for step in WAYS[before]:
        feed(session, step)
    assert (feed(session, word), session.state) == (effects, then)


def test_every_repeated_2xx_gets_the_same_ack() -> None:
    session = outbound()
    acks = [sent(session.response(answer(session.invite, 200, sdp=True), NOW), "ACK") for _ in range(3)]
    assert acks[0] == acks[1] == acks[2]
    assert (acks[0].cseq.number, acks[0].to.tag) == (50, "theirs")


def test_a_2xx_repeated_after_a_reinvite_gets_its_own_ack() -> None:
    session = connected()
    reinvite = sent(session.offer(SDP), "INVITE")
    session.response(answer(reinvite, 200, sdp=True), NOW)
    assert sent(session.response(answer(session.invite, 200, sdp=True), NOW), "ACK").cseq.number == 50
    assert sent(session.response(answer(reinvite, 200, sdp=True), NOW), "ACK").cseq.number == 51


def test_a_repeated_2xx_of_a_fork_gets_its_own_ack_and_no_second_bye() -> None:
    session = connected()
    first = session.response(answer(session.invite, 200, tag="fork"), NOW)
    assert sent(first, "BYE").headers.get("Reason") == str(ELSEWHERE)
    again = session.response(answer(session.invite, 200, tag="fork"), NOW)
    assert words(again) == "ACK"
    assert sent(again, "ACK") == sent(first, "ACK")
    assert sent(first, "ACK").to.tag == sent(first, "BYE").to.tag == "fork"


@pytest.mark.parametrize("status", [200, 408, 481])
def test_the_end_of_a_fork_is_not_taken_for_an_answer_in_the_call(status: int) -> None:
    session = connected()
    bye = sent(session.response(answer(session.invite, 200, tag="fork"), NOW), "BYE")
    reinvite = sent(session.offer(SDP), "INVITE")
    assert bye.cseq.number == reinvite.cseq.number  # each dialog counts for itself
    assert words(session.response(answer(bye, status, tag="fork"), NOW)) == ""
    assert words(session.response(answer(reinvite, 200, sdp=True), NOW)) == "ACK, OfferAnswered"


@pytest.mark.parametrize("reason", [None, ELSEWHERE])
def test_an_answer_that_crosses_our_cancel_hears_why_we_left(reason: Reason | None) -> None:
    session = outbound()
    session.hangup(reason)
    bye = sent(session.response(answer(session.invite, 200, sdp=True), NOW), "BYE")
    assert bye.headers.get("Reason") == (str(reason) if reason is not None else None)


def test_finished_only_after_the_final_response() -> None:
    session = outbound()
    session.hangup()
    assert not session.finished
    session.failed(session.invite, 408, "Request Timeout", NOW)
    assert session.finished


def test_each_early_dialog_has_its_own_answer() -> None:
    session = outbound()
    bodies = []
    for tag in ("one", "two"):
        (report,) = session.response(answer(session.invite, 183, tag=tag, sdp=True), NOW)
        assert isinstance(report, Report)
        assert isinstance(report.event, Progress)
        assert report.event.dialog is not None
        bodies.append((report.event.dialog.id.remote_tag, report.event.body))
    assert bodies == [("one", SDP), ("two", SDP)]


@pytest.mark.parametrize("broken", [("Contact", "<<<"), ("Record-Route", "<<<"), ("Content-Type", "nonsense")])
def test_a_2xx_is_acknowledged_whatever_is_in_it(broken: tuple[str, str]) -> None:
    session = outbound()
    ack, report = session.response(answer(session.invite, 200, broken), NOW)
    assert words([ack]) == "ACK"
    assert isinstance(report, Report)
    assert isinstance(report.event, Answered)
    assert report.event.body == b""


@pytest.mark.parametrize(
    ("contacts", "targets"),
    [
        ("<sip:a@x.example>;q=0.1, <sip:b@x.example>, <sip:c@x.example>;q=0.5", ["b", "c", "a"]),  # 20.10
        ("<sip:a@x.example>;q=nonsense, <sip:b@x.example>;q=0.1", ["b", "a"]),
        ("<<<", []),
        ("*", []),
    ],
)
def test_where_a_redirection_points(contacts: str, targets: list[str]) -> None:
    session = outbound()
    (report,) = session.response(answer(session.invite, 302, ("Contact", contacts)), NOW)
    assert isinstance(report, Report)
    assert isinstance(report.event, Rejected)
    assert [uri.user for uri in report.event.contacts] == targets


def test_the_route_set_comes_from_the_2xx_not_from_the_18x() -> None:
    session = outbound()
    session.response(answer(session.invite, 180, ("Record-Route", "<sip:old.example;lr>")), NOW)
    ack = sent(session.response(answer(session.invite, 200, ("Record-Route", "<sip:new.example;lr>")), NOW), "ACK")
    assert ack.headers.all("Route") == ("<sip:new.example;lr>",)  # 13.2.2.4
