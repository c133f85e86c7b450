"""Where a call goes that is being transferred, back, or into another's place. All else is the router's.

A transfer is routed as a call of the one who transfers: he answers for it, so what he may dial is where it may go.
What its callee sees is who comes to him.
"""

from __future__ import annotations

from dataclasses import replace

from pbxd.dialplan.presentation import inside
from pbxd.dialplan.router import Decision, decide
from pbxd.dialplan.situation import Facts, FromDevice, Situation, Source
from pbxd.dialplan.treatment import (
    Completed,
    DeviceTarget,
    Feature,
    Outcome,
    Presentation,
    Recall,
    Reject,
    Ring,
    TakeOver,
    Transferred,
    Unreachable,
)
from pbxd.org.levels import RING_SECONDS
from pbxd.sip.replaces import Meant

NOBODY_LEFT = Reject(status=480, reason="Temporarily Unavailable", result="no-answer")
NO_PLACE = Reject(status=404, reason="Not Found", result="rejected")


def next_decision(situation: Situation, facts: Facts, now: float) -> Decision:
    """The next treatment of a call, whatever has happened in it; see :func:`pbxd.dialplan.router.decide`."""
    if situation.replaces is not None:
        return _taking_over(situation.replaces, situation.turns[-1].outcome if situation.turns else None)
    at = _last_transfer(situation)
    if at is None:
        return decide(situation, facts, now)
    last, turns = situation.turns[at].outcome, situation.turns[at + 1 :]
    assert isinstance(last, Transferred)  # it was looked for
    if turns and isinstance(turns[-1].treatment, Recall) and not isinstance(turns[-1].outcome, Completed):
        return Decision(treatment=NOBODY_LEFT, called="", trail=("transfer: whoever asked for it can't be reached",))
    story = Situation(source=last.by, dialled=last.to, turns=turns)
    decision = decide(story, facts, now)
    trail = [f"transfer: {_name(last.by)} transfers {_name(last.moved)} to {last.to}", *decision.trail]
    if isinstance(decision.treatment, Ring):
        decision = replace(decision, treatment=_shown(decision.treatment, story, last, facts, trail))
    if isinstance(decision.treatment, Feature):  # what a code does is done by whoever dials it himself
        return _recalled(story, last, facts, NO_PLACE, decision.called, trail)
    if isinstance(decision.treatment, Reject):
        return _recalled(story, last, facts, decision.treatment, decision.called, trail)
    return replace(decision, trail=tuple(trail))


def _last_transfer(situation: Situation) -> int | None:
    turns = enumerate(situation.turns)
    return max((at for at, turn in turns if isinstance(turn.outcome, Transferred)), default=None)


def _shown(ring: Ring, story: Situation, last: Transferred, facts: Facts, trail: list[str]) -> Ring | Reject:
    """The same, but colleagues see who comes to them, and his own phone does not ring."""
    if not all(isinstance(target, DeviceTarget) for target in ring.targets):
        return ring  # the world sees the one who transfers: carriers want a number that is ours
    own = last.moved.device if isinstance(last.moved, FromDevice) else ""
    targets = tuple(one for one in ring.targets if not isinstance(one, DeviceTarget) or one.device != own)
    if not targets:
        trail.append(f"transfer: {own} is the one that is transferred, so it does not ring")
        return Reject(status=480, reason="Temporarily Unavailable", result="unreachable")
    presents = _presented(story, last.moved, facts, trail)
    return replace(ring, targets=targets, presents=replace(presents, ringtone=ring.presents.ringtone))


def _recalled(
    story: Situation, last: Transferred, facts: Facts, failed: Reject, called: str, trail: list[str]
) -> Decision:
    """It came to nothing: who was to be moved goes back."""
    organization, by = facts.organization(last.by.organization), last.by
    user = organization.users.get(by.user) if isinstance(by, FromDevice) else None
    targets, seconds = tuple[DeviceTarget, ...](), 0.0
    trail.append(f"transfer: {failed.reason}, so the call goes back to {_name(by)}")
    if user is not None:
        names = (one.name for one in user.devices if one.registers and facts.registered(organization.name, one.name))
        targets = tuple(DeviceTarget(organization=organization.name, user=user.username, device=name) for name in names)
        seconds = float(organization.effective(RING_SECONDS, user).value)
    ring = Ring(targets=targets, seconds=seconds, presents=_presented(story, last.moved, facts, trail))
    recall = Recall(ring=ring, status=failed.status, reason=failed.reason)
    return Decision(treatment=recall, called=called, trail=tuple(trail))


def _taking_over(dialog: Meant, outcome: Outcome | None) -> Decision:
    trail = (f"replaces: takes over the dialog {dialog.call_id}",)
    match outcome:
        case None:
            return Decision(treatment=TakeOver(dialog=dialog), called="", trail=trail)
        case Unreachable(status=status, reason=reason):
            reject = Reject(status=status, reason=reason, result="unreachable")
            return Decision(treatment=reject, called="", trail=(*trail, f"replaces: that failed: {reason}"))
        case _:
            return Decision(treatment=None, called="", trail=(*trail, "replaces: and is in that call now"))


def _presented(story: Situation, moved: Source, facts: Facts, trail: list[str]) -> Presentation:
    return inside(replace(story, source=moved), facts.organization(moved.organization), (), trail)


def _name(party: Source) -> str:
    """Somebody, in words."""
    return party.user if isinstance(party, FromDevice) else party.number or "an anonymous caller"
