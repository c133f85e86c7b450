"""Where a transferred call goes, and where it goes when that comes to nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbxd.dialplan.router import Decision
from pbxd.dialplan.situation import FromDevice, FromTrunk, Situation, Source
from pbxd.dialplan.supposed import Supposed
from pbxd.dialplan.transfers import next_decision
from pbxd.dialplan.treatment import (
    Busy,
    Completed,
    DeviceTarget,
    NoAnswer,
    Outcome,
    Presentation,
    Recall,
    Redirected,
    Reject,
    Ring,
    TakeOver,
    Transferred,
    Treatment,
    TrunkTarget,
    Unreachable,
)
from pbxd.sip.replaces import Meant
from tests.properties.test_decide import NOW, dialled, outcomes, sources, world, worlds

ANNA = FromDevice(organization="house", user="anna", device="anna-desk")
BO = FromDevice(organization="house", user="bo", device="bo-desk")
OUTSIDER = FromTrunk(
    organization="house", trunk="plus_e164", number="+4512345678", number_format="plus_e164", name="Outsider"
)
WORLD = world(frozenset({"anna-desk", "anna-soft", "bo-desk"}), {"plus_e164": ""})
TALKED = Ring(targets=(), seconds=30.0, presents=Presentation(number="201"))


def talked(treatment: Treatment) -> Decision:
    """What brought the parties together."""
    return Decision(treatment=treatment, called="202", trail=("so it was",))


def decided(situation: Situation, facts: Supposed = WORLD) -> Decision:
    return next_decision(situation, facts, NOW)


def transferred(to: str, *, by: Source = BO, moved: Source = ANNA) -> Situation:
    """A call in which ``by`` has just asked for a transfer."""
    return Situation(source=ANNA, dialled="202").after(talked(TALKED), Transferred(by=by, to=to, moved=moved))


def goes_on(situation: Situation, outcome: Outcome) -> tuple[Decision, Situation]:
    """The decision, and the situation once it came out as ``outcome``."""
    decision = decided(situation)
    return decision, situation.after(decision, outcome)


def rung(decision: Decision) -> list[str]:
    assert isinstance(decision.treatment, Ring)
    return [
        target.device if isinstance(target, DeviceTarget) else target.number for target in decision.treatment.targets
    ]


def test_it_is_a_call_of_the_one_who_transfers_that_shows_who_comes() -> None:
    outside = decided(transferred("+4533123456"))
    assert rung(outside) == ["+4533123456"]
    assert isinstance(outside.treatment, Ring)
    assert outside.treatment.presents.number == "+4588887702"  # the world sees Bo, who pays for it
    inside = decided(transferred("202", by=ANNA, moved=OUTSIDER))
    assert isinstance(inside.treatment, Ring)
    assert (inside.treatment.presents.number, inside.treatment.presents.name) == ("+4512345678", "Outsider")
    assert inside.trail[0] == "transfer: anna transfers +4512345678 to 202"


def test_the_moved_phone_does_not_ring_but_its_user_s_others_do() -> None:
    assert rung(decided(transferred("201"))) == ["anna-soft"]
    alone = world(frozenset({"anna-desk", "bo-desk"}), {})
    assert isinstance(decided(transferred("201"), alone).treatment, Recall)


def test_what_comes_from_outside_stays_inside() -> None:
    assert isinstance(decided(transferred("+4533123456", by=OUTSIDER, moved=BO)).treatment, Recall)


@pytest.mark.parametrize("outcome", [Busy(), NoAnswer(), Unreachable(status=404, reason="Not Found")])
def test_a_failure_goes_back_to_the_one_who_transferred(outcome: Outcome) -> None:
    _, situation = goes_on(transferred("201"), outcome)
    decision = decided(situation)
    recall = decision.treatment
    assert isinstance(recall, Recall)
    assert [getattr(target, "device", "") for target in recall.ring.targets] == ["bo-desk"]
    assert recall.ring.presents.name == "Anna"
    for after in (NoAnswer(), Redirected(by="bo-desk", to=("sip:201@house.example",)), Unreachable(status=503)):
        assert isinstance(decided(situation.after(decision, after)).treatment, Reject)
    assert decided(situation.after(decision, Completed(reason="bye"))).treatment is None


def test_a_trunk_that_was_used_before_the_transfer_may_be_used_again() -> None:
    before = Ring(
        targets=(TrunkTarget(trunk="plus_e164", number="+4533123456"),), seconds=1.0, presents=TALKED.presents
    )
    situation = Situation(source=ANNA, dialled="+4533123456").after(
        talked(before), Transferred(by=ANNA, to="+4533999999", moved=OUTSIDER)
    )
    assert rung(decided(situation)) == ["+4533999999"]


def test_taking_over() -> None:
    dialog = Meant("one@phone", "ours", "theirs")
    decision, done = goes_on(Situation(source=ANNA, dialled="201", replaces=dialog), Completed(reason=""))
    assert decision.treatment == TakeOver(dialog=dialog)
    assert decided(done).treatment is None
    _, failed = goes_on(Situation(source=ANNA, dialled="201", replaces=dialog), Unreachable(status=481, reason="Gone"))
    assert decided(failed).treatment == Reject(status=481, reason="Gone", result="unreachable")


@settings(deadline=None)
@given(sources, sources, dialled, worlds, st.data())
def test_every_transfer_is_decided_to_its_end(
    by: Source, moved: Source, to: str, facts: Supposed, data: st.DataObject
) -> None:
    """And nobody gets further by it than the one who transfers could call."""
    situation = transferred(to, by=by, moved=moved)
    for _ in range(100):
        decision = decided(situation, facts)
        assert all(decision.trail)
        if decision.treatment is None or isinstance(decision.treatment, Reject):
            return
        rung = decision.treatment.targets if isinstance(decision.treatment, Ring) else ()
        outside = [target for target in rung if isinstance(target, TrunkTarget)]
        if isinstance(by, FromTrunk) and isinstance(decision.treatment, Ring):
            assert not outside or decision.treatment.presents.diverted
        situation = situation.after(decision, data.draw(outcomes))
    raise AssertionError("it does not end")
