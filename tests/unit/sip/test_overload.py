"""When new requests are shed, how many, and what a refusal that nothing is kept of looks like."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.sip.glance import glance
from pbxd.sip.message import Response
from pbxd.sip.overload import FAR_TOO_LATE, FULL, LATE, MORE, QUEUED, Load
from pbxd.sip.parse import parse_message

pytestmark = pytest.mark.covers("REL-1")

FLOW = Flow("udp", Address("192.0.2.1", 5060), Address("192.0.2.9", 6000))
INVITE = (
    b"INVITE sip:202@house.example;user=phone SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK-1;rport, SIP/2.0/UDP a.example;branch=z9hG4bK-0\r\n"
    b"Via: SIP/2.0/UDP b.example;branch=z9hG4bK-00\r\n"
    b"Max-Forwards: 70\r\nf: Anna <sip:anna@house.example>;tag=1\r\nTo: <sip:202@house.example>\r\n"
    b"Call-ID: call\r\nCSeq: 7 INVITE\r\nContact: <sip:anna@10.0.0.9>\r\nContent-Length: 4\r\n\r\nbody"
)


def beats(load: Load, lag: float = 0.0, *, count: int = 1, waiting: int = 0) -> Load:
    for number in range(count):
        for _ in range(waiting):
            load.heard(float(number))
        load.beat(lag, 0)
    return load


def test_nothing_is_shed_while_timers_are_in_time() -> None:
    load = beats(Load(), LATE / 2, count=100, waiting=FULL - 1)
    assert load.share == 0
    assert not any(load.sheds() for _ in range(100))


def test_the_share_grows_while_timers_are_late_and_shrinks_afterwards() -> None:
    load = beats(Load(), LATE, count=3, waiting=QUEUED)
    assert load.share == pytest.approx(3 * MORE)
    assert beats(load, LATE, count=20, waiting=QUEUED).share == 1
    assert 0 < beats(load, count=20).share < 1
    assert beats(load, count=40).share == 0


def test_far_too_late_is_all() -> None:
    assert beats(Load(), FAR_TOO_LATE, waiting=QUEUED).share == 1


def test_a_pause_of_the_machine_is_not_overload() -> None:
    assert beats(Load(), FAR_TOO_LATE, count=10, waiting=QUEUED - 1).share == 0


def test_one_burst_is_not_overload_and_a_socket_that_is_never_empty_is() -> None:
    assert beats(Load(), waiting=FULL).share == 0
    assert beats(Load(), waiting=FULL, count=2).share == pytest.approx(MORE)


def test_what_comes_at_different_moments_has_not_waited() -> None:
    load = Load()
    for beat in range(10):
        for number in range(10 * FULL):
            load.heard(beat + number / 10_000)
        load.beat(beat, beat)
    assert load.share == 0


def test_the_share_is_spread_evenly() -> None:
    load = beats(Load(), LATE, count=3, waiting=QUEUED)
    shed = [load.sheds() for _ in range(100)]
    assert 29 <= sum(shed) <= 31
    assert not any(one and other for one, other in pairwise(shed))


def test_a_refusal_is_the_answer_to_its_request() -> None:
    seen = glance(INVITE)
    assert seen is not None
    assert (seen.method, seen.user, seen.via.branch) == ("INVITE", "202", "z9hG4bK-1")
    answer = parse_message(seen.refusal(FLOW, b"ours", 5))
    assert isinstance(answer, Response)
    assert (answer.status, answer.headers.get("Retry-After"), answer.to.tag) == (503, "5", "ours")
    assert [via.branch for via in answer.vias] == ["z9hG4bK-1", "z9hG4bK-0", "z9hG4bK-00"]
    assert (answer.via.received, answer.via.param("rport")) == ("192.0.2.9", "6000")
    assert (answer.call_id, answer.cseq.number, answer.from_.tag) == ("call", 7, "1")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"INVITE sip", b"BYE sip"),
        (b"INVITE sip", b"OPTIONS sip"),
        (b"To: <sip:202@house.example>", b"To: <sip:202@house.example>;tag=in-a-dialog"),
        (b"To: <sip:202@house.example>", b"To: <sip:202@house.example> ; TAG = x"),
        (b"Call-ID: call", b"Call-ID:\r\n call"),
        (b"Call-ID: call", b"X: call"),
        (b"Call-ID: call", b"Call-ID: call\r\ni: another"),
        (b"z9hG4bK-1;", b"old-branch;"),
        (b"v: SIP/2.0/UDP 10.0.0.9", b"v: nonsense 10.0.0.9"),
    ],
)
def test_what_is_not_new_or_not_plain_is_read_in_full(before: bytes, after: bytes) -> None:
    assert glance(INVITE.replace(before, after, 1)) is None


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        (b"sip:112@x", "112"),
        (b"SIPS:112;p=1@x:5061", "112"),
        (b"sip:112:pw@x", "112"),
        (b"sip:x", ""),
        (b"tel:112", ""),
    ],
)
def test_whom_a_request_is_for(uri: bytes, user: str) -> None:
    seen = glance(INVITE.replace(b"sip:202@house.example;user=phone", uri, 1))
    assert seen is not None
    assert seen.user == user


def test_nonsense_is_not_shed() -> None:
    for data in (b"", b"INVITE", b"INVITE sip:x SIP/2.0", b"\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 1000):
        assert glance(data) is None
