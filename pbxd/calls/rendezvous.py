"""A rendezvous: where a waiting call can be met. Who arrives first is the one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pbxd.sip.headers import Reason

if TYPE_CHECKING:
    from types import TracebackType

    from pbxd.calls.call import Call
    from pbxd.calls.leg import Leg

ELSEWHERE = Reason(protocol="SIP", cause=200, text="Call completed elsewhere")
"""What those hear who rang in vain (RFC 3326)."""


class Rendezvous:
    """A meeting point that is open for the length of a ``with`` block.

    Arriving is synchronous, in the tick of the packet that brought the answer: the winner is state that the waiter
    reads later, never the value of a future that two could set. Whoever arrived and was not taken when the block
    ends, and whoever arrives after that, is hung up.
    """

    __slots__ = ("_call", "_open", "winner")

    def __init__(self, call: Call) -> None:
        self._call = call
        self._open = True
        self.winner: Leg | None = None

    def arrive(self, leg: Leg) -> bool:
        """Meet the call with ``leg``; ``False`` when it was met before or waits no longer."""
        if not self._open or self.winner is not None or not self._call.adopt(leg):
            leg.hangup(ELSEWHERE)
            return False
        self.winner = leg
        self._call.wake()
        return True

    def take(self) -> Leg | None:
        """The one who came, who is from then on the waiter's own affair."""
        winner, self.winner = self.winner, None
        if winner is not None:
            self._open = False
        return winner

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        if self.winner is not None:
            self.winner.hangup(ELSEWHERE)
