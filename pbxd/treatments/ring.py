"""Ring several phones at once; the first answer wins, and the two parties talk."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pbxd.calls.formats import joined
from pbxd.calls.leg import Leg
from pbxd.calls.media_plan import for_callee, usable_codecs
from pbxd.calls.rendezvous import ELSEWHERE, Rendezvous
from pbxd.calls.reports import Failed, Gone, LegReport, Progressed
from pbxd.calls.stages import Left
from pbxd.dialplan.treatment import (
    Busy,
    Declined,
    NoAnswer,
    Outcome,
    Redirected,
    Ring,
    Target,
    TrunkTarget,
    Unreachable,
)
from pbxd.errors import MalformedMessage, Refused
from pbxd.media.sounds import Pause, Programme, Tone
from pbxd.sip.headers import Reason
from pbxd.sip.sdp import Codec
from pbxd.treatments.confirming import Asked, Confirming
from pbxd.treatments.converse import answer_for, converse

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.trunks import TrunkState

TIMED_OUT = Reason(protocol="SIP", cause=408, text="No answer")
DECLINED = Reason(protocol="SIP", cause=603, text="Declined elsewhere")
TRUNK_FAILURES = frozenset({408, 503})
"""What says that the trunk as a whole is of no use now: silence, or its own word. A 500 may be this call's only."""
RINGING = (Tone(frequencies=(425.0,), milliseconds=1000, level=-20.0), Pause(milliseconds=4000))
"""What people in Europe know as the sound of a phone that rings (ITU-T E.180)."""
PASSED_ON = frozenset({180, 183})
"""Provisional responses that the caller gets too; the others say nothing to a person."""


async def ring(call: Call, treatment: Ring) -> Outcome:
    """Dial every target, pass on what the caller should hear of it, and bridge the one who answers."""
    codecs = codecs_for(call)
    if not codecs:
        return Unreachable(status=488, reason="Not Acceptable Here")
    if not call.subject.answered:
        try:
            await call.subject.stream.open(call.subject.inbound_session.dialog.flow.remote)
        except Refused as refused:  # the media engine has no port left
            return Unreachable(status=refused.status, reason=refused.reason)
    with call.meet() as meeting:
        outcome = await _first_answer(call, treatment, meeting, codecs)
        peer = meeting.take()
    return outcome if peer is None else await converse(call, peer)


async def _first_answer(call: Call, treatment: Ring, meeting: Rendezvous, codecs: tuple[Codec, ...]) -> Outcome:
    asked = next((one for one in treatment.targets if isinstance(one, TrunkTarget) and one.confirms), None)
    if asked is None:
        return await Attempts(call, treatment, meeting).first_answer(codecs)
    async with asyncio.TaskGroup() as group:
        confirming = Confirming(call, call.facts.organization(asked.organization), group)
        try:
            return await Attempts(call, treatment, meeting, confirming).first_answer(codecs)
        finally:
            confirming.stop()


def codecs_for(call: Call) -> tuple[Codec, ...]:
    """What the callee may be offered: what the caller has and we allow, or all that we allow.

    What can be translated for the caller comes after that, so that it is taken only by who has nothing else. To whom a
    transferred party is to talk, its own formats come first, too.
    """
    stream, allowed = call.subject.stream, call.kernel.codecs
    if call.subject.answered:
        heard = stream.heard()
        if heard and call.kernel.translates:
            return for_callee(heard, allowed)
        return joined(heard, stream.wishes.told(allowed))
    offer = call.subject.inbound_session.offer_body
    if not offer:
        return stream.wishes.told(allowed)
    try:
        has = stream.wishes.told(usable_codecs(stream.read(offer), allowed, stream.security))
    except MalformedMessage:
        return ()
    return for_callee(has, allowed) if call.kernel.translates else has


class Attempts:
    """The legs that ring, and what came of those that no longer do."""

    def __init__(self, call: Call, treatment: Ring, meeting: Rendezvous, confirming: Confirming | None = None) -> None:
        self._call = call
        self._treatment = treatment
        self._meeting = meeting
        self._confirming = confirming
        """Asks those whom targets want to be asked."""
        self._waiting = deque(sorted(treatment.targets, key=lambda target: target.after))
        """Whose time has not come."""
        self._ringing: dict[Leg, None] = {}
        self._stops: dict[Leg, float] = {}
        """When legs stop that ring for a shorter time than the others."""
        self._behind: dict[Leg, TrunkTarget] = {}
        """What the legs by trunks are for, with the trunks that may come after."""
        self._failures: list[Outcome] = []
        self._toned = False
        """Whether the caller hears our ringing tone."""
        self._told: int | None = None
        """The last provisional status that the caller got."""

    async def first_answer(self, codecs: tuple[Codec, ...]) -> Outcome:
        """Return when somebody has arrived at the meeting, and otherwise with why nobody did."""
        call, treatment = self._call, self._treatment
        began = call.kernel.now
        until = began + treatment.seconds
        try:
            while self._meeting.winner is None:
                await self._dial_due(began, codecs)
                if not self._ringing:
                    break
                due = began + self._waiting[0].after if self._waiting else until
                report = await call.inbox.next(until=min(until, due, *self._stops.values()))
                if report is not None:
                    self._take(report)
                elif self._stopped():
                    self._failures.append(NoAnswer())
                elif call.kernel.now >= until:
                    self._failures.append(NoAnswer())
                    break
            return best_of(self._failures)
        finally:
            self._silence()
            self._stop(ELSEWHERE if self._meeting.winner is not None else TIMED_OUT)

    async def _dial_due(self, began: float, codecs: tuple[Codec, ...]) -> None:
        """Ring whose time has come. Nobody waits for his time while nobody else rings."""
        while self._waiting and self._meeting.winner is None:
            if self._ringing and began + self._waiting[0].after > self._call.kernel.now:
                return
            target = self._waiting.popleft()
            before = len(self._ringing)
            await self._dial(target, codecs)
            if target.until is not None:
                self._stops |= dict.fromkeys(list(self._ringing)[before:], began + target.until)

    def _stopped(self) -> bool:
        """Hang up on those whose time is over; whether there are any."""
        over = [leg for leg, until in self._stops.items() if until <= self._call.kernel.now]
        for leg in over:
            self._left(leg)
            leg.hangup(TIMED_OUT)
        return bool(over)

    def _left(self, leg: Leg) -> None:
        if self._confirming is not None:
            self._confirming.over(leg)
        del self._ringing[leg]
        self._stops.pop(leg, None)

    async def _dial(self, target: Target, codecs: tuple[Codec, ...]) -> None:
        """Ring one target. What can't be rung is a failure like any other, and the others ring on."""
        call, before = self._call, len(self._ringing)
        presents = self._treatment.presents
        if isinstance(target, TrunkTarget) and target.presents is not None:
            presents = target.presents
        try:
            into, meets = self._ringing, self._meets(target)
            await call.equipment.dialer.dial(call, target, presents, codecs, meets=meets, into=into)
        except Refused as refused:  # no port left; the leg that wanted it was dialled by nobody
            self._failures.append(Unreachable(status=refused.status, reason=refused.reason))
            for leg in [leg for leg in self._ringing if leg.line is None]:
                self._left(leg)
                leg.hangup()
            return
        if not isinstance(target, TrunkTarget):
            return
        begun = list(self._ringing)[before:]
        self._behind |= dict.fromkeys(begun, target)
        if not begun:
            self._trunk_failed(target, Unreachable(status=503, reason="No way to the trunk"))

    def _meets(self, target: Target) -> Rendezvous:
        """Where who answers arrives: at the meeting itself, or where he is asked first (HUNT-1)."""
        if not isinstance(target, TrunkTarget) or not target.confirms or self._confirming is None:
            return self._meeting
        owner = self._call.facts.organization(target.organization).owner(target.device)
        return Asked(self._call, partial(self._ask, target.confirms, owner.username)) if owner else self._meeting

    def _ask(self, name: str, user: str, leg: Leg) -> None:
        assert self._confirming is not None
        self._confirming.ask(leg, user, name, partial(self._confirmed, leg))

    def _confirmed(self, leg: Leg, taken: bool) -> None:
        if taken:
            self._meeting.arrive(leg)
        elif leg in self._ringing:
            self._left(leg)
            self._failures.append(NoAnswer())
            leg.hangup()
            self._call.wake()

    def _trunk_failed(self, target: TrunkTarget, outcome: Outcome) -> None:
        """A trunk's own failure is worth the next one; what the far end said is not (TRK-1)."""
        if target.otherwise and another_trunk_may_do(outcome):
            first, *rest = target.otherwise
            self._waiting.appendleft(replace(first, otherwise=tuple(rest)))
        else:
            self._failures.append(outcome)

    def _stop(self, reason: Reason) -> None:
        for leg in self._ringing:
            if leg is not self._meeting.winner:
                leg.hangup(reason)
        self._ringing.clear()
        self._stops.clear()

    def _take(self, report: LegReport | Left) -> None:
        if isinstance(report, Left) or report.leg not in self._ringing:
            return
        leg = report.leg
        match report:
            case Progressed(status=status, sound=sound):
                self._progress(leg, status, sound=sound)
            case Failed():
                self._left(leg)
                outcome = outcome_of(report, by_trunk=leg.trunk is not None)
                if leg.trunk is not None:
                    tell_trunk(leg.trunk, report)
                    self._trunk_failed(self._behind[leg], outcome)
                else:
                    self._failures.append(outcome)
                if report.status >= 600:  # a global failure speaks for all (RFC 3261 16.7, step 5)
                    self._stop(DECLINED)
                    self._waiting.clear()
            case Gone(status=status, reason=reason):
                self._left(leg)
                self._failures.append(Unreachable(status=status or 480, reason=reason or "Temporarily Unavailable"))

    def _progress(self, leg: Leg, status: int, *, sound: bool) -> None:
        """Tell the caller that it rings, or let him hear the early media of the only party that is tried."""
        call = self._call
        if call.transfer is not None and status in PASSED_ON:
            call.transfer.progressed(status)
        if call.subject.answered:
            if sound and len(self._ringing) == 1:
                call.bridge.pair(call.subject, leg)
            elif status in PASSED_ON:
                self._ringing_tone()
        elif sound and len(self._ringing) == 1 and call.subject.inbound_session.offer_body:
            call.bridge.pair(call.subject, leg)
            with suppress(Refused):  # the caller can't be given these formats early; the answer will tell
                call.subject.ring(status=status, body=answer_for(call, leg))
                self._told = status
        elif status in PASSED_ON and self._told != status:
            self._told = status
            call.subject.ring(status=status)
            self._ringing_tone()

    def _ringing_tone(self) -> None:
        """Have a caller hear that it rings whose phone makes no tone itself, because it hears us already."""
        call = self._call
        end = call.subject.stream.end
        if end is None or call.subject.stream.agreed is None or call.bridge.peer_of(call.subject) is not None:
            return
        if not self._toned:
            self._toned = True
            call.kernel.engine.play(end.port, Programme(ticket=next(call.kernel.tickets), sounds=RINGING, repeat=True))

    def _silence(self) -> None:
        end = self._call.subject.stream.end
        if self._toned and end is not None:
            self._call.kernel.engine.hear(end.port, None)


def tell_trunk(trunk: TrunkState, failed: Failed) -> None:
    """A trunk that can't be reached or serves nobody gets a pause (TRK-1); anything else proves that it is there."""
    if failed.status in TRUNK_FAILURES:
        trunk.failed(failed.status, failed.reason, failed.retry_after)
    else:
        trunk.answered()


def outcome_of(failed: Failed, *, by_trunk: bool) -> Outcome:
    """What a final failure response means for the call."""
    status = failed.status
    match status:
        case 486 | 600:
            return Busy()
        case 603 | 607 | 608:
            return Declined()
        case 408 | 480 | 487 if failed.leg.ringing:
            return NoAnswer()
    if status // 100 == 3 and not by_trunk and failed.contacts:
        return Redirected(by=failed.leg.party, to=failed.contacts, rang=failed.leg.ringing)
    if status // 100 == 3:
        return Unreachable(status=502, reason="Redirection refused")
    return Unreachable(status=status, reason=failed.reason)


def another_trunk_may_do(outcome: Outcome) -> bool:
    """Whether it is the trunk that failed."""
    return isinstance(outcome, Unreachable) and (outcome.status == 408 or outcome.status // 100 == 5)


def best_of(outcomes: Sequence[Outcome]) -> Outcome:
    """What several devices together say: declined, redirected, busy, no answer, unreachable, in this order."""
    for kind in (Declined, Redirected, Busy, NoAnswer):
        for outcome in outcomes:
            if isinstance(outcome, kind):
                return outcome
    unreachable = (outcome for outcome in outcomes if isinstance(outcome, Unreachable))
    return next(unreachable, Unreachable())
