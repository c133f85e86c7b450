"""Where users send their calls: diversions, absences, profiles, and phones that send on (DIV, PROF, PRES-6)."""

from __future__ import annotations

import pytest

from pbxd.org.state import Absence, ActivitySet, Diversion, DiversionKind, ProfileSet, UserState
from tests.support.town import TUESDAY, Town, town

HOUR = 3600.0
PROFILES = """[
  {name: office, code: '1', landline_calls: both, on_busy: {to: '203'}, on_no_answer: {to: voicemail, after: 12s},
    on_unreachable: {to: '204'}},
  {name: mobile-only, code: '2', landline_calls: mobile},
  {name: desk-only, code: '3', landline_calls: landline, mobile_calls: mobile},
  {name: elsewhere, code: '4', status: unavailable, landline_calls: {to: '205'}},
]"""
EVERYWHERE = "anna-desk, anna-soft, +4526000001 by trunk first"


def divert(kind: DiversionKind, to: str) -> UserState:
    return UserState(diversions=(Diversion(kind=kind, to=to),))


@pytest.mark.covers("DIV-1")
@pytest.mark.parametrize(
    ("kind", "outcome", "goes"),
    [
        ("busy", "busy", "eva-desk for 30 s"),
        ("no-answer", "no answer", "eva-desk for 30 s"),
        ("unreachable", "unreachable", "eva-desk for 30 s"),
        ("busy", "no answer", "480 Temporarily Unavailable"),
    ],
)
def test_diversions_for_an_outcome(kind: DiversionKind, outcome: str, goes: str) -> None:
    here = town().holding(bo=divert(kind, "205"))
    assert here.goes("anna", "202", outcome) == ["bo-desk for 30 s", goes]


@pytest.mark.covers("DIV-1", "NUM-11")
def test_a_diversion_is_read_as_it_would_be_dialled() -> None:
    assert town().holding(bo=divert("always", "0 35353535")).goes("anna", "202") == [
        "+4535353535 by trunk first for 180 s"
    ]


@pytest.mark.covers("DIV-1")
def test_who_sent_it_on_is_told_and_what_comes_of_it_comes_back() -> None:
    here = town(people={"bo": "rules: ['when an earlier attempt was busy, voicemail']"})
    (first, second) = here.holding(bo=divert("always", "205")).decisions("anna", "202", ["busy"])
    assert [(hop.user, hop.reason) for hop in first.place.hops[1:]] == [("bo", None), ("eva", "unconditional")]
    assert str(second.treatment) == "voicemail of bo"


@pytest.mark.covers("DIV-2")
@pytest.mark.parametrize(
    ("start", "goes"),
    [
        (None, "voicemail of bo"),
        ("none", "bo-desk for 30 s"),
        ("open", "bo-desk for 30 s"),
        ("follow-profile", "bo-desk for 30 s"),
        ("close", "voicemail of bo"),
    ],
)
def test_absences(start: str | None, goes: str) -> None:
    absence = Absence(reason="lunch", start=TUESDAY - HOUR, end=TUESDAY + HOUR, at_start=start)  # type: ignore[arg-type]
    sections = {"switchboard": "null"}
    here = town(sections).holding(bo=UserState(absence=absence))
    assert here.goes("anna", "202") == [goes]
    assert here.on("2026-11-24 08:00").goes("anna", "202") == ["bo-desk for 30 s"], "before it"
    assert here.on("2026-11-24 12:00").goes("anna", "202") == ["bo-desk for 30 s"], "after it"


@pytest.mark.covers("DIV-2")
def test_an_absence_may_leave_something_behind() -> None:
    absence = Absence(reason="lunch", start=TUESDAY - HOUR, end=TUESDAY, at_end="close")
    assert town({"switchboard": "null"}).holding(bo=UserState(absence=absence)).goes("anna", "202") == [
        "voicemail of bo"
    ]


@pytest.mark.covers("RULE-10")
def test_the_more_specific_time_limit_wins() -> None:
    """A lunch of half an hour beats an absence of a day, and that beats a diversion without end."""
    lunch = ActivitySet(activity="lunch", since=TUESDAY - 60, until=TUESDAY + 1740, divert_to="203")
    absence = Absence(reason="lunch", start=TUESDAY - HOUR, end=TUESDAY + 23 * HOUR)
    always = divert("always", "205").diversions
    assert town().holding(bo=UserState(activity=lunch, absence=absence, diversions=always)).goes("anna", "202") == [
        "cora-desk for 30 s"
    ]
    assert town().holding(bo=UserState(absence=absence, diversions=always)).goes("anna", "202") == ["voicemail of bo"]
    assert town().holding(bo=UserState(diversions=always)).goes("anna", "202") == ["eva-desk for 30 s"]


@pytest.mark.covers("DIV-3")
@pytest.mark.parametrize(
    ("diversions", "goes"),
    [
        ({"bo": "202"}, "bo-desk for 30 s"),
        ({"bo": "203", "cora": "202"}, "voicemail of bo"),
        ({"bo": "203", "cora": "204", "dan": "205", "eva": "203"}, "voicemail of bo"),
        ({"bo": "+4588887702"}, "bo-desk for 30 s"),
    ],
)
def test_diversions_in_a_circle_end(diversions: dict[str, str], goes: str) -> None:
    here = town().holding(**{user: divert("always", to) for user, to in diversions.items()})
    assert here.goes("anna", "202") == [goes]


@pytest.mark.covers("DIV-3")
def test_a_loop_that_can_not_end_in_voicemail_is_refused() -> None:
    here = town().holding(bo=divert("always", "203"), cora=divert("always", "202"))
    assert here.goes("anna", "202", "unreachable") == ["voicemail of bo", "482 Loop Detected"]


@pytest.mark.covers("DIV-1")
def test_a_302_is_a_diversion_of_whose_phone_it_is() -> None:
    here = town()
    (first, second) = here.decisions("anna", "202", ["302 bo-desk 203"])
    assert str(second.treatment) == "ring cora-desk for 30 s"
    assert second.place.hops[-1].reason == "unconditional"
    assert second.place.hops[-2] == first.place.hop
    assert here.goes("anna", "202", "302 bo-desk 112") == ["bo-desk for 30 s", "404 Not Found"]


@pytest.mark.covers("DIV-1")
def test_a_302_in_a_group_is_the_diversion_of_one_of_them() -> None:
    here = town(people={"anna": "rules: [group floor]"})
    (_, second) = here.decisions("eva", "201", ["302 dan-desk 202"])
    assert str(second.treatment) == "ring bo-desk for 30 s"
    assert [hop.user for hop in second.place.hops] == ["eva", "anna", "dan", "bo"]


@pytest.mark.covers("DIV-4")
def test_bypass_rings_the_phone_in_spite_of_diversions() -> None:
    right = {"office": "permissions: {bypass_diversion: [office]}"}
    own = {"bo": "rules: [voicemail, 'when an earlier attempt went unanswered, user cora']"}
    here = town(groups=right, people=own).holding(bo=divert("always", "205"))
    assert here.goes("anna", "202") == ["eva-desk for 30 s"]
    assert here.goes("anna", "*60*202*", "no answer") == ["bo-desk for 30 s", "cora-desk for 30 s"]
    assert here.goes("eva", "*60*202*") == ["403 Barred"], "she is in no group that may"
    blocked = town({"rules": "{incoming: {required: [reject as busy]}}"}, groups=right)
    assert blocked.goes("anna", "*60*202*") == ["486 Busy Here"]


def profiled(name: str, **outcomes: str) -> Town:
    return town({"profiles": PROFILES}).holding(anna=UserState(profile=ProfileSet(profile=name, since=0)))


@pytest.mark.covers("PROF-1")
@pytest.mark.parametrize(
    ("profile", "number", "goes"),
    [
        ("office", "201", f"{EVERYWHERE} for 12 s"),
        ("office", "+4588887791", f"{EVERYWHERE} for 12 s"),
        ("mobile-only", "201", "+4526000001 by trunk first for 30 s"),
        ("desk-only", "201", "anna-desk, anna-soft for 30 s"),
        ("desk-only", "+4588887791", "+4526000001 by trunk first for 30 s"),
        ("elsewhere", "201", "eva-desk for 30 s"),
    ],
)
def test_where_a_profile_lets_calls_ring(profile: str, number: str, goes: str) -> None:
    assert profiled(profile).goes("bo", number) == [goes]


@pytest.mark.covers("PROF-1")
@pytest.mark.parametrize(
    ("outcome", "goes"),
    [("busy", "cora-desk for 30 s"), ("no answer", "voicemail of anna"), ("unreachable", "dan-desk for 30 s")],
)
def test_what_a_profile_does_with_outcomes(outcome: str, goes: str) -> None:
    assert profiled("office").goes("bo", "201", outcome) == [f"{EVERYWHERE} for 12 s", goes]


@pytest.mark.covers("PROF-2")
def test_a_profile_whose_time_is_over_gives_way_to_the_one_before() -> None:
    state = UserState(profile=ProfileSet(profile="elsewhere", since=0, until=TUESDAY, previous="mobile-only"))
    here = town({"profiles": PROFILES}).holding(anna=state)
    assert here.goes("bo", "201") == ["+4526000001 by trunk first for 30 s"]
    assert here.on("2026-11-24 09:59").goes("bo", "201") == ["eva-desk for 30 s"]


@pytest.mark.covers("PRES-6", "RULE-2")
def test_in_a_call_is_a_condition() -> None:
    here = town(people={"bo": "rules: ['when the user is in a call, user cora']"})
    assert here.goes("anna", "202") == ["bo-desk for 30 s"]
    assert here.busy("bo").goes("anna", "202") == ["cora-desk for 30 s"]


@pytest.mark.covers("RULE-2")
def test_no_phone_registered_is_a_condition() -> None:
    here = town(people={"bo": "rules: ['when no phone is registered, user cora']"})
    assert here.without("bo-desk").goes("anna", "202") == ["cora-desk for 30 s"]
    assert town().without("bo-desk").goes("anna", "202") == ["480 Temporarily Unavailable"]
