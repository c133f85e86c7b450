"""INVITE server transaction against RFC 3261 figure 7, as RFC 6026 changes it."""

from __future__ import annotations

import pytest

from pbxd.sip.parse import parse_message
from pbxd.sip.transaction import InviteServerTransaction, Send, State
from tests.machines.transactions import TIMERS, Row, request, response, until_silent, words

S = State

INVITE, ACK = request("INVITE", "Timestamp: 54.2"), request("ACK")
START, NOW = 100.0, 100.1

WAYS = {
    S.PROCEEDING: [],
    S.COMPLETED: ["user 486"],
    S.CONFIRMED: ["user 486", "ACK"],
    S.ACCEPTED: ["user 200"],
}

UDP: list[Row] = [
    # RFC 3261 17.2.1, Proceeding
    (S.PROCEEDING, "timer 100", "send 100", S.PROCEEDING),
    (S.PROCEEDING, "INVITE", "", S.PROCEEDING),  # nothing was said yet
    (S.PROCEEDING, "ACK", "", S.PROCEEDING),
    (S.PROCEEDING, "user 100", "send 100", S.PROCEEDING),
    (S.PROCEEDING, "user 180", "send 180", S.PROCEEDING),
    (S.PROCEEDING, "user 200", "send 200", S.ACCEPTED),  # RFC 6026 7.1
    (S.PROCEEDING, "user 302", "send 302", S.COMPLETED),
    (S.PROCEEDING, "user 603", "send 603", S.COMPLETED),
    (S.PROCEEDING, "transport error", "transport failed: gone", S.PROCEEDING),  # RFC 6026 7.1
    # RFC 3261 17.2.1, Completed
    (S.COMPLETED, "INVITE", "send 486", S.COMPLETED),
    (S.COMPLETED, "timer G", "send 486", S.COMPLETED),
    (S.COMPLETED, "timer H", "timed out", S.TERMINATED),
    (S.COMPLETED, "ACK", "", S.CONFIRMED),
    (S.COMPLETED, "user 180", "", S.COMPLETED),
    (S.COMPLETED, "user 200", "", S.COMPLETED),
    (S.COMPLETED, "user 500", "", S.COMPLETED),
    (S.COMPLETED, "transport error", "transport failed: gone", S.TERMINATED),
    # RFC 3261 17.2.1, Confirmed: absorbs
    (S.CONFIRMED, "INVITE", "", S.CONFIRMED),
    (S.CONFIRMED, "ACK", "", S.CONFIRMED),
    (S.CONFIRMED, "user 200", "", S.CONFIRMED),
    (S.CONFIRMED, "transport error", "", S.CONFIRMED),
    (S.CONFIRMED, "timer I", "", S.TERMINATED),
    # RFC 6026 7.1, Accepted
    (S.ACCEPTED, "INVITE", "", S.ACCEPTED),
    (S.ACCEPTED, "ACK", "deliver ACK", S.ACCEPTED),
    (S.ACCEPTED, "user 200", "send 200", S.ACCEPTED),  # the session repeats it
    (S.ACCEPTED, "user 180", "", S.ACCEPTED),
    (S.ACCEPTED, "user 486", "", S.ACCEPTED),
    (S.ACCEPTED, "transport error", "transport failed: gone", S.ACCEPTED),
    (S.ACCEPTED, "timer L", "", S.TERMINATED),
]
TCP: list[Row] = [
    (S.PROCEEDING, "timer 100", "send 100", S.PROCEEDING),
    (S.PROCEEDING, "user 486", "send 486", S.COMPLETED),
    (S.COMPLETED, "timer G", "", S.COMPLETED),  # 17.2.1: only on unreliable transports
    (S.COMPLETED, "timer H", "timed out", S.TERMINATED),
    (S.COMPLETED, "ACK", "", S.TERMINATED),  # I is zero
    (S.ACCEPTED, "INVITE", "", S.ACCEPTED),
    (S.ACCEPTED, "timer L", "", S.TERMINATED),  # L is not zero
]
FIRES = {"timer 100": 0.2, "timer G": 0.5, "timer H": 32.0, "timer I": 5.0, "timer L": 32.0}
"""Seconds after the state was entered."""


def feed(machine: InviteServerTransaction, word: str, now: float) -> str:
    match word.split():
        case ["timer", _]:
            return words(machine.wake(now + FIRES[word]))
        case ["transport", _]:
            return words(machine.transport_failed("gone", now))
        case ["user", status]:
            return words(machine.respond(response(INVITE, int(status)), now))
        case _:
            return words(machine.receive(INVITE if word == "INVITE" else ACK, now))


def machine_in(state: S, *, reliable: bool = False) -> tuple[InviteServerTransaction, float]:
    """A machine in ``state`` and the time when it got there."""
    machine = InviteServerTransaction(INVITE, reliable=reliable, timers=TIMERS)
    assert words(machine.start(START)) == "deliver INVITE"
    for word in WAYS[state]:
        feed(machine, word, NOW)
    assert machine.state is state
    return machine, NOW if WAYS[state] else START


@pytest.mark.parametrize(("state", "word", "effects", "then"), UDP)
def test_over_udp(state: S, word: str, effects: str, then: S) -> None:
    machine, now = machine_in(state)
    assert (feed(machine, word, now), machine.state) == (effects, then)


@pytest.mark.parametrize(("state", "word", "effects", "then"), TCP)
def test_over_tcp(state: S, word: str, effects: str, then: S) -> None:
    machine, now = machine_in(state, reliable=True)
    assert (feed(machine, word, now), machine.state) == (effects, then)


@pytest.mark.parametrize("word", ["INVITE", "ACK", "user 200", "timer H", "transport error"])
def test_nothing_comes_out_after_the_end(word: str) -> None:
    machine, now = machine_in(S.COMPLETED)
    feed(machine, "timer H", now)
    assert (feed(machine, word, now), machine.state, machine.deadline) == ("", S.TERMINATED, None)


def test_timer_g_doubles_to_t2_until_timer_h() -> None:
    machine, now = machine_in(S.COMPLETED)
    assert until_silent(machine, since=now) == [
        (0.5, "send 486"),  # 17.2.1
        (1.5, "send 486"),
        (3.5, "send 486"),
        *((7.5 + 4.0 * n, "send 486") for n in range(7)),
        (32.0, "timed out"),
    ]


@pytest.mark.parametrize(
    ("reliable", "state", "story"),
    [
        (False, S.PROCEEDING, [(0.2, "send 100")]),
        (True, S.COMPLETED, [(32.0, "timed out")]),
        (False, S.CONFIRMED, [(5.0, "")]),
        (False, S.ACCEPTED, [(32.0, "")]),
        (True, S.ACCEPTED, [(32.0, "")]),
    ],
)
def test_how_long_each_state_lasts(reliable: bool, state: S, story: list[tuple[float, str]]) -> None:
    machine, now = machine_in(state, reliable=reliable)
    assert until_silent(machine, since=now) == story


@pytest.mark.parametrize("status", [100, 180])
def test_no_100_of_our_own_once_the_user_has_said_something(status: int) -> None:
    machine, _ = machine_in(S.PROCEEDING)
    feed(machine, f"user {status}", START + 0.1)
    assert machine.deadline is None


def test_our_own_100_has_no_tag_and_the_timestamp() -> None:
    machine, _ = machine_in(S.PROCEEDING)
    (sent,) = machine.wake(START + 0.2)
    assert isinstance(sent, Send)
    trying = parse_message(sent.data)
    assert (trying.to.tag, trying.headers.get("Timestamp")) == (None, "54.2")  # 8.2.6.1


@pytest.mark.parametrize("said", [["timer 100"], ["user 180"], ["timer 100", "user 183"]])
def test_a_repeated_invite_gets_the_last_provisional_again(said: list[str]) -> None:
    machine, now = machine_in(S.PROCEEDING)
    for word in said:
        last = feed(machine, word, now)
    assert feed(machine, "INVITE", now + 1) == last


@pytest.mark.parametrize("state", [S.COMPLETED, S.CONFIRMED, S.ACCEPTED])
def test_what_lingers_keeps_no_request(state: S) -> None:
    machine, _ = machine_in(state)
    assert machine.request is None
