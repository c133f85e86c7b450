"""Requests within a session that are challenged: answered once, in advance from then on, and never for ever."""

from __future__ import annotations

import re

import pytest

from pbxd.sip.digest_client import DigestClient
from pbxd.sip.headers import Reason
from pbxd.sip.message import Request, Response
from pbxd.sip.session import InviteSession, OutboundSession
from pbxd.sip.session.base import State
from tests.machines.sessions import NOW, SDP, answer, connected, entry, inbound, outbound, sent, theirs, words

PRACKED = (("Require", "100rel"), ("RSeq", "7"))
UPDATES = ("Allow", "INVITE, ACK, CANCEL, BYE, UPDATE, INFO")


def password() -> DigestClient:
    return DigestClient("house", "its-secret", cnonce=lambda: "c")


def challenge(request: Request, status: int = 401, *, nonce: str = "one", stale: bool = False) -> Response:
    """The carrier wants to know who sends this."""
    header = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    value = f'Digest realm="carrier", nonce="{nonce}", qop="auth", algorithm=MD5{", stale=true" if stale else ""}'
    return answer(request, status, (header, value))


def proof(request: Request, header: str = "Authorization") -> dict[str, str]:
    """The credentials of a request."""
    return dict(re.findall(r'(\w+)="?([^",]*)"?', request.headers.get(header) or ""))


def begin(session: InviteSession, method: str) -> Request:
    """Have the session send a request of this method in its dialog."""
    match method:
        case "INVITE":
            return sent(session.offer(SDP), method)
        case "INFO":
            return sent(session.inform("application/dtmf-relay", b"Signal=5"), method)
        case "UPDATE":
            return sent(session.wake(NOW + 901), method)
        case _:
            return sent(session.hangup(Reason(protocol="SIP", cause=200, text="bye")), method)


def called(credentials: DigestClient | None) -> InviteSession:
    """The carrier called us, and knows UPDATE and INFO."""
    session = inbound(": ".join(UPDATES), credentials=credentials)
    session.accept(SDP, NOW)
    session.ack(theirs("ACK", 10))
    return session


def calling(credentials: DigestClient | None) -> InviteSession:
    """We called, and the carrier asked for nothing until now."""
    session = outbound(credentials=credentials)
    session.response(answer(session.invite, 200, UPDATES, sdp=True), NOW)
    return session


@pytest.mark.parametrize("side", [called, calling])
@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "INFO", "BYE"])
@pytest.mark.parametrize(("status", "header"), [(401, "Authorization"), (407, "Proxy-Authorization")])
def test_every_method_is_sent_again_with_credentials(side: type, method: str, status: int, header: str) -> None:
    session = side(password())
    first = begin(session, method)
    effects = session.response(challenge(first, status), NOW)
    assert words(effects) == method
    again = sent(effects, method)
    assert again.cseq.number == first.cseq.number + 1
    assert (again.body, again.headers.get("Reason")) == (first.body, first.headers.get("Reason"))
    fields = proof(again, header)
    assert (fields["nonce"], fields["nc"], fields["uri"]) == ("one", "00000001", str(again.uri))
    assert header not in first.headers


def test_the_next_request_brings_its_credentials_along() -> None:
    session = calling(password())
    first = begin(session, "INVITE")
    again = sent(session.response(challenge(first), NOW), "INVITE")
    effects = session.response(answer(again, 200, sdp=True), NOW)
    assert words(effects) == "ACK, OfferAnswered"
    assert proof(sent(effects, "ACK")) == proof(again)  # nobody can challenge an ACK: 13.2.2.4
    bye = begin(session, "BYE")
    assert proof(bye)["nc"] == "00000002"
    assert proof(bye)["response"] != proof(again)["response"]
    assert session.response(answer(bye, 200), NOW) == []
    assert session.finished


def test_a_nonce_that_has_become_stale_is_replaced() -> None:
    session = calling(password())
    again = sent(session.response(challenge(begin(session, "INFO")), NOW), "INFO")
    session.response(answer(again, 200), NOW)
    second = begin(session, "INFO")
    renewed = sent(session.response(challenge(second, nonce="two", stale=True), NOW), "INFO")
    assert (proof(renewed)["nonce"], proof(renewed)["nc"]) == ("two", "00000001")


@pytest.mark.parametrize(
    ("method", "effects"), [("INVITE", "OfferFailed"), ("UPDATE", "UpdateAnswered"), ("INFO", ""), ("BYE", "")]
)
def test_a_password_that_was_refused_is_not_sent_again(method: str, effects: str) -> None:
    session = calling(password())
    again = sent(session.response(challenge(begin(session, method)), NOW), method)
    assert words(session.response(challenge(again, nonce="two"), NOW)) == effects
    assert session.finished is (method == "BYE")


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "INFO", "BYE"])
def test_a_proxy_and_the_server_behind_it_each_ask(method: str) -> None:
    session = calling(password())
    second = sent(session.response(challenge(begin(session, method), 407, nonce="proxy"), NOW), method)
    third = sent(session.response(challenge(second, 401, nonce="server"), NOW), method)
    assert proof(third)["nonce"] == "server"
    assert (proof(third, "Proxy-Authorization")["nonce"], proof(third, "Proxy-Authorization")["nc"]) == (
        "proxy",
        "00000002",
    )
    assert words(session.response(challenge(third, 407, nonce="again"), NOW)) in ("", "OfferFailed", "UpdateAnswered")


def test_one_response_may_have_both_challenges() -> None:
    session = calling(password())
    first = begin(session, "INFO")
    both = answer(first, 401, *(pair for status in (401, 407) for pair in asked(challenge(first, status))))
    again = sent(session.response(both, NOW), "INFO")
    assert proof(again)["nonce"] == proof(again, "Proxy-Authorization")["nonce"] == "one"


def asked(response: Response) -> list[tuple[str, str]]:
    """The challenge in a response."""
    return [
        (name, value) for name in ("WWW-Authenticate", "Proxy-Authenticate") for value in response.headers.all(name)
    ]


def test_a_server_that_calls_every_nonce_stale_is_given_up() -> None:
    session, answers = calling(password()), 0
    request = begin(session, "INVITE")
    while (effects := session.response(challenge(request, nonce=f"{answers}", stale=True), NOW)) and answers < 10:
        if words(effects) != "INVITE":
            break
        request, answers = sent(effects, "INVITE"), answers + 1
    assert (words(effects), answers) == ("OfferFailed", 4)


@pytest.mark.parametrize(
    ("method", "effects"), [("INVITE", "OfferFailed"), ("UPDATE", "UpdateAnswered"), ("INFO", ""), ("BYE", "")]
)
def test_who_has_no_password_takes_the_refusal(method: str, effects: str) -> None:
    session = calling(None)
    assert words(session.response(challenge(begin(session, method)), NOW)) == effects


def test_the_prack_of_a_provisional_response() -> None:
    session = outbound(credentials=password())
    prack = sent(session.response(answer(session.invite, 183, *PRACKED, sdp=True), NOW), "PRACK")
    again = sent(session.response(challenge(prack), NOW), "PRACK")
    assert again.headers.get("RAck") == prack.headers.get("RAck")
    assert words(session.response(answer(session.invite, 200), NOW)) == "ACK, Answered"


def test_the_bye_of_a_fork_that_came_too_late() -> None:
    session = connected(credentials=password())
    bye = sent(session.response(answer(session.invite, 200, tag="fork"), NOW), "BYE")
    refused = answer(bye, 401, ("WWW-Authenticate", 'Digest realm="carrier", nonce="one", qop="auth"'), tag="fork")
    again = sent(session.response(refused, NOW), "BYE")
    assert (again.to.tag, again.cseq.number) == ("fork", bye.cseq.number + 1)
    assert session.state is State.CONFIRMED


def test_a_challenge_that_comes_after_we_hung_up_is_not_answered() -> None:
    session = calling(password())
    invite = begin(session, "INVITE")
    bye = begin(session, "BYE")
    assert words(session.response(challenge(invite), NOW)) == ""
    assert words(session.response(challenge(bye), NOW)) == "BYE"


def test_the_bye_that_crosses_its_challenge() -> None:
    """Both hang up, and ours is challenged: theirs is answered, ours ends in peace."""
    session = calling(password())
    bye = begin(session, "BYE")
    request = theirs("BYE", 30)
    assert words(session.request(request, entry(request), NOW)) == "200 BYE"
    again = sent(session.response(challenge(bye), NOW), "BYE")
    assert not session.finished
    session.response(answer(again, 481), NOW)
    assert session.finished


def test_the_first_invite_is_not_tried_for_ever() -> None:
    session = outbound(credentials=password())
    tries = 0
    while words(effects := session.response(challenge(session.invite, stale=True), NOW)) == "INVITE":
        tries += 1
    assert (words(effects), tries) == ("Rejected", 4)


def test_the_ack_of_a_challenged_call_repeats_its_credentials() -> None:
    session: OutboundSession = outbound(credentials=password())
    session.response(challenge(session.invite, 407), NOW)
    effects = session.response(answer(session.invite, 200, sdp=True), NOW)
    assert proof(sent(effects, "ACK"), "Proxy-Authorization") == proof(session.invite, "Proxy-Authorization")
