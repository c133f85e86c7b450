"""What waits and what is turned away when more comes than can be done, and what a refusal looks like."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count

import pytest

from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.sip.glance import glance
from pbxd.sip.message import Response
from pbxd.sip.overload import AT_ONCE, BURST, BURST_PATIENCE, MOST, PROMPT, Rank, Waiting
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


def put(waiting: Waiting[str], now: float, **messages: Rank) -> None:
    for message, rank in messages.items():
        assert waiting.put(message, rank, now)


def taken(waiting: Waiting[str]) -> list[str]:
    return list(iter(waiting.take, None))


def test_the_first_of_a_turn_need_not_wait() -> None:
    waiting: Waiting[str] = Waiting()
    for turn in (1.0, 1.001, 2.0):
        assert [waiting.wanted(turn) for _ in range(AT_ONCE + 2)] == [False] * AT_ONCE + [True] * 2


def test_nothing_overtakes_what_waits() -> None:
    waiting: Waiting[str] = Waiting()
    put(waiting, 1.0, invite=Rank.NEW)
    assert waiting.wanted(2.0)
    assert taken(waiting) == ["invite"]
    assert not waiting.wanted(3.0)


def test_what_is_under_way_goes_first_and_what_was_asked_for_credentials_second() -> None:
    waiting: Waiting[str] = Waiting()
    put(waiting, 1.0, new=Rank.NEW, cancel=Rank.FOLLOWING, proven=Rank.PROVEN, bye=Rank.UNDER_WAY, ok=Rank.UNDER_WAY)
    assert len(waiting) == 5
    assert taken(waiting) == ["bye", "ok", "proven", "new", "cancel"]


def test_what_is_new_is_turned_away_when_it_has_waited_too_long() -> None:
    waiting: Waiting[str] = Waiting()
    put(waiting, 1.0, invite=Rank.NEW, cancel=Rank.FOLLOWING, proven=Rank.PROVEN, bye=Rank.UNDER_WAY)
    put(waiting, 1.05, later=Rank.NEW)
    assert list(waiting.impatient(0.99 + BURST_PATIENCE)) == []
    assert list(waiting.impatient(1.01 + BURST_PATIENCE)) == ["proven", "invite"]
    assert taken(waiting) == ["bye", "cancel", "later"]


def test_patience_is_shorter_when_the_next_has_always_waited() -> None:
    waiting: Waiting[str] = Waiting()
    for number in range(20):  # one each 100 ms, and none is taken before it has waited for more than that
        put(waiting, 1 + number / 10, **{f"call {number}": Rank.NEW})
    began = 1.01 + PROMPT
    assert list(waiting.impatient(began)) == []
    assert list(waiting.impatient(1.29)) == []
    assert [waiting.take() for _ in range(5)] == [f"call {number}" for number in range(5)]
    assert list(waiting.impatient(began + BURST - 0.01)) == []  # call 5 has waited for 0.4 s
    assert list(waiting.impatient(began + BURST + 0.01)) == ["call 5", "call 6", "call 7"]


def test_a_prompt_moment_ends_a_burst() -> None:
    waiting: Waiting[str] = Waiting()
    put(waiting, 1.0, first=Rank.NEW)
    assert list(waiting.impatient(1.3)) == []
    put(waiting, 1.9, second=Rank.NEW)
    assert waiting.take() == "first"
    assert list(waiting.impatient(1.95)) == []
    put(waiting, 2.3, third=Rank.NEW)
    assert list(waiting.impatient(2.3)) == []
    assert list(waiting.impatient(1.89 + BURST_PATIENCE)) == []


def test_there_is_an_end_to_what_waits() -> None:
    waiting: Waiting[int] = Waiting()
    for rank in (Rank.UNDER_WAY, Rank.PROVEN, Rank.NEW):
        assert all(waiting.put(number, rank, 1.0) for number in range(MOST))
        assert not waiting.put(MOST, rank, 1.0)
    assert len(waiting) == 3 * MOST


UNIT = 1 / 4000
"""Seconds that the simulated server takes for the smallest message."""
CALL = {
    "INVITE": (0.0, 4),
    "180": (0.01, 1),
    "200": (0.02, 2),
    "ACK": (0.03, 1),
    "BYE": (1.0, 1),
    "200 to BYE": (1.01, 1),
}
"""The messages of a call: when each comes after its INVITE was handled, and how many units it costs."""
REFUSAL = 0.3
CAPACITY = 1 / (UNIT * sum(cost for _, cost in CALL.values()))


class Simulation:
    """A server that can do :data:`CAPACITY` calls a second and is offered ``rate``; its loop reads, then serves.

    Every ``period`` seconds the machine does something else for ``pause`` seconds.
    """

    def __init__(self, rate: float, seconds: float, *, pause: float = 0.0, period: float = 1e9) -> None:
        self.waits: list[tuple[float, float]] = []
        """For each call: when its INVITE came, and the seconds from there to its 200."""
        self.ended: list[float] = []
        self.refused = 0
        self.slowest = 0.0
        """What a message under way waited at the most."""
        serials = count()
        arrivals = [(number / rate, next(serials), "INVITE", number / rate) for number in range(int(rate * seconds))]
        waiting: Waiting[tuple[float, str, float]] = Waiting()
        now, pausing = 0.0, period
        while arrivals or waiting:
            if not waiting:
                now = max(now, arrivals[0][0])
            if now >= pausing:
                now, pausing = now + pause, pausing + period
            turn = now
            while arrivals and arrivals[0][0] <= turn:
                at, _, message, begun = heappop(arrivals)
                waiting.put((at, message, begun), Rank.NEW if message == "INVITE" else Rank.UNDER_WAY, turn)
            for _ in waiting.impatient(turn):
                self.refused += 1
                now += REFUSAL * UNIT
            for _ in range(AT_ONCE):
                taken = waiting.take()
                if taken is None:
                    break
                now += CALL[taken[1]][1] * UNIT
                for after, message in self._handled(*taken, now):
                    heappush(arrivals, (after, next(serials), message, taken[2]))

    def _handled(self, at: float, message: str, begun: float, now: float) -> list[tuple[float, str]]:
        if message == "INVITE":
            return [(now + later, other) for other, (later, _) in CALL.items() if other != "INVITE"]
        self.slowest = max(self.slowest, now - at)
        if message == "200":
            self.waits.append((begun, now - begun))
        elif message == "200 to BYE":
            self.ended.append(now)
        return []


@pytest.mark.parametrize(("times", "share"), [(1.5, 0.95), (2, 0.9), (5, 0.8)])
def test_more_than_can_be_done_costs_little_of_what_can_be_done(times: float, share: float) -> None:
    run = Simulation(times * CAPACITY, 20)
    steady = [moment for moment in run.ended if 5 <= moment < 20]
    assert len(steady) >= share * CAPACITY * 15
    assert percentile(run, 0.99, after=1.0) < 0.3
    assert percentile(run, 1.0, after=0.0) < 0.6
    assert run.slowest < 0.05
    assert len(run.ended) == len(run.waits) == int(times * CAPACITY * 20) - run.refused


def percentile(run: Simulation, share: float, *, after: float) -> float:
    waits = sorted(wait for begun, wait in run.waits if begun >= after)
    return waits[int(share * (len(waits) - 1))]


@pytest.mark.parametrize(("load", "pause"), [(0.9, 0.0), (0.9, 0.3), (0.8, 0.4), (0.5, 0.8)])
def test_nobody_is_turned_away_below_capacity_though_the_machine_pauses(load: float, pause: float) -> None:
    run = Simulation(load * CAPACITY, 20, pause=pause, period=5)
    assert run.refused == 0
    assert len(run.ended) == int(load * CAPACITY * 20)


def test_nobody_is_turned_away_in_a_burst() -> None:
    assert Simulation(10 * CAPACITY, 0.04).refused == 0
    assert Simulation(2 * CAPACITY, 0.5).refused == 0


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


@pytest.mark.parametrize("line", [b"Authorization: Digest x", b"PROXY-authorization : Digest x"])
def test_credentials_are_seen(line: bytes) -> None:
    seen, without = glance(INVITE.replace(b"Contact:", line + b"\r\nContact:")), glance(INVITE)
    assert seen is not None
    assert without is not None
    assert (seen.credentials, without.credentials) == (True, False)


def test_nonsense_is_not_shed() -> None:
    for data in (b"", b"INVITE", b"INVITE sip:x SIP/2.0", b"\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 1000):
        assert glance(data) is None
