"""A call: the story of one subject through treatments, and the owner of its legs.

A call is a task; what it owns is released by :meth:`Call.release`, which the exchange calls when the task is done,
however it was done. A ``finally`` in here would not do: a task that is cancelled before its first step never enters
its body.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from pbxd.calls.bridge import Bridge
from pbxd.calls.inbox import Inbox
from pbxd.calls.interrupt import Interrupted, Interruptible, Lost, Shutdown, SubjectGone, Why
from pbxd.calls.leg import Failed, Gone, Leg, LegReport
from pbxd.calls.rendezvous import Rendezvous
from pbxd.dialplan.router import decide
from pbxd.dialplan.situation import Facts, Situation
from pbxd.dialplan.treatment import Completed, Outcome, Reject, Treatment
from pbxd.events import CallEnded, CallId, RouteDecided
from pbxd.sip.headers import Reason

if TYPE_CHECKING:
    from pbxd.calls.dialer import Dialer
    from pbxd.calls.kernel import Kernel

Perform = Callable[["Call", Treatment], Coroutine[Any, Any, Outcome]]
"""What carries a treatment out: given by the server, so that this floor does not import the treatments."""


class Call:
    """One call, from its arrival to its end."""

    def __init__(
        self,
        *,
        id: CallId,
        kernel: Kernel,
        dialer: Dialer,
        facts: Facts,
        situation: Situation,
        perform: Perform,
        crashed: Callable[[CallId, BaseException], None],
    ) -> None:
        self.id = id
        self.kernel = kernel
        self.dialer = dialer
        self.situation = situation
        self.bridge = Bridge(kernel.engine)
        self.inbox: Inbox[LegReport | None] = Inbox()
        """What the legs report; ``None`` only says to look again at a rendezvous."""
        self.legs: dict[Leg, None] = {}
        """What the call owns, in order of coming."""
        self.started = kernel.now
        self.talking_since: float | None = None
        self.subject: Leg
        """The party whose story this is; set by the exchange before the task starts."""
        self._facts = facts
        self._perform = perform
        self._crashed = crashed
        # Without a reference to the call: what refers to itself stays until the garbage collector comes by.
        self._body = Interruptible(lambda what: crashed(id, RuntimeError(f"{what} ignored its cancellation")))
        self._ended = CallResult(result="cancelled", status=487, reason="Request Terminated")
        self._serial = 0
        self._over = False

    # The story -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Decide and perform, turn by turn, until nothing is left to do or the subject has gone."""
        turn = 0
        while self._body.why is None:
            decision = decide(self.situation, self._facts)
            treatment = decision.treatment
            if treatment is None:
                return
            self.kernel.bus.emit(
                RouteDecided(
                    at=self.kernel.wall,
                    call=self.id,
                    turn=turn,
                    called=decision.called,
                    treatment=str(treatment),
                    trail=decision.trail,
                )
            )
            if isinstance(treatment, Reject):
                self._ended = CallResult(result=treatment.result, status=treatment.status, reason=treatment.reason)
            done = await self._body.run(self._perform(self, treatment))
            if isinstance(done, Interrupted):
                return
            if isinstance(treatment, Reject):
                return
            self.situation = self.situation.after(treatment, done.value)
            if isinstance(done.value, Completed):
                self.ended(result="answered", status=200, reason=done.value.reason)
            turn += 1

    def interrupt(self, why: Why) -> None:
        """End the call from outside."""
        if self._body.why is None:
            match why:
                case SubjectGone(status=status, reason=reason) if self.talking_since is None:
                    self.ended(result="cancelled", status=status or 487, reason=reason or "the caller hung up")
                case SubjectGone(reason=reason):
                    self.ended(result="answered", status=200, reason=reason or "the caller hung up")
                case Lost(reason=reason):
                    self.ended(result="answered", status=408, reason=reason)
                case Shutdown(reason=reason):
                    self.ended(result="shutdown", status=503, reason=reason)
        self._body.interrupt(why)

    def ended(self, *, result: str, status: int, reason: str) -> None:
        """What the call's record will say; the last word counts."""
        self._ended = CallResult(result=result, status=status, reason=reason)

    def answered(self) -> None:
        """The subject and a peer talk from here on."""
        if self.talking_since is None:
            self.talking_since = self.kernel.now

    @property
    def seconds(self) -> float:
        """How long the call has lasted so far."""
        return self.kernel.now - self.started

    def meet(self) -> Rendezvous:
        """A place where others can meet this call; use it as a block."""
        return Rendezvous(self)

    # Owner of legs -------------------------------------------------------------------------------------------------

    def adopt(self, leg: Leg) -> bool:
        """Make ``leg`` ours; ``False`` when this call is over or being interrupted, and the leg stays where it is."""
        if self._over or self._body.why is not None or leg.over:
            return False
        if leg.owner is not self:
            if leg.owner is not None:
                leg.owner.let_go(leg)
            leg.owner = self
        self.legs[leg] = None
        return True

    def let_go(self, leg: Leg) -> None:
        """The leg is over or belongs to somebody else from here on."""
        self.legs.pop(leg, None)

    def reported(self, report: LegReport) -> None:
        """Something happened on a leg of ours. The subject's leaving ends everything at once."""
        if report.leg is self.subject and isinstance(report, Gone | Failed):
            self.interrupt(SubjectGone(status=report.status, reason=report.reason))
        else:
            self.inbox.put(report)

    def wake(self) -> None:
        """Have whoever reads the inbox look at what is not in it."""
        self.inbox.put(None)

    def crashed(self, error: BaseException) -> None:
        """A bug in this call: it is logged, and the call ends."""
        self.ended(result="crashed", status=500, reason="internal error")
        self._crashed(self.id, error)
        self._body.interrupt(Shutdown(reason="internal error"))

    def next_leg(self) -> str:
        """The id of the next leg."""
        self._serial += 1
        return f"{self.id}.{self._serial}"

    def release(self) -> None:
        """Hang up exactly what the call still owns, and say that it is over. Never waits, never fails half-way."""
        if self._over:
            return
        ended = self._ended
        why = Reason(protocol="SIP", cause=ended.status, text=ended.reason) if ended.status != 200 else None
        for leg in list(self.legs):
            try:
                if leg is self.subject and not leg.answered and ended.status >= 300:
                    leg.reject(ended.status, ended.reason)
                else:
                    leg.hangup(why)
            except Exception as error:  # one leg's bug must not keep the others up
                self._crashed(self.id, error)
        self._over = True
        now = self.kernel.now
        self.kernel.bus.emit(
            CallEnded(
                at=self.kernel.wall,
                call=self.id,
                result=ended.result,
                status=ended.status,
                reason=ended.reason,
                seconds=now - self.started,
                talk_seconds=now - self.talking_since if self.talking_since is not None else 0.0,
            )
        )


class CallResult:
    """How a call ended."""

    __slots__ = ("reason", "result", "status")

    def __init__(self, *, result: str, status: int, reason: str) -> None:
        self.result = result
        self.status = status
        self.reason = reason
