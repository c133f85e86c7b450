"""How a call ends, as its record will say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.calls.interrupt import Lost, Shutdown, SubjectGone, Superseded
from pbxd.events import CallEnded

if TYPE_CHECKING:
    from pbxd.calls.interrupt import Why
    from pbxd.dialplan.router import Decision
    from pbxd.dialplan.treatment import Reject
    from pbxd.events import CallId


class CallResult:
    """What is known of it so far. The last word counts, until there is a final one: after that the subject only hears
    why, and its leaving changes nothing.
    """

    __slots__ = ("_final", "_talking_since", "reason", "result", "started", "status")

    def __init__(self, started: float) -> None:
        """``started`` and what else is given a moment: monotonic seconds."""
        self.started = started
        self._talking_since: float | None = None
        self.result = "cancelled"
        self.status = 487
        self.reason = "Request Terminated"
        self._final = False

    def is_now(self, *, result: str, status: int, reason: str, final: bool = False) -> None:
        """What the record is to say from here on."""
        self.result, self.status, self.reason, self._final = result, status, reason, final

    def answered(self, now: float) -> None:
        """The subject talks to somebody from here on, be it to us."""
        if self._talking_since is None:
            self._talking_since = now

    def refused(self, treatment: Reject, decision: Decision) -> None:
        """The caller is turned away; of one who talked to somebody before, the record says that he did."""
        if self._talked:
            self.is_now(result="answered", status=200, reason=decision.trail[-1], final=True)
        else:
            self.is_now(result=treatment.result, status=treatment.status, reason=treatment.reason, final=True)

    def completed(self, reason: str, *, moved: bool) -> None:
        """All that there was to do is done; ``moved``: the caller talks in another call from here on."""
        if self._talked or moved:
            self.is_now(result="answered", status=200, reason=reason)
        else:
            self.is_now(result="announced", status=480, reason=reason)

    def interrupted(self, why: Why) -> None:
        """It ends from outside."""
        match why:
            case SubjectGone() if self._final:
                pass
            case SubjectGone(reason=reason) if self._talked:
                self.is_now(result="answered", status=200, reason=reason or "the caller hung up")
            case SubjectGone(status=status, reason=reason):
                self.is_now(result="cancelled", status=status or 487, reason=reason or "the caller hung up")
            case Lost(reason=reason):
                self.is_now(result="answered", status=408, reason=reason)
            case Superseded(reason=reason) if self._talked:
                self.is_now(result="answered", status=200, reason=reason)
            case Superseded(reason=reason):
                self.is_now(result="cancelled", status=487, reason=reason)
            case Shutdown(reason=reason):
                self.is_now(result="shutdown", status=503, reason=reason)

    def event(self, call: CallId, *, at: float, now: float) -> CallEnded:
        """That it has ended."""
        talked = round(now - self._talking_since, 3) if self._talking_since is not None else 0.0
        return CallEnded(
            at=at,
            call=call,
            result=self.result,
            status=self.status,
            reason=self.reason,
            seconds=round(now - self.started, 3),
            talk_seconds=talked,
        )

    @property
    def _talked(self) -> bool:
        return self._talking_since is not None
