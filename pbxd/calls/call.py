"""A call: the story of one subject through treatments, and the owner of its legs.

A call is a task; what it owns is released by :meth:`Call.release`, which the exchange calls when the task is done,
however it was done. A ``finally`` in here would not do: a task that is cancelled before its first step never enters
its body.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pbxd.calls.alarm import called_for_help
from pbxd.calls.bridge import Bridge
from pbxd.calls.inbox import Inbox
from pbxd.calls.interrupt import Interrupted, Interruptible, Shutdown, SubjectGone, Why
from pbxd.calls.leg import Leg
from pbxd.calls.recorder import Reel
from pbxd.calls.rendezvous import Rendezvous
from pbxd.calls.reports import Failed, Gone, LegReport
from pbxd.calls.result import CallResult
from pbxd.calls.stages import Conversation, Left, Parked
from pbxd.calls.talking import dialogue
from pbxd.calls.transfer import Transfer, move, refer
from pbxd.dialplan.basis import Basis, Recorded
from pbxd.dialplan.situation import NOWHERE, Shown, Situation
from pbxd.dialplan.transfers import next_decision
from pbxd.dialplan.treatment import Completed, Feature, Outcome, Reject, Ring
from pbxd.events import CallId, RouteDecided
from pbxd.sip.headers import Reason

if TYPE_CHECKING:
    from pbxd.calls.dialogue import LegDialogue
    from pbxd.calls.equipment import Equipment
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.tape import Tape
    from pbxd.calls.usage import Held
    from pbxd.calls.world import World
    from pbxd.config.snapshot import Configuration
    from pbxd.dialplan.router import Decision
    from pbxd.sip.session import Referred


Begin = Callable[["Call"], Coroutine[Any, Any, bool]]
"""Dials the subject of a call of our own; ``False`` when there is nothing to be done for it."""


class Call:
    """One call, from its arrival to its end."""

    def __init__(
        self,
        *,
        id: CallId,
        kernel: Kernel,
        equipment: Equipment,
        facts: World,
        situation: Situation,
        withheld: str,
        crashed: Callable[[CallId, BaseException], None],
    ) -> None:
        self.id = id
        self.kernel = kernel
        self.equipment = equipment
        self.facts = facts
        """What decisions of this call look at."""
        self.withheld = withheld
        """Digits that the situation does not hold, because it is written down: a PIN."""
        self.situation = situation
        self.counted: Held | None = None
        """What the treatment that is carried out counts for, for its legs to hold (NUM-6)."""
        self.bridge = Bridge(kernel)
        self.tape: Tape | None = None
        """Records the conversation, while there is one."""
        self.reel = Reel()
        self.inbox: Inbox[LegReport | Left | None] = Inbox()
        """What the legs report; ``None`` only says to look again at a rendezvous."""
        self.legs: dict[Leg, None] = {}
        """What the call owns, in order of coming."""
        self.conversation: Conversation | None = None
        """While two parties talk: only then may they be swapped, and ask for a transfer."""
        self.parked: Parked | None = None
        """While the subject is."""
        self.transfer: Transfer | None = None
        """The one that is under way."""
        self.place = NOWHERE
        """Where in the rules the treatment stands that is carried out."""
        self.waited = 0.0
        """Seconds that the call has waited in queues so far."""
        self.language = ""
        """What the caller chose to be spoken to in; empty: nothing."""
        self.result = CallResult(kernel.now)
        """What the record will say of how it ended."""
        self._subject: Leg | None = None
        self._crashed = crashed
        self._body = Interruptible(partial(_ignored, crashed, id))
        self._serial = 0
        self._over = False

    # The story -----------------------------------------------------------------------------------------------------

    async def run(self, begin: Begin | None = None) -> None:
        """Decide and perform, turn by turn, until nothing is left to do or the subject has gone.

        ``begin`` is how a call begins that nobody has made: it finds its subject.
        """
        turn = 0
        if begin is not None:
            begun = await self._body.run(begin(self))
            if isinstance(begun, Interrupted) or not begun.value:
                return
        while self._body.why is None:
            decision = self._decide(turn)
            treatment = decision.treatment
            if treatment is None:
                return
            self.place = decision.place
            if isinstance(treatment, Reject):
                self.result.refused(treatment, decision)
            if isinstance(treatment, Ring) and treatment.emergency:
                self.kernel.bus.emit(called_for_help(self.id, self.kernel.wall, self.situation, self.facts, decision))
            with self.equipment.usages.held(treatment, decision.place.hops, self.kernel.wall) as self.counted:
                for event in self.counted.began(self.id, self.kernel.wall):
                    self.kernel.bus.emit(event)
                done = await self._body.run(self.equipment.perform(self, treatment))
            if isinstance(done, Interrupted):
                return
            if isinstance(treatment, Reject | Feature):
                return
            self.situation = self.situation.after(decision, done.value)
            if isinstance(done.value, Completed):
                self.result.completed(done.value.reason, moved=self.subject.owner is not self)
            turn += 1

    def _decide(self, turn: int) -> Decision:
        """The next decision, told to whoever listens with all that it was made from."""
        now, situation, facts = self.kernel.wall, self.situation, Recorded(self.facts)
        decision = next_decision(situation, facts, now)
        if decision.treatment is not None:
            basis = Basis(
                now=now,
                configuration=self.facts.configuration.content_hash,
                situation=situation if turn == 0 else None,
                outcome=situation.turns[-1].outcome if situation.turns else None,
                reads=facts.reads,
            )
            self.kernel.bus.emit(
                RouteDecided(
                    at=now,
                    call=self.id,
                    turn=turn,
                    called=decision.called,
                    treatment=str(decision.treatment),
                    trail=decision.trail,
                    billing_ids=decision.billing_ids,
                    basis=basis.to_json(),
                )
            )
        return decision

    def interrupt(self, why: Why) -> None:
        """End the call from outside."""
        if self._body.why is None:
            self.result.interrupted(why)
        self._body.interrupt(why)

    def answered(self) -> None:
        """The subject and a peer talk from here on."""
        self.result.answered(self.kernel.now)

    def reloaded(self, newest: Configuration) -> None:
        """A call that talks has no decision under way: the next one goes by the newest configuration, so that the one
        which the call came with can go. It is kept where its organization is gone.
        """
        if self.conversation is not None and self.situation.source.organization in newest.organizations:
            self.facts = replace(self.facts, configuration=newest)

    @property
    def shown(self) -> Shown:
        """What rules have set for the treatment that is carried out."""
        return self.place.shown

    @property
    def seconds(self) -> float:
        """How long the call has lasted so far."""
        return self.kernel.now - self.result.started

    def meet(self) -> Rendezvous:
        """A place where others can meet this call; use it as a block."""
        return Rendezvous(self)

    @property
    def subject(self) -> Leg:
        """The party whose story this is; of a call of our own, once it has been found."""
        assert self._subject is not None
        return self._subject

    @subject.setter
    def subject(self, leg: Leg) -> None:
        self._subject = leg

    @property
    def waits(self) -> Leg | None:
        """The subject; ``None`` where that is still to be found."""
        return self._subject

    @property
    def caller(self) -> Leg | None:
        """The subject, where it called us."""
        return self._subject if self._subject is not None and self._subject.inbound else None

    # Owner of legs -------------------------------------------------------------------------------------------------

    def adopt(self, leg: Leg) -> bool:
        """Make ``leg`` ours; ``False`` when this call is over or being interrupted, and the leg stays where it is."""
        if self._over or self._body.why is not None or leg.over:
            return False
        if leg.owner is not self:
            if leg.owner is not None:
                leg.owner.let_go(leg)
            leg.moved(self)
        self.legs[leg] = None
        return True

    def swap(self, old: Leg, new: Leg) -> bool:
        """Put ``new``, whoever's it is, in the place of ``old`` in the conversation; ``False`` where that is over."""
        conversation = self.conversation
        if conversation is None or old.bridge is not self.bridge or not self.adopt(new):
            return False
        if new.bridge is not None:
            new.bridge.leave(new)
        self._replace(conversation, old, new)
        self.bridge.swap(old, new)
        return True

    def succeed(self, old: Leg, new: Leg) -> bool:
        """Go on with ``new`` in the place of ``old``, who has just left; ``False`` where the conversation is over."""
        conversation = self.conversation
        if conversation is None or not self.adopt(new):
            return False
        self._replace(conversation, old, new)
        self.bridge.join(new)
        return True

    def _replace(self, conversation: Conversation, old: Leg, new: Leg) -> None:
        if old is self.subject:
            self.subject = new
        else:
            conversation.peer = new
        if self.tape is not None:
            self.tape.begin()

    def referred(self, leg: Leg, asked: Referred) -> None:
        """The party of ``leg`` wants to transfer whom it talks to."""
        refer(self, leg, asked)

    def dialogue(self, organization: str, *, early: bool = False) -> AbstractAsyncContextManager[LegDialogue]:
        """Talk to the subject ourselves for as long as the block lasts, with the prompts of an organization.

        It is answered, or with ``early`` hears us before an answer where it can. The end of the block does not await.
        Raises :class:`pbxd.errors.Refused` (488 where it has no format of ours, 503 without a port) and
        :class:`pbxd.errors.MalformedMessage`.
        """
        return dialogue(self, self.facts.organization(organization), early=early)

    def through(self) -> None:
        """Whoever is being transferred has somebody to talk to, be it us: who asked for that is told so, and is out."""
        transfer, self.transfer = self.transfer, None
        if transfer is not None:
            transfer.succeeded()

    def hand_on(self, referrer: Leg, to: str) -> bool:
        """Have whom ``referrer`` talks to reach ``to`` instead; ``False`` where their conversation is over."""
        survivor = self.bridge.peer_of(referrer)
        if self.conversation is None or survivor is None:
            return False
        move(self, referrer, survivor, Transfer(self.kernel, referrer, None, to), to)
        return True

    @contextmanager
    def conversing(self, peer: Leg) -> Iterator[Conversation]:
        """The subject and ``peer`` talk for as long as the block lasts."""
        self.conversation = conversation = Conversation(peer)
        try:
            yield conversation
        finally:
            self.conversation = None

    @contextmanager
    def parking(self, whose: tuple[str, str]) -> Iterator[Rendezvous]:
        """The subject can be retrieved for as long as the block lasts."""
        with self.meet() as meeting:
            self.parked = Parked(whose=whose, meeting=meeting, since=self.kernel.wall)
            try:
                yield meeting
            finally:
                self.parked = None

    def leave_conversation(self, outcome: Outcome) -> None:
        """Have whoever conducts the conversation leave it with ``outcome``; from here on it is over."""
        self.conversation = None
        self.inbox.put(Left(outcome))

    def let_go(self, leg: Leg) -> None:
        """The leg is over or belongs to somebody else from here on."""
        self.legs.pop(leg, None)

    def reported(self, report: LegReport) -> None:
        """Something happened on a leg of ours. The subject's leaving ends everything at once."""
        if report.leg is self._subject and isinstance(report, Gone | Failed):
            self.interrupt(SubjectGone(status=report.status, reason=report.reason))
        else:
            self.inbox.put(report)

    def wake(self) -> None:
        """Have whoever reads the inbox look at what is not in it."""
        self.inbox.put(None)

    def crashed(self, error: BaseException) -> None:
        """A bug in this call: it is logged, and the call ends."""
        self.result.is_now(result="crashed", status=500, reason="internal error")
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
        ended = self.result
        try:
            if self.transfer is not None:
                self.transfer.failed(487, "Request Terminated")
        except Exception as error:  # the legs must be hung up all the same
            self._crashed(self.id, error)
        why = Reason(protocol="SIP", cause=ended.status, text=ended.reason) if ended.status != 200 else None
        for leg in list(self.legs):
            try:
                if leg is self.caller and not leg.answered and ended.status >= 300:
                    leg.reject(ended.status, ended.reason)
                else:
                    leg.hangup(why)
            except Exception as error:  # one leg's bug must not keep the others up
                self._crashed(self.id, error)
        self._over = True
        self.kernel.bus.emit(ended.event(self.id, at=self.kernel.wall, now=self.kernel.now))


def _ignored(crashed: Callable[[CallId, BaseException], None], call: CallId, what: str) -> None:
    """A treatment is not interrupted. Does not refer to the call: what refers to itself stays until the garbage
    collector comes by.
    """
    crashed(call, RuntimeError(f"{what} ignored its cancellation"))
