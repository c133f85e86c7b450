"""Two transaction layers back to back over a wire that drops, doubles and reorders as hypothesis likes it.

Time jumps from one thing that happens to the next. However bad the wire, every transaction ends, every request is
delivered once at the most, its user hears one ending, and nothing is left behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import chain, count, repeat

from hypothesis import given, settings
from hypothesis import strategies as st

from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.sip.message import Headers, Request, Response, response_to
from pbxd.sip.parse import parse_message
from pbxd.sip.transaction import ServerEntry, TransactionLayer
from pbxd.sip.uri import Uri

CALLER, CALLED = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)
THERE, BACK = Flow("udp", CALLER, CALLED), Flow("udp", CALLED, CALLER)
PATIENCE = 700.0
"""Seconds after which whoever calls gives up."""

Fate = tuple[float, ...]
"""What becomes of a datagram: the delay of each copy that arrives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One request: what is asked, what is answered, and after how many seconds."""

    method: str
    provisional_after: float | None
    final_after: float
    status: int
    cancel_after: float | None


@dataclass(slots=True)
class Outcome:
    """What the user of one request heard."""

    provisional: list[int] = field(default_factory=list)
    endings: list[int] = field(default_factory=list)

    def response(self, response: Response, now: float) -> None:
        assert not self.endings
        (self.endings if response.status >= 200 else self.provisional).append(response.status)

    def failed(self, status: int, reason: str, now: float) -> None:
        self.endings.append(status)


class Wire:
    """Both layers, the cores above them, and all that is going to happen, in the order of time."""

    def __init__(self, plans: list[Plan], fates: list[Fate]) -> None:
        """When ``fates`` are used up, everything gets through."""
        self.plans = plans
        self.outcomes = [Outcome() for _ in plans]
        self.delivered: Counter[int] = Counter()
        self.cancels: Counter[int] = Counter()
        self._fates: Iterator[Fate] = chain(fates, repeat((0.01,)))
        self._now = 0.0
        self._serial = count()
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self.caller, self.called = self._layer(), self._layer()

    def _layer(self) -> TransactionLayer:
        return TransactionLayer(
            core=self, send=self._send, sent_by=lambda flow: flow.local, branch=lambda: f"z9hG4bK{next(self._serial)}"
        )

    def run(self) -> None:
        """Until nothing is left to happen."""
        for number in range(len(self.plans)):
            self._ask(number)
        while (first := self._first()) is not None:
            self._now = max(self._now, first)
            while self._agenda and self._agenda[0][0] <= self._now:
                heappop(self._agenda)[2]()
            self.caller.wake(self._now)
            self.called.wake(self._now)

    def _first(self) -> float | None:
        agenda = self._agenda[0][0] if self._agenda else None
        times = (agenda, self.caller.next_deadline(), self.called.next_deadline())
        return min((time for time in times if time is not None), default=None)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        heappush(self._agenda, (self._now + seconds, next(self._serial), act))

    def _send(self, data: bytes, flow: Flow) -> None:
        layer, arrival = (self.called, BACK) if flow == THERE else (self.caller, THERE)
        for delay in next(self._fates):
            self._later(delay, lambda: layer.receive(parse_message(data), arrival, self._now))

    def _ask(self, number: int) -> None:
        plan = self.plans[number]
        headers = Headers(
            (
                ("Max-Forwards", "70"),
                ("From", "<sip:a@x.example>;tag=a"),
                ("To", "<sip:b@x.example>"),
                ("Call-ID", f"{number}"),
                ("CSeq", f"1 {plan.method}"),
            )
        )
        request = Request(plan.method, Uri.parse("sip:b@x.example"), headers)
        entry = self.caller.request(request, THERE, self.outcomes[number], self._now)
        # A final response may get lost for good, a 2xx at once for want of a session that repeats it: patience ends.
        for seconds in (PATIENCE,) if plan.cancel_after is None else (plan.cancel_after, PATIENCE):
            self._later(seconds, lambda: self.caller.cancel(entry, self._now))

    # The core of both sides

    def request(self, request: Request, entry: ServerEntry | None, flow: Flow, now: float) -> None:
        if entry is None:
            # An ACK that was still on its way when its transaction was over; a 2xx gets none here.
            assert request.method == "ACK"
            return
        self.delivered[int(request.call_id)] += 1
        plan = self.plans[int(request.call_id)]
        if plan.provisional_after is not None:
            status = 180 if plan.method == "INVITE" else 100
            self._later(plan.provisional_after, lambda: self._answer(entry, request, status))
        self._later(plan.final_after, lambda: self._answer(entry, request, plan.status))

    def _answer(self, entry: ServerEntry, request: Request, status: int) -> None:
        self.called.respond(entry, response_to(request, status, to_tag="b"), self._now)

    def cancelled(self, cancel: Request, entry: ServerEntry, now: float) -> None:
        self.cancels[int(cancel.call_id)] += 1
        self._answer(entry, entry.request, 487)

    def stray_response(self, response: Response, flow: Flow, now: float) -> None:
        assert self.plans[int(response.call_id)].method == "INVITE"

    def ack_missing(self, entry: ServerEntry, now: float) -> None:
        pass


SECONDS = st.sampled_from([0.0, 0.01, 0.19, 0.21, 0.5, 3.0, 31.99, 40.0])
PLANS = st.builds(
    Plan,
    method=st.sampled_from(["INVITE", "INVITE", "OPTIONS", "BYE"]),
    provisional_after=st.none() | SECONDS,
    final_after=SECONDS | st.just(600.0),
    status=st.sampled_from([200, 302, 486, 603]),
    cancel_after=st.none() | SECONDS,
)
# Long enough to reorder all but retransmissions; a copy of the last one, 0.5 s before the end, must not outlive J or H.
DELAYS = st.sampled_from([0.0, 0.001, 0.01, 0.2, 0.3, 0.45])
FATES = st.lists(DELAYS, max_size=3).map(tuple)


@settings(max_examples=300, deadline=None)
@given(plans=st.lists(PLANS, min_size=1, max_size=4), fates=st.lists(FATES, max_size=80))
def test_any_wire(plans: list[Plan], fates: list[Fate]) -> None:
    wire = Wire(plans, fates)
    wire.run()
    assert all(times == 1 for times in wire.delivered.values())
    assert all(times == 1 for times in wire.cancels.values())
    assert [len(outcome.endings) for outcome in wire.outcomes] == [1] * len(plans)
    assert (len(wire.caller), len(wire.called)) == (0, 0)
    for layer in (wire.caller, wire.called):
        assert not any((layer._clients, layer._servers, layer._merging, layer._legacy_acks, layer._streams))


@settings(max_examples=150, deadline=None)
@given(plan=PLANS, lost=st.sets(st.integers(0, 24), max_size=5))
def test_a_wire_that_loses_less_than_is_repeated_loses_nothing(plan: Plan, lost: set[int]) -> None:
    """Seven INVITEs, eleven of everything else: five losses can't silence a peer that answers in time."""
    wire = Wire([plan], [() if number in lost else (0.01,) for number in range(25)])
    wire.run()
    assert wire.delivered == {0: 1}
    # A 2xx to INVITE is the session's to repeat, and here is none.
    if plan.final_after < 10 and plan.cancel_after is None and (plan.method, plan.status) != ("INVITE", 200):
        assert wire.outcomes[0].endings == [plan.status]
