"""Non-INVITE client transaction against RFC 3261 figure 6."""

from __future__ import annotations

import pytest

from pbxd.sip.transaction import NonInviteClientTransaction, State
from tests.machines.transactions import TIMERS, Row, request, response, until_silent, words

S = State

OPTIONS = request("OPTIONS")
START, NOW = 100.0, 100.25

WAYS = {S.TRYING: [], S.PROCEEDING: ["100"], S.COMPLETED: ["200"]}

UDP: list[Row] = [
    # RFC 3261 17.1.2.2, Trying
    (S.TRYING, "timer E", "send OPTIONS", S.TRYING),
    (S.TRYING, "timer F", "timed out", S.TERMINATED),
    (S.TRYING, "transport error", "transport failed: gone", S.TERMINATED),
    (S.TRYING, "100", "deliver 100", S.PROCEEDING),
    (S.TRYING, "200", "deliver 200", S.COMPLETED),
    (S.TRYING, "301", "deliver 301", S.COMPLETED),
    (S.TRYING, "404", "deliver 404", S.COMPLETED),
    (S.TRYING, "503", "deliver 503", S.COMPLETED),
    (S.TRYING, "600", "deliver 600", S.COMPLETED),
    # RFC 3261 17.1.2.2, Proceeding
    (S.PROCEEDING, "timer E", "send OPTIONS", S.PROCEEDING),
    (S.PROCEEDING, "timer F", "timed out", S.TERMINATED),
    (S.PROCEEDING, "transport error", "transport failed: gone", S.TERMINATED),
    (S.PROCEEDING, "100", "deliver 100", S.PROCEEDING),
    (S.PROCEEDING, "200", "deliver 200", S.COMPLETED),
    (S.PROCEEDING, "486", "deliver 486", S.COMPLETED),
    # RFC 3261 17.1.2.2, Completed: absorbs
    (S.COMPLETED, "100", "", S.COMPLETED),
    (S.COMPLETED, "200", "", S.COMPLETED),
    (S.COMPLETED, "486", "", S.COMPLETED),
    (S.COMPLETED, "transport error", "", S.COMPLETED),
    (S.COMPLETED, "timer K", "", S.TERMINATED),
]
TCP: list[Row] = [
    (S.TRYING, "timer E", "", S.TRYING),  # 17.1.2.2: only on unreliable transports
    (S.TRYING, "timer F", "timed out", S.TERMINATED),
    (S.TRYING, "100", "deliver 100", S.PROCEEDING),
    (S.TRYING, "200", "deliver 200", S.TERMINATED),  # K is zero
    (S.PROCEEDING, "timer E", "", S.PROCEEDING),
    (S.PROCEEDING, "486", "deliver 486", S.TERMINATED),
]
FIRES = {"timer E": 0.5, "timer F": 32.0, "timer K": 5.0}
"""Seconds after the start, for K after the final response."""


def feed(machine: NonInviteClientTransaction, word: str, now: float) -> str:
    match word.split():
        case ["timer", name]:
            return words(machine.wake((NOW if name == "K" else START) + FIRES[word]))
        case ["transport", _]:
            return words(machine.transport_failed("gone", now))
        case _:
            return words(machine.receive(response(OPTIONS, int(word)), now))


def machine_in(state: S, *, reliable: bool = False) -> NonInviteClientTransaction:
    machine = NonInviteClientTransaction(OPTIONS, reliable=reliable, timers=TIMERS)
    assert words(machine.start(START)) == "send OPTIONS"
    for word in WAYS[state]:
        feed(machine, word, NOW)
    assert machine.state is state
    return machine


@pytest.mark.parametrize(("state", "word", "effects", "then"), UDP)
def test_over_udp(state: S, word: str, effects: str, then: S) -> None:
    machine = machine_in(state)
    assert (feed(machine, word, NOW), machine.state) == (effects, then)


@pytest.mark.parametrize(("state", "word", "effects", "then"), TCP)
def test_over_tcp(state: S, word: str, effects: str, then: S) -> None:
    machine = machine_in(state, reliable=True)
    assert (feed(machine, word, NOW), machine.state) == (effects, then)


@pytest.mark.parametrize("word", ["100", "200", "timer E", "timer F", "transport error"])
def test_nothing_comes_out_after_the_end(word: str) -> None:
    machine = machine_in(S.TRYING)
    feed(machine, "transport error", NOW)
    assert (feed(machine, word, NOW), machine.state, machine.deadline) == ("", S.TERMINATED, None)


def test_timer_e_doubles_to_t2_until_timer_f() -> None:
    assert until_silent(machine_in(S.TRYING), since=START) == [
        (0.5, "send OPTIONS"),  # 17.1.2.2
        (1.5, "send OPTIONS"),
        (3.5, "send OPTIONS"),
        (7.5, "send OPTIONS"),
        (11.5, "send OPTIONS"),
        (15.5, "send OPTIONS"),
        (19.5, "send OPTIONS"),
        (23.5, "send OPTIONS"),
        (27.5, "send OPTIONS"),
        (31.5, "send OPTIONS"),
        (32.0, "timed out"),
    ]


def test_in_proceeding_timer_e_is_t2_at_once() -> None:
    assert until_silent(machine_in(S.PROCEEDING), since=START) == [
        (0.5, "send OPTIONS"),  # 17.1.2.2: it was set before the 100 came
        *((0.5 + 4.0 * n, "send OPTIONS") for n in range(1, 8)),
        (32.0, "timed out"),
    ]


@pytest.mark.parametrize(
    ("reliable", "state", "story"),
    [
        (True, S.TRYING, [(32.0, "timed out")]),
        (True, S.PROCEEDING, [(32.0, "timed out")]),
        (False, S.COMPLETED, [(5.25, "")]),
    ],
)
def test_how_long_each_state_lasts(reliable: bool, state: S, story: list[tuple[float, str]]) -> None:
    assert until_silent(machine_in(state, reliable=reliable), since=START) == story
