"""INVITE client transaction: RFC 3261 17.1.1 and figure 5, with the Accepted state of RFC 6026."""

from __future__ import annotations

from math import inf

from pbxd.sip.message import Request, Response
from pbxd.sip.transaction.derived import ack_for
from pbxd.sip.transaction.effects import Deliver, Effect, Send, TimedOut, TransportFailed
from pbxd.sip.transaction.machine import Machine, State, Timers

S = State  # a bare name in a pattern would capture


class InviteClientTransaction(Machine):
    """Sends an INVITE until something is heard, acknowledges failures, and passes up every 2xx.

    ``request`` is there until a final response came; it has our Via as a line of its own.
    """

    __slots__ = ("_interval", "request")

    def __init__(self, request: Request, *, reliable: bool, timers: Timers) -> None:
        super().__init__(S.CALLING, reliable=reliable, timers=timers)
        self.request: Request | None = request
        self._interval = timers.t1

    def start(self, now: float) -> list[Effect]:
        """Send the INVITE."""
        assert self.request is not None
        self._wire = self.request.to_bytes()
        repeat_at = inf if self._reliable else now + self._interval
        self._enter(S.CALLING, repeat_at=repeat_at, end_at=now + self._timers.timeout)  # A and B, 17.1.1.2
        return [Send(self._wire)]

    def receive(self, response: Response, now: float) -> list[Effect]:
        """A response that matched this transaction (17.1.3)."""
        match self.state, response.status // 100:
            case S.CALLING, 1:  # 17.1.1.2
                self._wire = b""
                self._enter(S.PROCEEDING)  # without any time-out: a phone may ring for as long as it likes
                return [Deliver(response)]
            case S.PROCEEDING, 1:
                return [Deliver(response)]
            case ((S.CALLING | S.PROCEEDING), 2):  # RFC 6026 7.2
                self.request, self._wire = None, b""
                self._enter(S.ACCEPTED, end_at=now + self._timers.timeout)  # M
                return [Deliver(response)]
            case ((S.CALLING | S.PROCEEDING), _):  # 17.1.1.2
                return [Send(self._acknowledge(response, now)), Deliver(response)]
            case S.COMPLETED, (3 | 4 | 5 | 6):  # 17.1.1.2: the ACK again, and nothing to the user
                return [Send(self._wire)]
            case S.ACCEPTED, 2:  # RFC 6026 7.2: repetitions, and the 2xx of other forks
                return [Deliver(response)]
            case _:
                return []

    def wake(self, now: float) -> list[Effect]:
        """A timer is due."""
        match self.state:
            case S.CALLING if now >= self._end_at:  # B, 17.1.1.2
                return self._give_up(TimedOut())
            case S.CALLING if now >= self._repeat_at:  # A, 17.1.1.2
                self._interval *= 2
                self._repeat_at = now + self._interval
                return [Send(self._wire)]
            case S.PROCEEDING if now >= self._end_at:  # 9.1: cancelled, and no final response to it
                return self._give_up(TimedOut())
            case S.COMPLETED | S.ACCEPTED if now >= self._end_at:  # D, 17.1.1.2; M, RFC 6026 7.2
                self._enter(S.TERMINATED)
                return []
            case _:
                return []

    def cancel_sent(self, now: float) -> None:
        """A CANCEL went out: the final response must come within 64*T1, or it never will (9.1)."""
        if self.state is S.PROCEEDING:
            self._end_at = now + self._timers.timeout

    def transport_failed(self, reason: str, now: float) -> list[Effect]:
        """The flow is gone, or never was (17.1.4)."""
        match self.state:
            case S.CALLING | S.PROCEEDING:  # Proceeding too: without a time-out nothing else would ever end it
                return self._give_up(TransportFailed(reason))
            case S.COMPLETED:  # 17.1.1.2; the user has its final response
                self._enter(S.TERMINATED)
                return []
            case _:  # Accepted: the 2xx of another fork may come by another connection (18.2.2)
                return []

    def _acknowledge(self, response: Response, now: float) -> bytes:
        assert self.request is not None
        self._wire = ack = ack_for(self.request, response).to_bytes()
        self.request = None
        if self._reliable:
            self._enter(S.TERMINATED)  # D is zero
        else:
            self._enter(S.COMPLETED, end_at=now + self._timers.d)
        return ack

    def _give_up(self, effect: Effect) -> list[Effect]:
        self.request = None
        self._enter(S.TERMINATED)
        return [effect]
