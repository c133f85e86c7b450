"""INVITE client transaction against RFC 3261 figure 5, as RFC 6026 changes it."""

from __future__ import annotations

import pytest

from pbxd.sip.message import Request
from pbxd.sip.parse import parse_message
from pbxd.sip.transaction import InviteClientTransaction, Send, State
from tests.machines.transactions import TIMERS, Row, request, response, until_silent, words

S = State

INVITE = request("INVITE", "Route: <sip:proxy.example;lr>", "Route: <sip:inner.example;lr>", "Subject: lunch")
START, NOW = 100.0, 101.0

# How each state is reached: the inputs after the start.
WAYS = {S.CALLING: [], S.PROCEEDING: ["180"], S.COMPLETED: ["486"], S.ACCEPTED: ["200"]}

UDP: list[Row] = [
    # RFC 3261 17.1.1.2, Calling
    (S.CALLING, "timer A", "send INVITE", S.CALLING),
    (S.CALLING, "timer B", "timed out", S.TERMINATED),
    (S.CALLING, "transport error", "transport failed: gone", S.TERMINATED),
    (S.CALLING, "100", "deliver 100", S.PROCEEDING),
    (S.CALLING, "180", "deliver 180", S.PROCEEDING),
    (S.CALLING, "200", "deliver 200", S.ACCEPTED),  # RFC 6026 7.2
    (S.CALLING, "302", "send ACK, deliver 302", S.COMPLETED),
    (S.CALLING, "603", "send ACK, deliver 603", S.COMPLETED),
    # RFC 3261 17.1.1.2, Proceeding: no timer at all
    (S.PROCEEDING, "timer A", "", S.PROCEEDING),
    (S.PROCEEDING, "timer B", "", S.PROCEEDING),
    (S.PROCEEDING, "100", "deliver 100", S.PROCEEDING),
    (S.PROCEEDING, "183", "deliver 183", S.PROCEEDING),
    (S.PROCEEDING, "200", "deliver 200", S.ACCEPTED),  # RFC 6026 7.2
    (S.PROCEEDING, "486", "send ACK, deliver 486", S.COMPLETED),
    (S.PROCEEDING, "transport error", "transport failed: gone", S.TERMINATED),  # 8.1.3.1
    # RFC 3261 17.1.1.2, Completed
    (S.COMPLETED, "486", "send ACK", S.COMPLETED),
    (S.COMPLETED, "503", "send ACK", S.COMPLETED),
    (S.COMPLETED, "180", "", S.COMPLETED),
    (S.COMPLETED, "200", "", S.COMPLETED),
    (S.COMPLETED, "transport error", "", S.TERMINATED),
    (S.COMPLETED, "timer D", "", S.TERMINATED),
    # RFC 6026 7.2, Accepted
    (S.ACCEPTED, "200", "deliver 200", S.ACCEPTED),
    (S.ACCEPTED, "180", "", S.ACCEPTED),
    (S.ACCEPTED, "486", "", S.ACCEPTED),
    (S.ACCEPTED, "transport error", "", S.ACCEPTED),
    (S.ACCEPTED, "timer M", "", S.TERMINATED),
]
TCP: list[Row] = [
    (S.CALLING, "timer A", "", S.CALLING),  # 17.1.1.2: only on unreliable transports
    (S.CALLING, "timer B", "timed out", S.TERMINATED),
    (S.CALLING, "180", "deliver 180", S.PROCEEDING),
    (S.CALLING, "486", "send ACK, deliver 486", S.TERMINATED),  # D is zero
    (S.PROCEEDING, "486", "send ACK, deliver 486", S.TERMINATED),
    (S.PROCEEDING, "200", "deliver 200", S.ACCEPTED),
    (S.ACCEPTED, "200", "deliver 200", S.ACCEPTED),
    (S.ACCEPTED, "timer M", "", S.TERMINATED),  # M is not zero: other forks' 2xx still come
]
FIRES = {"timer A": 0.5, "timer B": 32.0, "timer D": 32.0, "timer M": 32.0}
"""Seconds after the state was entered."""


def feed(machine: InviteClientTransaction, word: str, now: float) -> str:
    match word.split():
        case ["timer", _]:
            return words(machine.wake(now + FIRES[word]))
        case ["transport", _]:
            return words(machine.transport_failed("gone", now))
        case _:
            return words(machine.receive(response(INVITE, int(word)), now))


def machine_in(state: S, *, reliable: bool = False) -> tuple[InviteClientTransaction, float]:
    """A machine in ``state`` and the time when it got there."""
    machine = InviteClientTransaction(INVITE, reliable=reliable, timers=TIMERS)
    assert words(machine.start(START)) == "send INVITE"
    for word in WAYS[state]:
        feed(machine, word, NOW)
    assert machine.state is state
    return machine, NOW if WAYS[state] else START


@pytest.mark.parametrize(("state", "word", "effects", "then"), UDP)
def test_over_udp(state: S, word: str, effects: str, then: S) -> None:
    machine, now = machine_in(state)
    assert (feed(machine, word, now), machine.state) == (effects, then)
    assert machine.terminated == (then is S.TERMINATED)


@pytest.mark.parametrize(("state", "word", "effects", "then"), TCP)
def test_over_tcp(state: S, word: str, effects: str, then: S) -> None:
    machine, now = machine_in(state, reliable=True)
    assert (feed(machine, word, now), machine.state) == (effects, then)


@pytest.mark.parametrize("state", [*WAYS])
@pytest.mark.parametrize("word", ["180", "200", "486", "timer D", "transport error"])
def test_nothing_comes_out_after_the_end(state: S, word: str) -> None:
    machine, now = machine_in(state)
    feed(machine, "486" if state is S.PROCEEDING else "transport error", now)
    until_silent(machine, since=now)
    assert machine.terminated
    assert (feed(machine, word, now + 100), machine.deadline, machine.request) == ("", None, None)


def test_timer_a_doubles_without_bound_until_timer_b() -> None:
    machine, now = machine_in(S.CALLING)
    assert until_silent(machine, since=now) == [
        (0.5, "send INVITE"),  # 17.1.1.2
        (1.5, "send INVITE"),
        (3.5, "send INVITE"),
        (7.5, "send INVITE"),
        (15.5, "send INVITE"),
        (31.5, "send INVITE"),
        (32.0, "timed out"),
    ]


@pytest.mark.parametrize(
    ("reliable", "state", "story"),
    [
        (True, S.CALLING, [(32.0, "timed out")]),
        (False, S.PROCEEDING, []),
        (False, S.COMPLETED, [(32.0, "")]),
        (False, S.ACCEPTED, [(32.0, "")]),
        (True, S.ACCEPTED, [(32.0, "")]),
    ],
)
def test_how_long_each_state_lasts(reliable: bool, state: S, story: list[tuple[float, str]]) -> None:
    machine, now = machine_in(state, reliable=reliable)
    assert until_silent(machine, since=now) == story


def test_a_phone_may_ring_for_ten_minutes() -> None:
    machine, now = machine_in(S.PROCEEDING)
    assert machine.deadline is None
    assert words(machine.wake(now + 600)) == ""
    assert feed(machine, "200", now + 600) == "deliver 200"


def test_a_cancelled_invite_gives_up_64_t1_after_the_cancel() -> None:
    machine, now = machine_in(S.PROCEEDING)
    machine.cancel_sent(now)  # 9.1
    feed(machine, "183", now + 10)  # does not prolong it
    assert until_silent(machine, since=now) == [(32.0, "timed out")]


def test_a_cancel_changes_nothing_once_the_final_response_came() -> None:
    machine, now = machine_in(S.ACCEPTED)
    machine.cancel_sent(now + 20)
    assert until_silent(machine, since=now) == [(32.0, "")]


def test_the_ack_of_a_failure_is_built_by_17_1_1_3() -> None:
    machine, now = machine_in(S.PROCEEDING)
    sent, _ = machine.receive(response(INVITE, 486, tag="refuser"), now)
    assert isinstance(sent, Send)
    ack = parse_message(sent.data)
    assert isinstance(ack, Request)
    assert (ack.method, str(ack.uri)) == ("ACK", "sip:bo@nordhavn.example")
    assert ack.headers.all("Via") == ("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKanna;rport",)
    assert ack.headers.all("Route") == ("<sip:proxy.example;lr>", "<sip:inner.example;lr>")
    assert ack.headers.get("From") == INVITE.headers.get("From")
    assert ack.headers.get("To") == "<sip:bo@nordhavn.example>;tag=refuser"
    assert (ack.call_id, str(ack.cseq), ack.max_forwards) == ("table@192.0.2.1", "7 ACK", 70)
    assert (ack.headers.get("Subject"), ack.body) == (None, b"")


def test_a_repeated_failure_gets_the_same_bytes_again() -> None:
    machine, now = machine_in(S.CALLING)
    first = machine.receive(response(INVITE, 486), now)[0]
    again = machine.receive(response(INVITE, 486), now + 1)[0]
    assert isinstance(first, Send)
    assert isinstance(again, Send)
    assert first.data is again.data


@pytest.mark.parametrize("state", [S.COMPLETED, S.ACCEPTED])
def test_what_lingers_keeps_no_request(state: S) -> None:
    machine, _ = machine_in(state)
    assert machine.request is None
