"""Non-INVITE client transaction: RFC 3261 17.1.2 and figure 6."""

from __future__ import annotations

from math import inf

from pbxd.sip.message import Request, Response
from pbxd.sip.transaction.effects import Deliver, Effect, Send, TimedOut, TransportFailed
from pbxd.sip.transaction.machine import Machine, State, Timers

S = State  # a bare name in a pattern would capture


class NonInviteClientTransaction(Machine):
    """Sends a request until its final response came, or 64*T1 have passed."""

    __slots__ = ("_interval",)

    def __init__(self, request: Request, *, reliable: bool, timers: Timers) -> None:
        """``request`` has our Via; only its bytes are kept."""
        super().__init__(S.TRYING, reliable=reliable, timers=timers)
        self._wire = request.to_bytes()
        self._interval = timers.t1

    def start(self, now: float) -> list[Effect]:
        """Send the request."""
        repeat_at = inf if self._reliable else now + self._interval
        self._enter(S.TRYING, repeat_at=repeat_at, end_at=now + self._timers.timeout)  # E and F, 17.1.2.2
        return [Send(self._wire)]

    def receive(self, response: Response, now: float) -> list[Effect]:
        """A response that matched this transaction (17.1.3)."""
        match self.state, response.status // 100:
            case ((S.TRYING | S.PROCEEDING), 1):  # 17.1.2.2; E and F run on
                self.state = S.PROCEEDING
                return [Deliver(response)]
            case ((S.TRYING | S.PROCEEDING), _):  # 17.1.2.2
                self._wire = b""
                if self._reliable:
                    self._enter(S.TERMINATED)  # K is zero
                else:
                    self._enter(S.COMPLETED, end_at=now + self._timers.t4)  # K
                return [Deliver(response)]
            case _:  # Completed is there to absorb repetitions
                return []

    def wake(self, now: float) -> list[Effect]:
        """A timer is due."""
        match self.state:
            case S.TRYING | S.PROCEEDING if now >= self._end_at:  # F, 17.1.2.2
                self._enter(S.TERMINATED)
                return [TimedOut()]
            case S.TRYING if now >= self._repeat_at:  # E, 17.1.2.2
                return self._repeat(min(2 * self._interval, self._timers.t2), now)
            case S.PROCEEDING if now >= self._repeat_at:  # E, 17.1.2.2: rarely, for the server is at work
                return self._repeat(self._timers.t2, now)
            case S.COMPLETED if now >= self._end_at:  # K, 17.1.2.2
                self._enter(S.TERMINATED)
                return []
            case _:
                return []

    def transport_failed(self, reason: str, now: float) -> list[Effect]:
        """The flow is gone, or never was (17.1.4)."""
        match self.state:
            case S.TRYING | S.PROCEEDING:
                self._enter(S.TERMINATED)
                return [TransportFailed(reason)]
            case _:
                return []

    def _repeat(self, interval: float, now: float) -> list[Effect]:
        self._interval = interval
        self._repeat_at = now + interval
        return [Send(self._wire)]
