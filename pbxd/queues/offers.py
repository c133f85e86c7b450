"""One agent's phones that ring for a call that waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pbxd.calls.rendezvous import ELSEWHERE, Rendezvous
from pbxd.calls.reports import Failed, Gone
from pbxd.sip.headers import Reason

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.leg import Leg
    from pbxd.queues.orders import Failure

TIMED_OUT = Reason(protocol="SIP", cause=408, text="No answer")
ANSWER = frozenset({408, 480, 487})
"""Failures of a phone that rang: nobody came to it."""


class Offered(Rendezvous):
    """Where an agent's legs arrive, in the tick of the packet that brought the answer.

    Whoever arrives first at any offer of the call has it: ``accept`` is asked, which knows of all. Of a leg that
    ``asks`` for confirmation it is first heard whether a person has answered; then :meth:`confirmed` has it arrive.
    """

    def __init__(
        self, call: Call, agent: str, *, accept: Callable[[Offered, Leg], bool], asks: Callable[[Leg], bool]
    ) -> None:
        super().__init__(call)
        self.agent = agent
        self.legs: dict[Leg, None] = {}
        """What rings, and what answered and is asked."""
        self.unconfirmed: list[Leg] = []
        """Legs that have answered, and nobody has asked yet."""
        self._waiting = call
        self._accept = accept
        self._asks = asks

    def arrive(self, leg: Leg) -> bool:
        if self._open and self._asks(leg):
            self.unconfirmed.append(leg)
            self._waiting.wake()
            return True
        return self.confirmed(leg)

    def confirmed(self, leg: Leg) -> bool:
        """A person has answered on the leg."""
        if not self._open or not self._accept(self, leg):
            leg.hangup(ELSEWHERE)
            return False
        return super().arrive(leg)

    @property
    def over(self) -> bool:
        """Whether nobody rings for it any more."""
        return not self._open

    def close(self, *, elsewhere: bool) -> None:
        """Stop ringing; who has arrived stays."""
        self._open = False
        for leg in self.legs:
            if leg is not self.winner:
                leg.hangup(ELSEWHERE if elsewhere else TIMED_OUT)
        self.legs.clear()


def how(report: Failed | Gone) -> Failure:
    """What an agent's phone says by not answering: that nobody came, that he does not want to, that it is not there."""
    match report:
        case Gone():
            return "declined"
        case Failed(leg=leg, status=status) if status in ANSWER and leg.ringing:
            return "no-answer"
        case Failed(status=status) if status in (486, 600, 603, 607, 608) or status // 100 == 3:
            return "declined"
    return "unreachable"
