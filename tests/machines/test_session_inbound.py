"""A call that came to us: RFC 3261 13.3, 9.2 and 15, and the 2xx that is ours to repeat (RFC 6026)."""

from __future__ import annotations

import pytest

from pbxd.sip.headers import Reason
from pbxd.sip.message import Request
from pbxd.sip.session import Answered, Ended, InboundSession, Report
from pbxd.sip.session.base import State
from pbxd.sip.transaction import ServerEntry
from tests.machines.sessions import NOW, SDP, answer, answered, entry, inbound, responded, sent, theirs, words

S = State
BUSY = Reason(protocol="SIP", cause=486, text="Busy")

WAYS = {
    "new": [],
    "rung": ["ring"],
    "accepted": ["accept"],
    "leaving": ["accept", "hangup"],  # hung up before the ACK
    "confirmed": ["accept", "ACK"],
    "ending": ["accept", "ACK", "hangup"],
    "ended": ["reject"],
}
TABLE = [
    ("new", "ring", "180 INVITE", S.EARLY),
    ("new", "accept", "200 INVITE", S.ACCEPTED),
    ("new", "reject", "486 INVITE", S.ENDED),
    ("new", "hangup", "480 INVITE", S.ENDED),
    ("rung", "CANCEL", "487 INVITE, Ended", S.ENDED),  # 9.2
    ("rung", "BYE", "487 INVITE, 200 BYE, Ended", S.ENDED),  # 15.1.2
    ("rung", "INVITE", "500 INVITE", S.EARLY),  # 14.2: our final response to the first is not out
    ("rung", "UPDATE", "500 UPDATE", S.EARLY),  # RFC 3311 5.2
    ("rung", "UPDATE empty", "200 UPDATE", S.EARLY),
    ("rung", "ACK", "", S.EARLY),
    ("accepted", "ring", "", S.ACCEPTED),
    ("accepted", "accept", "", S.ACCEPTED),
    ("accepted", "reject", "", S.ACCEPTED),
    ("accepted", "CANCEL", "", S.ACCEPTED),  # 9.2: no effect after the final response
    ("accepted", "ACK", "Answered", S.CONFIRMED),
    ("accepted", "ACK of another", "", S.ACCEPTED),
    ("accepted", "BYE", "200 BYE, Ended", S.ENDED),  # 15.1.2: the caller need not wait
    ("accepted", "INVITE", "500 INVITE", S.ACCEPTED),
    ("accepted", "hangup", "", S.ACCEPTED),  # 15: the callee's BYE waits for the ACK
    ("leaving", "ACK", "BYE", S.ENDED),
    ("leaving", "BYE", "200 BYE", S.ENDED),
    ("leaving", "INVITE", "500 INVITE", S.ACCEPTED),
    ("confirmed", "ACK", "", S.CONFIRMED),  # repeated
    ("confirmed", "BYE", "200 BYE, Ended", S.ENDED),
    ("confirmed", "CANCEL", "", S.CONFIRMED),
    ("confirmed", "hangup", "BYE", S.ENDED),
    ("ending", "BYE", "200 BYE", S.ENDED),  # RFC 5407 3.2
    ("ending", "INVITE", "481 INVITE", S.ENDED),
    ("ended", "ring", "", S.ENDED),
    ("ended", "accept", "", S.ENDED),
    ("ended", "hangup", "", S.ENDED),
    ("ended", "CANCEL", "", S.ENDED),
    ("ended", "BYE", "481 BYE", S.ENDED),
]


def feed(session: InboundSession, word: str, cseq: int = 11) -> str:
    match word:
        case "ring":
            return words(session.ring(NOW))
        case "accept":
            return words(session.accept(SDP, NOW))
        case "reject":
            return words(session.reject(486))
        case "hangup":
            return words(session.hangup())
        case "CANCEL":
            return words(session.cancelled(theirs("CANCEL", 10, to_tag=None), session.transaction))
        case "ACK" | "ACK of another":
            return words(session.ack(theirs("ACK", 10 if word == "ACK" else 9)))
        case _:
            return words(session.request(*asked(word.split()[0], cseq, sdp=word in ("INVITE", "UPDATE")), NOW))


def asked(method: str, cseq: int, *extra: str, sdp: bool = False) -> tuple[Request, ServerEntry]:
    request = theirs(method, cseq, *extra, sdp=sdp)
    return request, entry(request)


@pytest.mark.parametrize(("before", "word", "effects", "then"), TABLE)
def test_the_callee_s_side(before: str, word: str, effects: str, then: S) -> None:
    session = inbound()
    for step in WAYS[before]:
        feed(session, step)
    assert (feed(session, word), session.state) == (effects, then)


def test_responses_that_make_the_dialog() -> None:
    session = inbound("Record-Route: <sip:p1.example;lr>", "Record-Route: <sip:p2.example;lr>")
    for response in (responded(session.ring(NOW)), responded(session.accept(SDP, NOW))):
        assert response.to.tag == "ours"
        assert response.headers.all("Record-Route") == ("<sip:p1.example;lr>", "<sip:p2.example;lr>")  # 12.1.1
        assert str(response.contact) == "<sip:pbxd@192.0.2.1>"


def test_a_provisional_response_is_repeated_each_minute() -> None:
    session = inbound()
    session.ring(NOW)
    for minute in range(1, 11):
        assert session.deadline == NOW + 60 * minute  # 13.3.1.1
        assert words(session.wake(NOW + 60 * minute - 0.1)) == ""
        assert words(session.wake(NOW + 60 * minute)) == "180 INVITE"
    session.accept(SDP, NOW + 601)
    assert session.deadline == NOW + 601.5


def test_the_2xx_is_repeated_and_given_up_with_bye() -> None:
    session = inbound()
    session.accept(SDP, NOW)
    story = []
    while (deadline := session.deadline) is not None:
        story.append((deadline - NOW, words(session.wake(deadline))))
    repeats = [0.5, 1.5, 3.5, *(7.5 + 4 * n for n in range(7))]  # 13.3.1.4: T1 doubled to T2
    assert story == [*((at, "200 INVITE") for at in repeats), (32.0, "BYE, Ended")]  # for 64*T1


def test_the_2xx_is_no_longer_repeated_once_the_ack_is_in() -> None:
    session = answered()
    assert (session.deadline, words(session.wake(NOW + 1))) == (NOW + 900, "")  # the session timer's


def test_who_hung_up_before_the_ack_says_bye_without_it_in_the_end() -> None:
    session = inbound()
    session.accept(SDP, NOW)
    session.hangup(BUSY)
    effects = session.wake(NOW + 32)
    assert words(effects) == "BYE"
    assert sent(effects, "BYE").headers.get("Reason") == str(BUSY)
    assert not session.finished
    session.response(answer(sent(effects, "BYE"), 481), NOW)
    assert session.finished


def test_the_ack_brings_the_answer_to_our_offer() -> None:
    session = inbound(offer=False)
    assert session.offer_body == b""
    session.accept(SDP, NOW)
    (report,) = session.ack(theirs("ACK", 10, sdp=True))
    assert isinstance(report, Report)
    assert isinstance(report.event, Answered)
    assert report.event.body == SDP


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('Reason: SIP;cause=200;text="Call completed elsewhere"', "Call completed elsewhere"),
        ("Reason: Q.850;cause=16", "Q.850 16"),
        ("Reason: ;;;", ""),
        ("Subject: none", ""),
    ],
)
def test_an_unreadable_reason_ends_the_call_like_any_other(line: str, reason: str) -> None:
    session = inbound()
    effects = session.cancelled(theirs("CANCEL", 10, line, to_tag=None), session.transaction)
    assert effects[1:] == [Report(Ended(status=487, reason=reason, by_peer=True))]
    talking = answered()
    request = theirs("BYE", 11, line)
    assert talking.request(request, entry(request), NOW)[1:] == [Report(Ended(status=0, reason=reason, by_peer=True))]


def test_a_stranger_who_knows_our_tag_gets_nowhere() -> None:
    session = answered()
    request = theirs("BYE", 11, from_tag="stranger")
    assert words(session.request(request, entry(request), NOW)) == "481 BYE"  # 12.2.2
    assert session.state is S.CONFIRMED


def test_finished_once_nothing_can_come_any_more() -> None:
    session = answered()
    bye = sent(session.hangup(), "BYE")
    assert not session.finished
    session.response(answer(bye, 100), NOW)
    assert not session.finished
    session.response(answer(bye, 200), NOW)
    assert session.finished
