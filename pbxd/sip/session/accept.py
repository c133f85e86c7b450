"""A 2xx of ours to an INVITE, repeated until its ACK comes (RFC 3261 13.3.1.4, 14.2)."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.sip.message import Response
from pbxd.sip.transaction import ServerEntry, Timers


@dataclass(slots=True)
class PendingAccept:
    """The 2xx is ours to repeat, not the transaction's: RFC 6026 took it away from there."""

    transaction: ServerEntry
    response: Response
    cseq: int
    interval: float
    repeat_at: float
    give_up_at: float
    offered: bool
    """Whether the 2xx carries our offer, so that the ACK carries the answer."""

    @classmethod
    def of(
        cls, transaction: ServerEntry, response: Response, now: float, *, offered: bool, timers: Timers
    ) -> PendingAccept:
        """It has just been sent."""
        return cls(
            transaction=transaction,
            response=response,
            cseq=response.cseq.number,
            interval=timers.t1,
            repeat_at=now + timers.t1,
            give_up_at=now + 64 * timers.t1,
            offered=offered,
        )

    @property
    def deadline(self) -> float:
        """When to repeat it, or give up."""
        return min(self.repeat_at, self.give_up_at)

    def repeats(self, now: float, timers: Timers) -> bool:
        """Whether it is to be sent again now."""
        if now < self.repeat_at:
            return False
        self.interval = min(self.interval * 2, timers.t2)
        self.repeat_at = now + self.interval
        return True
