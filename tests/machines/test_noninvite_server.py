"""Non-INVITE server transaction against RFC 3261 figure 8."""

from __future__ import annotations

import pytest

from pbxd.sip.transaction import NonInviteServerTransaction, Send, State
from tests.machines.transactions import TIMERS, Row, request, response, until_silent, words

S = State

OPTIONS = request("OPTIONS")
NOW = 100.0

WAYS = {S.TRYING: [], S.PROCEEDING: ["user 100"], S.COMPLETED: ["user 200"]}

UDP: list[Row] = [
    # RFC 3261 17.2.2, Trying
    (S.TRYING, "OPTIONS", "", S.TRYING),
    (S.TRYING, "user 100", "send 100", S.PROCEEDING),
    (S.TRYING, "user 200", "send 200", S.COMPLETED),
    (S.TRYING, "user 404", "send 404", S.COMPLETED),
    (S.TRYING, "transport error", "", S.TRYING),
    # RFC 3261 17.2.2, Proceeding
    (S.PROCEEDING, "OPTIONS", "send 100", S.PROCEEDING),
    (S.PROCEEDING, "user 100", "send 100", S.PROCEEDING),
    (S.PROCEEDING, "user 200", "send 200", S.COMPLETED),
    (S.PROCEEDING, "user 600", "send 600", S.COMPLETED),
    (S.PROCEEDING, "transport error", "transport failed: gone", S.TERMINATED),
    # RFC 3261 17.2.2, Completed
    (S.COMPLETED, "OPTIONS", "send 200", S.COMPLETED),
    (S.COMPLETED, "user 100", "", S.COMPLETED),
    (S.COMPLETED, "user 404", "", S.COMPLETED),
    (S.COMPLETED, "transport error", "transport failed: gone", S.TERMINATED),
    (S.COMPLETED, "timer J", "", S.TERMINATED),
]
TCP: list[Row] = [
    (S.TRYING, "user 100", "send 100", S.PROCEEDING),
    (S.TRYING, "user 200", "send 200", S.TERMINATED),  # J is zero
    (S.PROCEEDING, "user 404", "send 404", S.TERMINATED),
]


def feed(machine: NonInviteServerTransaction, word: str, now: float) -> str:
    match word.split():
        case ["timer", "J"]:
            return words(machine.wake(now + 32.0))
        case ["transport", _]:
            return words(machine.transport_failed("gone", now))
        case ["user", status]:
            return words(machine.respond(response(OPTIONS, int(status)), now))
        case _:
            return words(machine.receive(OPTIONS, now))


def machine_in(state: S, *, reliable: bool = False) -> NonInviteServerTransaction:
    machine = NonInviteServerTransaction(OPTIONS, reliable=reliable, timers=TIMERS)
    assert words(machine.start(NOW)) == "deliver OPTIONS"
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


@pytest.mark.parametrize("word", ["OPTIONS", "user 200", "timer J", "transport error"])
def test_nothing_comes_out_after_the_end(word: str) -> None:
    machine = machine_in(S.COMPLETED)
    feed(machine, "timer J", NOW)
    assert (feed(machine, word, NOW), machine.state, machine.deadline) == ("", S.TERMINATED, None)


@pytest.mark.parametrize(("state", "story"), [(S.TRYING, []), (S.PROCEEDING, []), (S.COMPLETED, [(32.0, "")])])
def test_how_long_each_state_lasts(state: S, story: list[tuple[float, str]]) -> None:
    assert until_silent(machine_in(state), since=NOW) == story


def test_the_response_is_serialised_once() -> None:
    machine = machine_in(S.TRYING)
    (sent,) = machine.respond(response(OPTIONS, 200), NOW)
    (again,) = machine.receive(OPTIONS, NOW + 1)
    assert isinstance(sent, Send)
    assert isinstance(again, Send)
    assert sent.data is again.data
    assert machine.request is None
