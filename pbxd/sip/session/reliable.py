"""Reliable provisional responses (RFC 3262): ours, repeated until their PRACK comes, and the peer's. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.errors import MalformedMessage
from pbxd.sip.grammar import number
from pbxd.sip.message import Request, Response
from pbxd.sip.transaction import Timers

MAX_RSEQ = 2**32 - 1
FIRST_RSEQ = 2**31 - 1
"""The highest number that a response of ours begins with (RFC 3262 3)."""


@dataclass(slots=True)
class _Pending:
    """One response of ours that has no PRACK yet."""

    response: Response
    rseq: int
    answers: bool
    """Whether it carries our answer."""
    interval: float
    repeat_at: float | None
    """``None`` once it needs no repeating, because the final response is out."""
    give_up_at: float


class Reliable:
    """Our reliable provisional responses to one INVITE, of which one at a time is on its way (RFC 3262 3)."""

    __slots__ = ("_pending", "_rseq", "_timers", "answered")

    def __init__(self, *, timers: Timers, jitter: float) -> None:
        """``jitter``, from 0 to 1, decides the first RSeq."""
        self._timers = timers
        self._rseq = round(jitter * (FIRST_RSEQ - 1))
        self._pending: _Pending | None = None
        self.answered = False
        """Whether our answer went out in one of them, after which no other response may carry one (RFC 6337 3.1)."""

    @property
    def waiting(self) -> bool:
        """Whether a PRACK is awaited."""
        return self._pending is not None and self._pending.repeat_at is not None

    @property
    def answering(self) -> bool:
        """Whether the one that waits for its PRACK carries our answer: the 2xx must wait, too (RFC 3262 3)."""
        return self._pending is not None and self._pending.answers

    def headers(self) -> tuple[tuple[str, str], ...]:
        """What the next one says besides the rest."""
        return (("Require", "100rel"), ("RSeq", str(self._rseq + 1)))

    def sent(self, response: Response, now: float) -> None:
        """It is on its way."""
        self._rseq += 1
        answers = bool(response.body)
        self.answered |= answers
        t1 = self._timers.t1
        self._pending = _Pending(response, self._rseq, answers, t1, now + t1, now + 64 * t1)

    def acknowledged(self, prack: Request, cseq: int) -> bool:
        """Whether this PRACK is for the one that waits, which it then does no longer. ``cseq`` is the INVITE's.

        Raises :class:`MalformedMessage` for a RAck that can't be read.
        """
        pending = self._pending
        if pending is None or _rack(prack) != (pending.rseq, cseq, "INVITE"):
            return False
        self._pending = None
        return True

    def settle(self) -> None:
        """The final response is out: nothing is repeated any more, but the PRACK is still welcome."""
        if self._pending is not None:
            self._pending.repeat_at = None

    @property
    def deadline(self) -> float | None:
        """When to look at :meth:`overdue` and :meth:`repeat`; monotonic seconds."""
        pending = self._pending
        return None if pending is None or pending.repeat_at is None else min(pending.repeat_at, pending.give_up_at)

    def overdue(self, now: float) -> bool:
        """Whether the PRACK did not come in 64*T1."""
        return self.waiting and self._pending is not None and now >= self._pending.give_up_at

    def repeat(self, now: float) -> Response | None:
        """The response to send again now, at intervals that double (RFC 3262 3)."""
        pending = self._pending
        if pending is None or pending.repeat_at is None or now < pending.repeat_at:
            return None
        pending.interval *= 2
        pending.repeat_at = now + pending.interval
        return pending.response


class Acknowledged:
    """The peer's reliable provisional responses to one INVITE of ours, over all its early dialogs."""

    __slots__ = ("_newest",)

    def __init__(self) -> None:
        self._newest: dict[str, int] = {}
        """RSeq of the newest response with a PRACK, by the tag of its dialog."""

    def rack(self, response: Response) -> str | None:
        """The RAck for a reliable response; ``None`` for one to pass over, repeated or out of order (RFC 3262 4)."""
        tag, rseq = response.to.tag or "", rseq_of(response)
        newest = self._newest.get(tag)
        if rseq is None or (newest is not None and rseq != newest + 1):
            return None
        self._newest[tag] = rseq
        return f"{rseq} {response.cseq}"


def is_reliable(response: Response) -> bool:
    """Whether a provisional response wants a PRACK; a Require that can't be read wants none."""
    try:
        return response.status > 100 and "100rel" in response.require and response.to.tag is not None
    except MalformedMessage:
        return False


def rseq_of(response: Response) -> int | None:
    """The response's RSeq, ``None`` where it has none that can be read."""
    try:
        return number((response.headers.get("RSeq") or "").strip(" \t"), MAX_RSEQ)
    except MalformedMessage:
        return None


def _rack(prack: Request) -> tuple[int, int, str]:
    """RSeq, CSeq number and method that a PRACK is for (RFC 3262 7.2)."""
    parts = (prack.headers.get("RAck") or "").split()
    if len(parts) != 3:
        raise MalformedMessage("not an RSeq, a number and a method", header="RAck")
    return number(parts[0], MAX_RSEQ), number(parts[1], MAX_RSEQ), parts[2]
