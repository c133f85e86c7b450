"""Non-INVITE server transaction: RFC 3261 17.2.2 and figure 8."""

from __future__ import annotations

from pbxd.sip.message import Request, Response
from pbxd.sip.transaction.effects import Deliver, Effect, Send, TransportFailed
from pbxd.sip.transaction.machine import Machine, State, Timers

S = State  # a bare name in a pattern would capture


class NonInviteServerTransaction(Machine):
    """Takes a request in once and repeats its answer as often as the request is repeated.

    ``request`` is there until a final response was sent.
    """

    __slots__ = ("request",)

    def __init__(self, request: Request, *, reliable: bool, timers: Timers) -> None:
        super().__init__(S.TRYING, reliable=reliable, timers=timers)
        self.request: Request | None = request

    def start(self, now: float) -> list[Effect]:
        """Pass the request up."""
        assert self.request is not None
        return [Deliver(self.request)]

    def receive(self, request: Request, now: float) -> list[Effect]:
        """The request again (17.2.3)."""
        match self.state:
            case S.PROCEEDING | S.COMPLETED:  # 17.2.2: the last response again
                return [Send(self._wire)]
            case _:  # Trying: nothing to say yet
                return []

    def respond(self, response: Response, now: float) -> list[Effect]:
        """The user answers. A response that can't follow what was sent before is dropped."""
        match self.state, response.status // 100:
            case ((S.TRYING | S.PROCEEDING), 1):  # 17.2.2
                wire = self._wire = response.to_bytes()
                self._enter(S.PROCEEDING)
                return [Send(wire)]
            case ((S.TRYING | S.PROCEEDING), _):  # 17.2.2
                wire = self._wire = response.to_bytes()
                self.request = None
                if self._reliable:
                    self._enter(S.TERMINATED)  # J is zero
                else:
                    self._enter(S.COMPLETED, end_at=now + self._timers.timeout)  # J
                return [Send(wire)]
            case _:
                return []

    def wake(self, now: float) -> list[Effect]:
        """A timer is due."""
        match self.state:
            case S.COMPLETED if now >= self._end_at:  # J, 17.2.2
                self._enter(S.TERMINATED)
                return []
            case _:
                return []

    def transport_failed(self, reason: str, now: float) -> list[Effect]:
        """The flow is gone (17.2.4)."""
        match self.state:
            case S.PROCEEDING | S.COMPLETED:  # 17.2.2
                self.request = None
                self._enter(S.TERMINATED)
                return [TransportFailed(reason)]
            case _:  # Trying: what was sent is nothing yet, so nothing has failed
                return []
