"""Which message finds which transaction, and what is left behind."""

from __future__ import annotations

import pytest

from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.sip.message import Request, response_to
from pbxd.sip.transaction import State
from pbxd.sip.transaction.derived import ack_branch
from tests.unit.sip.transaction_side import OLD, PEER, TCP, UDP, US, VIA, Side, User, answer, ours, theirs, word


@pytest.fixture
def side() -> Side:
    return Side()


# Our requests ----------------------------------------------------------------------------------------------------


def test_a_request_gets_our_via_on_top(side: Side) -> None:
    side.ask("OPTIONS")
    sent = side.last()
    assert sent.headers.all("Via") == ("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours1;rport",)
    assert sent.headers.keys[0] == "via"


def test_an_ipv6_sent_by_has_brackets(side: Side) -> None:
    flow = Flow("tcp", Address("2001:db8::1", 5060), Address("2001:db8::7", 5060), 1)
    user = User()
    side.ask("OPTIONS", user, flow)
    assert str(side.last().via).startswith("SIP/2.0/TCP [2001:db8::1]:5060;branch=")
    side.receive(answer(side.sent[-1], 200), flow)
    assert user.heard == [200]


def test_responses_reach_the_user_of_their_request(side: Side) -> None:
    first, second = User(), User()
    side.ask("OPTIONS", first)
    side.ask("OPTIONS", second)
    side.receive(answer(side.sent[1], 404))
    side.receive(answer(side.sent[0], 100))
    side.receive(answer(side.sent[0], 200))
    assert (first.heard, second.heard) == ([100, 200], [404])


@pytest.mark.parametrize(
    "via",
    [
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnever",
        "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKours1;rport",  # 18.1.2
        "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKours1;rport",
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours1;rport, SIP/2.0/UDP 192.0.2.8:5060;branch=z9hG4bKx",  # 8.1.3.3
    ],
)
def test_a_response_that_is_not_for_us_is_dropped(side: Side, via: str) -> None:
    user = User()
    side.ask("OPTIONS", user)
    response = answer(side.sent[0], 200)
    side.receive(response.with_headers(response.headers.setting("Via", via)))
    assert (user.heard, side.strays) == ([], [])


def test_the_cseq_method_is_part_of_the_match(side: Side) -> None:
    user = User()
    side.ask("INVITE", user)
    response = answer(side.sent[0], 200)
    side.receive(response.with_headers(response.headers.setting("CSeq", "4 CANCEL")))  # 17.1.3
    assert user.heard == []


def test_a_timeout_is_a_408(side: Side) -> None:
    user = User()
    side.ask("OPTIONS", user)
    side.pass_time(31.9)
    assert user.heard == []
    side.pass_time(0.1)
    assert user.heard == ["408 Request Timeout"]  # 8.1.3.1
    assert side.is_empty()


def test_a_lost_connection_is_a_503_for_all_on_it(side: Side) -> None:
    options, invite, other = User(), User(), User()
    side.ask("OPTIONS", options, TCP)
    side.ask("INVITE", invite, TCP)
    side.receive(answer(side.sent[1], 180), TCP)
    side.ask("OPTIONS", other, Flow("tcp", US, PEER, 4))
    side.layer.flow_lost(TCP, "reset by peer", side.now)
    assert (options.heard, invite.heard, other.heard) == (
        ["503 reset by peer"],  # 8.1.3.1
        [180, "503 reset by peer"],
        [],
    )
    assert len(side.layer) == 1


def test_the_first_2xx_is_the_users_and_further_ones_are_the_cores(side: Side) -> None:
    user = User()
    side.ask("INVITE", user)
    invite = side.sent[0]
    for tag in ("one", "one", "two"):
        side.receive(answer(invite, 200, tag=tag))
    assert (user.heard, [stray.to.tag for stray in side.strays]) == ([200], ["one", "two"])
    side.pass_time(32)
    assert side.is_empty()
    side.receive(answer(invite, 200, tag="three"))  # without any transaction
    assert side.strays[-1].to.tag == "three"


def test_only_a_2xx_to_invite_is_a_stray(side: Side) -> None:
    side.ask("INVITE")
    side.ask("OPTIONS")
    late = [answer(side.sent[0], 180), answer(side.sent[0], 486), answer(side.sent[1], 200)]
    side.pass_time(64)
    for response in late:
        side.receive(response)
    assert side.strays == []


def test_an_answered_invite_keeps_its_user_no_longer(side: Side) -> None:
    entry = side.ask("INVITE")
    side.receive(answer(side.sent[0], 200))
    assert (entry.user, entry.machine.deadline) == (None, side.now + 32)


def test_the_ack_of_a_2xx_gets_a_via_and_no_transaction(side: Side) -> None:
    side.layer.send_ack(ours("ACK"), UDP)
    side.layer.send_ack(ours("ACK"), UDP)
    first, again = side.sent
    assert side.last().via.branch.startswith("z9hG4bK")
    assert again == first, "a repeated 2xx gets the same ACK, branch included (13.2.2.4)"
    assert side.is_empty()


def test_each_ack_of_a_2xx_has_a_branch_of_its_own(side: Side) -> None:
    acks = [ours("ACK"), theirs("ACK"), theirs("ACK", cseq=2), theirs("ACK", to_tag="f"), theirs("ACK", tag="u")]
    assert len({ack_branch(ack) for ack in acks}) == len(acks)


# Requests from outside -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("via", "seen"),
    [
        ("SIP/2.0/UDP 198.51.100.7:40001;branch=z9hG4bKx", "SIP/2.0/UDP 198.51.100.7:40001;branch=z9hG4bKx"),
        (
            "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKx",
            "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKx;received=198.51.100.7",
        ),
        ("SIP/2.0/UDP phone.lan;branch=z9hG4bKx", "SIP/2.0/UDP phone.lan;branch=z9hG4bKx;received=198.51.100.7"),
        (
            "SIP/2.0/UDP 198.51.100.7:40001;rport;branch=z9hG4bKx",
            "SIP/2.0/UDP 198.51.100.7:40001;rport=40001;branch=z9hG4bKx;received=198.51.100.7",  # RFC 3581 4
        ),
        (
            "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKx;received=203.0.113.5",
            "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKx;received=198.51.100.7",
        ),
        (
            "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx , SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKy",
            "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx;received=198.51.100.7, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKy",
        ),
    ],
)
def test_the_top_via_says_where_a_request_came_from(side: Side, via: str, seen: str) -> None:
    side.receive(theirs("OPTIONS", via=via))
    assert side.requests[0][0].headers.get("Via") == seen  # 18.2.1
    side.respond(200)
    assert side.last().headers.get("Via") == seen


def test_a_repeated_request_is_delivered_once_and_answered_again(side: Side) -> None:
    side.receive(theirs("OPTIONS"))
    side.receive(theirs("OPTIONS"))
    side.respond(200)
    side.receive(theirs("OPTIONS"))
    assert (len(side.requests), side.out()) == (1, ["200 OPTIONS", "200 OPTIONS"])
    side.pass_time(32)
    assert side.is_empty()


@pytest.mark.parametrize(
    "other",
    [
        theirs("MESSAGE", cseq=2),
        theirs("OPTIONS", via=VIA.replace("40001", "40002"), cseq=2),
        theirs("OPTIONS", via=VIA.replace("t1", "t2"), cseq=2),
    ],
)
def test_method_sent_by_and_branch_tell_transactions_apart(side: Side, other: Request) -> None:
    side.receive(theirs("OPTIONS"))
    side.receive(other)  # 17.2.3
    assert len(side.requests) == 2


def test_the_ack_of_a_failure_is_absorbed(side: Side) -> None:
    side.receive(theirs("INVITE"))
    side.respond(486)
    side.receive(theirs("ACK", to_tag="ours"))
    side.pass_time(5)
    assert (len(side.requests), side.out(), side.unacknowledged) == (1, ["486 INVITE"], [])
    assert side.is_empty()


def test_a_missing_ack_is_reported(side: Side) -> None:
    side.receive(theirs("INVITE"))
    side.respond(486)
    side.pass_time(32)
    assert (side.unacknowledged, len(side.out())) == ([side.requests[0][1]], 11)
    assert side.is_empty()


@pytest.mark.parametrize("via", [VIA, VIA.replace("t1", "t9")])
def test_the_ack_of_a_2xx_goes_to_the_core(side: Side, via: str) -> None:
    side.receive(theirs("INVITE"))
    side.respond(200)
    side.receive(theirs("ACK", via=via, to_tag="ours"))  # the first is a peer's mistake, and told so by RFC 6026 7.1
    assert [(word(request), entry is None) for request, entry in side.requests] == [("INVITE", False), ("ACK", True)]
    side.pass_time(32)
    assert side.is_empty()


def test_a_repeated_invite_after_the_2xx_is_absorbed(side: Side) -> None:
    side.receive(theirs("INVITE"))
    side.respond(200)
    side.receive(theirs("INVITE"))
    side.respond(200)  # the session repeats it
    assert (len(side.requests), side.out()) == (1, ["200 INVITE", "200 INVITE"])


def test_100_by_itself_when_the_user_is_silent(side: Side) -> None:
    side.receive(theirs("INVITE"))
    side.pass_time(0.3)
    side.respond(180)
    assert side.out() == ["100 INVITE", "180 INVITE"]


def test_the_request_is_there_until_its_final_response(side: Side) -> None:
    side.receive(theirs("INVITE"))
    entry = side.entry
    side.respond(180)
    assert entry.request is side.requests[0][0]
    side.respond(486)
    with pytest.raises(LookupError):
        _ = entry.request


def test_an_invite_outlives_its_connection(side: Side) -> None:
    side.receive(theirs("INVITE"), TCP)
    side.receive(theirs("OPTIONS", cseq=2), TCP)
    side.layer.flow_lost(TCP, "closed", side.now)
    for request, entry in side.requests:
        assert entry is not None
        side.layer.respond(entry, response_to(request, 200, to_tag="x"), side.now)
    side.pass_time(32)
    assert side.is_empty()


# RFC 2543 peers (17.2.3) -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("via", [OLD, OLD + ";branch=1", OLD + ";branch="])
def test_without_the_cookie_the_headers_tell(side: Side, via: str) -> None:
    invite = theirs("INVITE", via=via)
    side.receive(invite)
    side.receive(invite)
    side.respond(486, tag="ours")
    side.receive(invite)
    side.receive(theirs("ACK", via=via, to_tag="another"))  # not to our response
    assert side.entry.state is State.COMPLETED
    side.receive(theirs("ACK", via=via, to_tag="ours"))
    side.receive(theirs("ACK", via=via, to_tag="ours"))
    assert [word(request) for request, _ in side.requests] == ["INVITE", "ACK"]
    side.receive(theirs("INVITE", via=via, cseq=2))
    assert len(side.requests) == 3
    side.respond(603)
    side.pass_time(32)
    assert side.is_empty()


def test_an_old_cancel_finds_its_invite(side: Side) -> None:
    side.receive(theirs("INVITE", via=OLD))
    side.receive(theirs("CANCEL", via=OLD))
    assert (side.cancels, side.out()) == ([side.requests[0][1]], ["200 CANCEL"])
