"""One request, tried at one server after the other until one of them takes it (RFC 3263 4.3).

A server fails when its transport does, when it says nothing in time, or when it answers 503. The next one gets the
same request in a transaction of its own. Who has said more than 100 is no failed server, whatever comes of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from pbxd.sip.flow import Flow
from pbxd.sip.message import Request, Response
from pbxd.sip.transaction import ClientEntry, ClientUser

Adapt = Callable[[Flow], Request]
"""Makes the request as it goes to another server: what it says of us may differ there."""


class Record(Protocol):
    """Who remembers how servers did."""

    def failed(self, flow: Flow, status: int, reason: str, retry_after: int | None) -> None:
        """A server did not serve a request; ``retry_after`` is what it asked for, in seconds."""
        ...

    def answered(self, flow: Flow) -> None:
        """A server was heard."""
        ...


class Ways:
    """The servers of one destination, for one request and what follows it (its repetition with credentials)."""

    def __init__(self, flows: Sequence[Flow], *, reply_within: float, record: Record) -> None:
        """``flows`` in the order to be tried, at least one; ``reply_within`` seconds each may be silent."""
        self.first = flows[0]
        self.reply_within = reply_within
        self.record = record
        self._left = list(flows[1:])

    def another(self) -> Flow | None:
        """The next one that was not tried; ``None`` when all were."""
        return self._left.pop(0) if self._left else None


class Transmitter(Protocol):
    """Who sends."""

    def transmit(self, request: Request, flow: Flow, user: ClientUser, began: Callable[[ClientEntry], None]) -> None:
        """Begin a transaction, or two where one way turns out to be closed; ``began`` gets each."""
        ...

    def abandon(self, entry: ClientEntry) -> None:
        """Nobody waits for this transaction any more: an INVITE is cancelled as soon as it may be (RFC 3261 9.1)."""
        ...

    def refuse_late(self, response: Response, flow: Flow) -> None:
        """A 2xx that nobody wants any more: acknowledge it and end what it began."""
        ...

    def later(self, seconds: float, what: Callable[[], None]) -> Callable[[], None]:
        """Call ``what`` after ``seconds``; returns what takes that back."""
        ...

    @property
    def now(self) -> float: ...


class Failover:
    """Tries the ways of one request; its user hears what comes of the one that counts, and of nothing else."""

    def __init__(
        self,
        transmitter: Transmitter,
        ways: Ways,
        user: ClientUser,
        adapt: Adapt,
        began: Callable[[ClientEntry], None],
    ) -> None:
        """``began`` gets the transaction that counts from then on."""
        self._transmitter = transmitter
        self._ways = ways
        self._user = user
        self._adapt = adapt
        self._began = began
        self._attempt: _Attempt | None = None
        self._stop_waiting: Callable[[], None] = _nothing

    def start(self, request: Request, flow: Flow) -> None:
        """Send ``request`` by ``flow``, and wait for its first response."""
        attempt = self._attempt = _Attempt(self, flow)
        self._stop_waiting = self._transmitter.later(self._ways.reply_within, self._unheard)
        self._transmitter.transmit(request, flow, attempt, attempt.began)

    # What attempts hear --------------------------------------------------------------------------------------------

    def began(self, attempt: _Attempt, entry: ClientEntry) -> None:
        """A transaction is under way."""
        if attempt is self._attempt:
            self._began(entry)

    def response(self, attempt: _Attempt, response: Response, now: float) -> None:
        """A server answered."""
        if attempt is not self._attempt:
            if response.status // 100 == 2 and response.cseq.method == "INVITE":
                self._transmitter.refuse_late(response, attempt.flow)
            return
        self._stop_waiting()
        if response.status == 503 and not attempt.served:
            self._ways.record.failed(attempt.flow, 503, response.reason, response.retry_after)
            if self._next(attempt):
                return
        elif not attempt.heard:
            self._ways.record.answered(attempt.flow)
        attempt.heard, attempt.served = True, attempt.served or response.status > 100
        self._user.response(response, now)

    def failed(self, attempt: _Attempt, status: int, reason: str, now: float) -> None:
        """A transaction ended without a final response."""
        if attempt is not self._attempt:
            return
        self._stop_waiting()
        if not attempt.served:
            if not attempt.cancelled:  # silence after a CANCEL tells of the call, not of the server
                self._ways.record.failed(attempt.flow, status, reason, None)
            if self._next(attempt):
                return
        self._attempt = None
        self._user.failed(status, reason, now)

    # Help ----------------------------------------------------------------------------------------------------------

    def _unheard(self) -> None:
        attempt = self._attempt
        if attempt is None or attempt.cancelled:
            return
        reason = f"no answer within {self._ways.reply_within:g} s"
        self._ways.record.failed(attempt.flow, 408, reason, None)
        abandoned = attempt.entry
        if not self._next(attempt):
            self._attempt = None
            self._user.failed(408, reason, self._transmitter.now)
        if abandoned is not None:
            self._transmitter.abandon(abandoned)

    def _next(self, attempt: _Attempt) -> bool:
        """Go on to the next server, if there is one and anybody still wants the request."""
        flow = None if attempt.cancelled else self._ways.another()
        if flow is None:
            return False
        self.start(self._adapt(flow), flow)
        return True


class _Attempt:
    """The user of the transaction with one server."""

    __slots__ = ("_failover", "entry", "flow", "heard", "served")

    def __init__(self, failover: Failover, flow: Flow) -> None:
        self._failover = failover
        self.flow = flow
        self.entry: ClientEntry | None = None
        self.heard = False
        self.served = False
        """It said more than 100 Trying."""

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the request any more."""
        return self.entry is not None and self.entry.cancel_headers is not None

    def began(self, entry: ClientEntry) -> None:
        self.entry = entry
        self._failover.began(self, entry)

    def response(self, response: Response, now: float) -> None:
        self._failover.response(self, response, now)

    def failed(self, status: int, reason: str, now: float) -> None:
        self._failover.failed(self, status, reason, now)


def _nothing() -> None:
    """There is no waiting to stop."""
