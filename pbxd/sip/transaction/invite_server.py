"""INVITE server transaction: RFC 3261 17.2.1 and figure 7, with the Accepted state of RFC 6026."""

from __future__ import annotations

from math import inf

from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.transaction.effects import Deliver, Effect, Send, TimedOut, TransportFailed
from pbxd.sip.transaction.machine import Machine, State, Timers

S = State  # a bare name in a pattern would capture

TRYING_AFTER = 0.2
"""Seconds after which we say 100 when the user has said nothing (17.2.1)."""


class InviteServerTransaction(Machine):
    """Takes an INVITE in once, repeats what was answered, and waits for the ACK of a failure.

    ``request`` is there until a final response was sent. A 2xx is repeated by the session, not here (RFC 6026).
    """

    __slots__ = ("_interval", "request")

    def __init__(self, request: Request, *, reliable: bool, timers: Timers) -> None:
        super().__init__(S.PROCEEDING, reliable=reliable, timers=timers)
        self.request: Request | None = request
        self._interval = timers.t1

    def start(self, now: float) -> list[Effect]:
        """Pass the INVITE up."""
        assert self.request is not None
        self._enter(S.PROCEEDING, repeat_at=now + TRYING_AFTER)
        return [Deliver(self.request)]

    def receive(self, request: Request, now: float) -> list[Effect]:
        """An INVITE or ACK that matched this transaction (17.2.3)."""
        match self.state, request.method:
            case ((S.PROCEEDING | S.COMPLETED), "INVITE"):  # 17.2.1: the last response again
                return [Send(self._wire)] if self._wire else []
            case S.COMPLETED, "ACK":  # 17.2.1
                self._wire = b""
                if self._reliable:
                    self._enter(S.TERMINATED)  # I is zero
                else:
                    self._enter(S.CONFIRMED, end_at=now + self._timers.t4)  # I
                return []
            case S.ACCEPTED, "ACK":  # RFC 6026 7.1
                return [Deliver(request)]
            case _:  # INVITE in Accepted, anything in Confirmed: absorbed
                return []

    def respond(self, response: Response, now: float) -> list[Effect]:
        """The user answers. A response that can't follow what was sent before is dropped."""
        match self.state, response.status // 100:
            case S.PROCEEDING, 1:  # 17.2.1
                self._wire = response.to_bytes()
                self._repeat_at = inf  # no 100 of our own any more
                return [Send(self._wire)]
            case S.PROCEEDING, 2:  # RFC 6026 7.1
                wire = response.to_bytes()
                self.request, self._wire = None, b""
                self._enter(S.ACCEPTED, end_at=now + self._timers.timeout)  # L
                return [Send(wire)]
            case S.PROCEEDING, _:  # 17.2.1
                self._wire = response.to_bytes()
                self.request = None
                repeat_at = inf if self._reliable else now + self._interval
                self._enter(S.COMPLETED, repeat_at=repeat_at, end_at=now + self._timers.timeout)  # G and H
                return [Send(self._wire)]
            case S.ACCEPTED, 2:  # RFC 6026 7.1: the session repeats it until its ACK comes
                return [Send(response.to_bytes())]
            case _:
                return []

    def wake(self, now: float) -> list[Effect]:
        """A timer is due."""
        match self.state:
            case S.PROCEEDING if now >= self._repeat_at:  # 17.2.1
                assert self.request is not None
                self._repeat_at = inf
                self._wire = response_to(self.request, 100).to_bytes()
                return [Send(self._wire)]
            case S.COMPLETED if now >= self._end_at:  # H, 17.2.1
                self._enter(S.TERMINATED)
                return [TimedOut()]
            case S.COMPLETED if now >= self._repeat_at:  # G, 17.2.1
                self._interval = min(2 * self._interval, self._timers.t2)
                self._repeat_at = now + self._interval
                return [Send(self._wire)]
            case S.CONFIRMED | S.ACCEPTED if now >= self._end_at:  # I, 17.2.1; L, RFC 6026 7.1
                self._enter(S.TERMINATED)
                return []
            case _:
                return []

    def transport_failed(self, reason: str, now: float) -> list[Effect]:
        """The flow is gone (17.2.4)."""
        match self.state:
            case S.PROCEEDING | S.ACCEPTED:  # RFC 6026 7.1: stays, so that a repeated INVITE is not taken for a new one
                return [TransportFailed(reason)]
            case S.COMPLETED:  # 17.2.1
                self._enter(S.TERMINATED)
                return [TransportFailed(reason)]
            case _:
                return []
