"""REFER and the NOTIFYs that it implies: RFC 3515, RFC 4488, RFC 3892, and RFC 5057 for what outlives the call."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pbxd.sip.message import Request
from pbxd.sip.replaces import Meant
from pbxd.sip.session import Effect, InviteSession, Referred, Report
from tests.machines.sessions import NOW, answer, answered, entry, inbound, responded, sent, theirs, words

CORA = "Refer-To: <sip:203@nordhavn.example>"


def refers(session: InviteSession, cseq: int = 11, *headers: str) -> list[Effect]:
    request = theirs("REFER", cseq, *(headers or (CORA,)))
    return session.request(request, entry(request), NOW)


def accepted(*headers: str) -> tuple[InviteSession, Request]:
    """A call whose REFER was accepted, and the first NOTIFY."""
    session = answered()
    assert words(refers(session, 11, CORA, *headers)) == "Referred"
    return session, sent(session.accept_referral(NOW), "NOTIFY")


def told(notify: Request) -> tuple[str, str, str]:
    """Event, state and first line of a NOTIFY."""
    assert notify.content_type == "message/sipfrag"
    fields = (notify.headers.get("Event") or "", notify.headers.get("Subscription-State") or "")
    return (*fields, notify.body.decode().rstrip())


def reported(effects: Iterable[Effect]) -> Referred:
    (event,) = (effect.event for effect in effects if isinstance(effect, Report))
    assert isinstance(event, Referred)
    return event


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (("X-Nothing: 1",), 400),  # 2.4.2: exactly one Refer-To
        ((CORA, "Refer-To: <sip:204@nordhavn.example>"), 400),
        (("Refer-To: <sip:203@nordhavn.example>, <sip:204@nordhavn.example>",), 400),
        (("Refer-To: <nonsense",), 400),
        (("Refer-To: <sip:203@nordhavn.example?Replaces=one>",), 400),  # RFC 3891 6.1
        (("Refer-To: <http://nordhavn.example/>",), 416),
        (("Refer-To: <sip:203@nordhavn.example;method=BYE>",), 501),
        ((CORA, "Require: teleport"), 420),
    ],
)
def test_what_is_refused(headers: tuple[str, ...], status: int) -> None:
    session = answered()
    assert responded(refers(session, 11, *headers)).status == status
    assert words(refers(session, 12)) == "Referred"  # and the call goes on


def test_what_is_reported() -> None:
    session = answered()
    to = "Refer-To: <sip:203@nordhavn.example?Replaces=one%40phone%3Bto-tag%3Dours%3Bfrom-tag%3Dtheirs&X=1>"
    event = reported(refers(session, 11, to, "Referred-By: <sip:anna@nordhavn.example>"))
    assert (event.id, str(event.target), event.referred_by) == (
        11,
        "sip:203@nordhavn.example",
        "sip:anna@nordhavn.example",
    )
    assert event.replaces == Meant("one@phone", "ours", "theirs")


def test_not_before_the_call_is_answered() -> None:
    session = inbound()
    session.ring(NOW)
    assert responded(refers(session)).status == 403


def test_accepted_told_and_ended() -> None:
    session, first = accepted()
    assert told(first) == ("refer", "active;expires=300", "SIP/2.0 100 Trying")
    assert session.response(answer(first, 200), NOW) == []
    ringing = sent(session.referral_progressed(11, 180, "Ringing", NOW + 10), "NOTIFY")
    assert told(ringing) == ("refer", "active;expires=290", "SIP/2.0 180 Ringing")
    session.response(answer(ringing, 200), NOW)
    assert session.referral_progressed(11, 180, "Ringing", NOW) == []  # nothing new
    last = sent(session.referral_progressed(11, 200, "OK", NOW), "NOTIFY")
    assert told(last) == ("refer", "terminated;reason=noresource", "SIP/2.0 200 OK")
    session.response(answer(last, 200), NOW)
    assert session.referral_progressed(11, 486, "Busy Here", NOW) == []


def test_the_202_says_where_we_are() -> None:
    session = answered()
    refers(session)
    response = responded(session.accept_referral(NOW))
    assert (response.status, str(response.contact.uri) if response.contact else "") == (202, "sip:pbxd@192.0.2.1")


def test_one_notify_at_a_time_but_the_last_does_not_wait() -> None:
    session, first = accepted()
    assert session.referral_progressed(11, 180, "Ringing", NOW) == []
    assert session.referral_progressed(11, 183, "Session Progress", NOW) == []
    second = sent(session.response(answer(first, 200), NOW), "NOTIFY")
    assert told(second)[2] == "SIP/2.0 183 Session Progress"
    last = sent(session.referral_progressed(11, 200, "OK", NOW), "NOTIFY")
    assert last.cseq.number > second.cseq.number
    assert session.response(answer(second, 200), NOW) == []
    assert session.response(answer(last, 200), NOW) == []
    assert words(session.hangup()) == "BYE"


def test_a_second_refer_waits_for_the_first_and_has_an_id() -> None:
    session, first = accepted()
    assert responded(refers(session, 12)).status == 491
    session.response(answer(first, 200), NOW)
    session.referral_progressed(11, 486, "Busy Here", NOW)
    assert words(refers(session, 13)) == "Referred"
    second = sent(session.accept_referral(NOW), "NOTIFY")
    assert told(second)[0] == "refer;id=13"  # 2.4.6
    assert session.referral_progressed(11, 200, "OK", NOW) == []
    assert told(sent(session.referral_progressed(13, 200, "OK", NOW), "NOTIFY"))[0] == "refer;id=13"


def test_refused_by_the_owner() -> None:
    session = answered()
    refers(session)
    assert responded(session.refuse_referral(403)).status == 403
    assert session.accept_referral(NOW) == []
    assert words(refers(session, 12)) == "Referred"


@pytest.mark.parametrize("require", [(), ("Require: norefersub",)])
def test_without_subscription(require: tuple[str, ...]) -> None:
    session = answered()
    refers(session, 11, CORA, "Refer-Sub: false", *require)
    effects = session.accept_referral(NOW)
    assert words(effects) == "202 REFER"
    assert responded(effects).headers.get("Refer-Sub") == "false"  # RFC 4488 4
    assert session.referral_progressed(11, 200, "OK", NOW) == []


def test_a_subscription_runs_out() -> None:
    session, first = accepted()
    session.response(answer(first, 200), NOW)
    assert session.deadline == NOW + 300
    last = sent(session.wake(NOW + 300), "NOTIFY")
    assert told(last) == ("refer", "terminated;reason=timeout", "SIP/2.0 100 Trying")
    assert session.referral_progressed(11, 200, "OK", NOW + 301) == []
    assert session.deadline == NOW + 900


@pytest.mark.parametrize("status", [481, 408, 405])
def test_a_peer_that_refuses_to_be_told_keeps_its_call(status: int) -> None:
    session, first = accepted()
    assert session.response(answer(first, status), NOW) == []  # RFC 5057 5.1: the subscription ends, nothing else
    assert session.referral_progressed(11, 200, "OK", NOW) == []
    assert words(session.hangup()) == "BYE"


def test_a_peer_that_hangs_up_is_still_told() -> None:
    session, first = accepted()
    bye = theirs("BYE", 12)
    assert words(session.request(bye, entry(bye), NOW)) == "200 BYE, Ended"
    assert not session.finished
    session.response(answer(first, 200), NOW)
    last = sent(session.referral_progressed(11, 200, "OK", NOW), "NOTIFY")
    session.response(answer(last, 200), NOW)
    assert session.finished


def test_a_peer_that_hangs_up_and_is_gone_is_forgotten() -> None:
    session, _ = accepted()
    bye = theirs("BYE", 12)
    session.request(bye, entry(bye), NOW)
    assert session.deadline == NOW + 300
    assert words(session.wake(NOW + 300)) == "NOTIFY"
    assert session.finished


@pytest.mark.parametrize(
    ("event", "expires", "status", "state"),
    [
        ("refer", "100", 200, "active;expires=100"),
        ("refer;id=11", "9999", 200, "active;expires=300"),
        ("refer", "0", 200, "terminated;reason=timeout"),
        ("refer;id=10", "100", 481, ""),
        ("presence", "100", 481, ""),
    ],
)
def test_the_subscription_is_lengthened_or_ended(event: str, expires: str, status: int, state: str) -> None:
    session, first = accepted()
    session.response(answer(first, 200), NOW)
    request = theirs("SUBSCRIBE", 12, f"Event: {event}", f"Expires: {expires}")
    effects = session.request(request, entry(request), NOW)
    assert responded(effects).status == status
    if state:
        assert told(sent(effects, "NOTIFY"))[1] == state
