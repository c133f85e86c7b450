"""Where a call goes that is being transferred, back, or into another's place. All else is the router's.

A transfer is routed as a call of the one who transfers: he answers for it, so what he may dial is where it may go.
What its callee sees is who comes to him.
"""

from __future__ import annotations

from dataclasses import replace

from pbxd.dialplan.camping import camped_on
from pbxd.dialplan.presentation import inside
from pbxd.dialplan.router import Decision, decide
from pbxd.dialplan.situation import Facts, FromDevice, Situation, Source, Turn
from pbxd.dialplan.treatment import (
    Completed,
    DeviceTarget,
    Feature,
    NoAnswer,
    Outcome,
    Park,
    Presentation,
    Recall,
    Reject,
    Ring,
    TakeOver,
    Transferred,
    Unreachable,
    Visit,
)
from pbxd.org.levels import PARK_RECALL_AFTER, RING_SECONDS, TRANSFER_RING_SECONDS

NOBODY_LEFT = Reject(status=480, reason="Temporarily Unavailable", result="no-answer")
NOT_ANSWERED = Reject(status=480, reason="No answer", result="no-answer")
NOT_RETRIEVED = Reject(status=480, reason="Not retrieved", result="no-answer")
NO_PLACE = Reject(status=404, reason="Not Found", result="rejected")


def next_decision(situation: Situation, facts: Facts, now: float) -> Decision:
    """The next treatment of a call, whatever has happened in it; see :func:`pbxd.dialplan.router.decide`."""
    last_turn = situation.turns[-1] if situation.turns else None
    if last_turn is not None and isinstance(last_turn.treatment, TakeOver | Visit):
        return _took_over(last_turn.treatment, last_turn.outcome)
    if situation.replaces is not None and last_turn is None:
        return Decision(
            treatment=TakeOver(dialog=situation.replaces),
            called="",
            trail=(f"replaces: takes over the dialog {situation.replaces.call_id}",),
        )
    at = _last_transfer(situation)
    if at is None:
        return decide(situation, facts, now)
    last, turns = situation.turns[at].outcome, situation.turns[at + 1 :]
    assert isinstance(last, Transferred)  # it was looked for
    if turns and isinstance(turns[-1].treatment, Recall) and not isinstance(turns[-1].outcome, Completed):
        return Decision(treatment=NOBODY_LEFT, called="", trail=("transfer: whoever asked for it can't be reached",))
    story = Situation(source=last.by, dialled=last.to, turns=turns)
    if turns and isinstance(turns[-1].treatment, Park) and isinstance(turns[-1].outcome, NoAnswer):
        return _recalled(story, last, facts, NOT_RETRIEVED, last.to, ["park: nobody has retrieved the call"])
    left = _seconds_left(last.by, turns, facts)
    if left <= 0 and isinstance(turns[-1].outcome, NoAnswer):
        return _recalled(story, last, facts, NOT_ANSWERED, last.to, ["transfer: nobody answered in time"])
    decision = decide(story, facts, now)
    if not turns:
        decision = camped_on(last.by, decision, facts)
    trail = [f"transfer: {_name(last.by)} transfers {_name(last.moved)} to {last.to}", *decision.trail]
    if isinstance(decision.treatment, Ring):
        ring = replace(decision.treatment, seconds=min(decision.treatment.seconds, left))
        decision = replace(decision, treatment=_shown(ring, story, last, facts, trail))
    if isinstance(decision.treatment, Feature) and decision.treatment.name == "park":
        park = _park(decision.treatment, facts)
        return replace(decision, treatment=park, trail=(*trail, f"transfer: {park}"))
    if isinstance(
        decision.treatment, Feature | TakeOver | Visit
    ):  # what a code does is done by whoever dials it himself
        return _recalled(story, last, facts, NO_PLACE, decision.called, trail)
    if isinstance(decision.treatment, Reject):
        return _recalled(story, last, facts, decision.treatment, decision.called, trail)
    return replace(decision, trail=tuple(trail))


def _last_transfer(situation: Situation) -> int | None:
    turns = enumerate(situation.turns)
    return max((at for at, turn in turns if isinstance(turn.outcome, Transferred)), default=None)


def _seconds_left(by: Source, turns: tuple[Turn, ...], facts: Facts) -> float:
    """For how long a transfer may still ring before it goes back (CALL-3): as the one who transfers has set."""
    organization = facts.organization(by.organization)
    user = organization.users.get(by.user) if isinstance(by, FromDevice) else None
    limit = organization.effective(TRANSFER_RING_SECONDS, user).value
    return limit - sum(turn.treatment.seconds for turn in turns if isinstance(turn.treatment, Ring))


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


def _park(dialled: Feature, facts: Facts) -> Park:
    seconds = facts.organization(dialled.organization).effective(PARK_RECALL_AFTER).value
    return Park(organization=dialled.organization, user=dialled.user, seconds=float(seconds))


def _took_over(treatment: TakeOver | Visit, outcome: Outcome) -> Decision:
    trail = (f"replaces: {treatment}, the dialog {treatment.dialog.call_id}",)
    if isinstance(outcome, Unreachable):
        reject = Reject(status=outcome.status, reason=outcome.reason, result="unreachable")
        return Decision(treatment=reject, called="", trail=(*trail, f"replaces: that failed: {outcome.reason}"))
    return Decision(treatment=None, called="", trail=(*trail, "replaces: that is done"))


def _presented(story: Situation, moved: Source, facts: Facts, trail: list[str]) -> Presentation:
    return inside(replace(story, source=moved), facts.organization(moved.organization), (), trail)


def _name(party: Source) -> str:
    """Somebody, in words."""
    return party.user if isinstance(party, FromDevice) else party.number or "an anonymous caller"
