"""Any organization that is accepted routes any call, at any time, to its end; and nothing captures a call for help."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbxd.dialplan.basis import Basis, Recorded, Remembered
from pbxd.dialplan.router import MAX_TURNS, Decision, decide
from pbxd.dialplan.situation import FromDevice, FromTrunk, Situation, Source
from pbxd.dialplan.treatment import (
    Busy,
    Chosen,
    Completed,
    Declined,
    NoAnswer,
    Outcome,
    Redirected,
    Reject,
    Ring,
    Skipped,
    Transferred,
    TrunkTarget,
    Unreachable,
)
from pbxd.org import rules as r
from pbxd.org.state import Absence, ActivitySet, Diversion, ProfileSet, UserState
from tests.support.town import TUESDAY, Town, town

NUMBERS = ["201", "202", "203", "204", "+4588887791", "298", "1500", "1510", "1700", "+4577777701", "0035353535", "112"]
CONDITIONS = [
    "the caller is internal",
    "the caller is not VIP",
    "the user is in a call",
    "no phone is registered",
    "the activity is lunch",
    "the role is private",
    "the profile is away",
    "the user is available",
    "night mode is on",
    "a diversion is set",
    "the day is Saturday or Sunday",
    "the time is between 22:00 and 06:00",
    "the mobile line is called",
    "an earlier attempt was busy",
    "an earlier attempt went unanswered",
    "an earlier attempt was declined",
    "an earlier attempt was unreachable",
]
TARGETS = [
    "ring all devices",
    "ring desk phone for 5 seconds",
    "ring mobile",
    "user bo",
    "user cora",
    "group office",
    "number 202",
    "number 298",
    "number +4577777701",
    "number 0035353535",
    "number 112",
    "switchboard",
    "queue help",
    "hunt group team",
    "personal queue",
    "voicemail",
    "play announcement closed",
    "busy tone",
    "reject as declined",
    'show text "Sales"',
    "continue with the next rule",
]
AHEAD = st.sampled_from(["", " after 5 seconds"])
conditions = st.lists(st.sampled_from(CONDITIONS), max_size=2, unique=True).map(" and ".join)
steps = st.lists(st.tuples(st.sampled_from(TARGETS), AHEAD), min_size=1, max_size=3).map(
    lambda found: ", then ".join(target + (ahead if at else "") for at, (target, ahead) in enumerate(found))
)
rules = st.builds(lambda when, do: f"'when {when}, {do}'" if when else f"'{do}'", conditions, steps)
several = st.lists(rules, max_size=3).map(lambda found: f"[{', '.join(found)}]")
some = several.filter(lambda said: said != "[]")
places = st.sampled_from(["'202'", "'298'", "'1510'", "'1700'", "'+4577777701'", "voicemail", "switchboard", "busy"])


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """A town with rules on every level, service numbers that lead to each other, and people who set anything."""
    sections = {
        "rules": f"{{incoming: {{required: {draw(several)}, overridable: {draw(several)}}},"
        f" outgoing: {{required: {draw(several)}}}, fallback: {draw(several)}}}",
        "switchboard": draw(st.sampled_from(["'+4588887700'", "'+4588887702'", "null"])),
        "unassigned_numbers": f"{{to: {draw(places)}}}",
        "working_hours": "{mon-fri: ['08:00-16:00']}",
        "profiles": f"[{{name: away, code: '1', landline_calls: {{to: {draw(places)}}},"
        f" on_busy: {{to: {draw(places)}}}}}]",
        "settings": f"{{declined: {{to: {draw(places)}}}, on_busy: {{to: {draw(places)}}},"
        f" call_waiting: {draw(st.sampled_from(['true', 'false']))},"
        " call_handling: {landline: {activity: message-then-voicemail, busy: switchboard,"
        f" no_answer: {{to: {draw(places)}, after: 20s}}, outside_hours: {{to: {draw(places)}}}}}}}}}",
        "queues": "[{name: help, number: '1500', numbers: ['+4588887700'], groups: {agents: [office]}, schedule:"
        f" [{{name: Open, repeat: daily, from: '08:00', to: '12:00', action: open}},"
        f" {{name: default, action: {{to: {draw(places)}}}}}]}}]",
        "hunt_groups": f"[{{name: team, number: '1510', groups: [office], order: "
        f"{draw(st.sampled_from(['sequential', 'parallel']))}, fallback: {draw(places)}}}]",
        "rule_based_numbers": f"[{{name: lines, number: '1700', rules: {draw(some)}}}]",
    }
    people = {name: f"rules: {draw(several)}" for name in ("anna", "bo")}
    found = town(sections, groups={"floor": f"rules: {{incoming: {{overridable: {draw(several)}}}}}"}, people=people)
    states = {("town", name): draw(user_states) for name in ("anna", "bo", "cora")}
    absent = draw(st.frozensets(st.sampled_from([("town", "bo-desk"), ("town", "anna-desk"), ("town", "cora-desk")])))
    talking = draw(st.frozensets(st.sampled_from([("town", "bo"), ("town", "cora")])))
    return found.when(states=states, absent=absent, talking=talking)


dialled = st.sampled_from(NUMBERS)
moments = st.floats(TUESDAY - 1_000_000, TUESDAY + 1_000_000)
diversions = st.lists(
    st.builds(Diversion, kind=st.sampled_from(["always", "busy", "no-answer", "unreachable"]), to=dialled),
    max_size=4,
    unique_by=lambda one: one.kind,
).map(tuple)
user_states = st.builds(
    UserState,
    activity=st.none()
    | st.builds(ActivitySet, activity=st.just("lunch"), since=moments, divert_to=st.none() | dialled),
    role=st.none() | st.just("private"),
    profile=st.none() | st.builds(ProfileSet, profile=st.just("away"), since=moments),
    diversions=diversions,
    absence=st.none()
    | st.builds(
        Absence,
        reason=st.just("lunch"),
        start=moments,
        end=st.none(),
        at_start=st.sampled_from([None, "none", "follow-profile", "open", "close", r.ToNumber("202")]),
    ),
)
outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.sampled_from([Busy(), NoAnswer(), Declined(), Unreachable(), Skipped()]),
    st.builds(lambda to: Redirected(by="bo-desk", to=(f"sip:{to}@town.example",)), dialled),
    st.builds(Chosen, to=st.sampled_from([r.ToNumber("202"), r.ToQueue("help"), r.RingDevices(), r.ToVoicemail()])),
)
SOURCES: list[Source] = [
    FromDevice(organization="town", user="anna", device="anna-desk"),
    FromDevice(organization="village", user="finn", device="finn-desk"),
    FromTrunk(organization="town", trunk="first", number="+4526000001", number_format="plus_e164", name=""),
    FromTrunk(organization="town", trunk="first", number="", number_format="plus_e164", name=""),
]
slow = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@slow
@given(towns(), st.sampled_from(SOURCES), dialled, moments, st.lists(outcomes, min_size=1, max_size=6))
def test_every_call_comes_to_an_end(
    here: Town, source: Source, number: str, now: float, supposed: list[Outcome]
) -> None:
    situation = Situation(source=source, dialled=number)
    for turn in range(MAX_TURNS + 1):
        decision = decide(situation, here.facts, now + turn)
        treatment = decision.treatment
        assert decision.trail
        if treatment is None or isinstance(treatment, Reject):
            return
        possible = [one for one in supposed if type(one) in treatment.OUTCOMES and not isinstance(one, Transferred)]
        outcome = possible[turn % len(possible)] if possible else Completed(reason="over")
        situation = situation.after(decision, outcome)
    raise AssertionError("it does not end")


@slow
@given(towns(), st.sampled_from(["112", "0112", "+45112", "+112"]), moments)
def test_calls_for_help_are_never_captured(here: Town, number: str, now: float) -> None:
    treatment = decide(Situation(source=SOURCES[0], dialled=number), here.facts, now).treatment
    assert isinstance(treatment, Ring)
    assert treatment.emergency
    (target,) = treatment.targets
    assert isinstance(target, TrunkTarget)
    assert (target.number, [one.number for one in target.otherwise]) == ("112", ["112"])


@slow
@given(
    st.lists(st.tuples(st.sampled_from(["anna", "bo", "cora", "dan", "eva"]), diversions), max_size=5),
    st.lists(outcomes, min_size=1, max_size=6),
)
def test_diversions_of_any_shape_end(shape: list[tuple[str, tuple[Diversion, ...]]], supposed: list[Outcome]) -> None:
    here = town().holding(**{name: UserState(diversions=found) for name, found in shape})
    situation = Situation(source=SOURCES[0], dialled="202")
    for turn in range(60):
        decision = decide(situation, here.facts, here.now)
        treatment = decision.treatment
        if treatment is None or isinstance(treatment, Reject):
            return
        possible = [one for one in supposed if type(one) in treatment.OUTCOMES and not isinstance(one, Chosen)]
        situation = situation.after(decision, possible[turn % len(possible)] if possible else Completed(reason="over"))
    raise AssertionError("it does not end")


@slow
@given(towns(), st.sampled_from(SOURCES), dialled, moments, st.lists(outcomes, min_size=1, max_size=4))
def test_what_decisions_were_made_from_is_enough_to_make_them_again(
    here: Town, source: Source, number: str, now: float, supposed: list[Outcome]
) -> None:
    """The ledger's words for a decision, read again, give the same decision."""
    situation = Situation(source=source, dialled=number)
    read_situation: Situation | None = None
    replayed: Decision | None = None
    for turn in range(8):
        facts = Recorded(here.facts)
        decision = decide(situation, facts, now)
        outcome = situation.turns[-1].outcome if situation.turns else None
        first = situation if turn == 0 else None
        kept = Basis(now=now, configuration="", situation=first, outcome=outcome, reads=facts.reads).to_json()
        read = Basis.from_json(kept)
        if replayed is None or read_situation is None or read.outcome is None:
            read_situation = read.situation
        else:
            read_situation = read_situation.after(replayed, read.outcome)
        assert read_situation is not None
        replayed = decide(read_situation, Remembered(configuration=here.configuration, reads=read.reads), read.now)
        assert replayed == decision
        if decision.treatment is None or isinstance(decision.treatment, Reject):
            return
        possible = [one for one in supposed if type(one) in decision.treatment.OUTCOMES]
        situation = situation.after(decision, possible[turn % len(possible)] if possible else Completed(reason="over"))
