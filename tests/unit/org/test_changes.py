"""What users do to their state, and what that state looks like on disk."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.org import changes
from pbxd.org.activities import Profile, Shortcut
from pbxd.org.kept import from_text, to_text
from pbxd.org.rules import Announce, ToNumber, ToSwitchboard, ToVoicemail
from pbxd.org.state import (
    NOTHING_SET,
    Absence,
    AbsenceAction,
    ActivitySet,
    Diversion,
    Planned,
    ProfileSet,
    UseProfile,
    UserState,
)

ZONE = ZoneInfo("Europe/Copenhagen")
NOW = 1_800_000_000.0
MEETING = Planned(id="m", start=NOW + 60, end=NOW + 120, activity="meeting")


def test_an_activity_takes_the_place_of_the_one_before() -> None:
    state = changes.do("lunch", NOW, until=NOW + 60, note="soup")(NOTHING_SET)
    assert state.activity == ActivitySet(activity="lunch", since=NOW, until=NOW + 60, note="soup")
    assert changes.do("meeting", NOW)(state).activity == ActivitySet(activity="meeting", since=NOW)
    assert changes.do_nothing(state) == NOTHING_SET


@pytest.mark.covers("PRES-3")
def test_a_shortcut_lasts_as_long_as_it_says() -> None:
    shortcut = Shortcut(name="Lunch", activity="lunch", code="1", available=True, duration=1800, divert_to="1501")
    expected = ActivitySet(activity="lunch", since=NOW, until=NOW + 1800, available=True, divert_to="1501")
    assert changes.use_shortcut(shortcut, NOW)(NOTHING_SET).activity == expected
    assert changes.use_shortcut(replace(shortcut, duration=None), NOW)(NOTHING_SET).activity == replace(
        expected, until=None
    )


@pytest.mark.covers("PROF-2")
def test_a_profile_remembers_what_stays_when_it_is_over() -> None:
    office, evening = Profile(name="office"), Profile(name="evening", duration=3600)
    state = changes.switch_to(office, NOW)(NOTHING_SET)
    assert state.profile == ProfileSet(profile="office", since=NOW)
    state = changes.switch_to(evening, NOW + 1)(state)
    assert state.profile == ProfileSet(profile="evening", since=NOW + 1, until=NOW + 3601, previous="office")
    state = changes.switch_to(Profile(name="gym"), NOW + 2, until=NOW + 10)(state)
    assert state.profile == ProfileSet(profile="gym", since=NOW + 2, until=NOW + 10, previous="office")
    assert changes.leave_profile(state) == NOTHING_SET


@pytest.mark.covers("DIV-1")
def test_there_is_one_diversion_of_each_kind() -> None:
    state = changes.divert("always", "203")(NOTHING_SET)
    state = changes.divert("busy", "204")(state)
    state = changes.divert("always", "205")(state)
    assert set(state.diversions) == {Diversion(kind="always", to="205"), Diversion(kind="busy", to="204")}
    state = changes.divert("busy", None)(state)
    assert state.diversions == (Diversion(kind="always", to="205"),)
    assert changes.divert("always", None)(state) == NOTHING_SET


def test_planning_drops_what_is_over_and_replaces_what_has_the_same_id() -> None:
    over = Planned(id="o", start=NOW - 120, end=NOW - 60, activity="lunch")
    state = UserState(planned=(over, MEETING))
    later = replace(MEETING, end=NOW + 600)
    assert changes.plan(later, NOW, ZONE)(state).planned == (later,)
    assert changes.forget("m")(state).planned == (over,)


def test_nobody_plans_without_end() -> None:
    state = UserState(planned=tuple(replace(MEETING, id=str(number)) for number in range(changes.MAX_PLANNED)))
    with pytest.raises(changes.TooMuchPlanned):
        changes.plan(MEETING, NOW, ZONE)(state)
    assert len(changes.plan(replace(MEETING, id="7"), NOW, ZONE)(state).planned) == changes.MAX_PLANNED


# On disk --------------------------------------------------------------------------------------------------------------

TEXT = st.text(max_size=12)
MOMENT = st.floats(0, 4e9, allow_nan=False)
ACTIONS: st.SearchStrategy[AbsenceAction | None] = st.one_of(
    st.none(),
    st.sampled_from(["none", "follow-profile", "open", "close"]),
    st.builds(UseProfile, TEXT),
    st.builds(ToNumber, TEXT),
    st.builds(ToVoicemail, user=st.none() | TEXT, announce=st.none() | TEXT, record=st.booleans()),
    st.builds(Announce, TEXT),
    st.just(ToSwitchboard()),
)
STATES = st.builds(
    UserState,
    activity=st.none() | st.builds(ActivitySet, activity=TEXT, since=MOMENT, until=st.none() | MOMENT, note=TEXT),
    role=st.none() | TEXT,
    role_since=MOMENT,
    profile=st.none() | st.builds(ProfileSet, profile=TEXT, since=MOMENT, previous=st.none() | TEXT),
    diversions=st.lists(
        st.builds(Diversion, kind=st.sampled_from(["always", "busy", "no-answer", "unreachable"]), to=TEXT), max_size=4
    ).map(tuple),
    absence=st.none()
    | st.builds(Absence, reason=TEXT, start=MOMENT, end=st.none() | MOMENT, at_start=ACTIONS, at_end=ACTIONS),
    shown_number=st.none() | TEXT,
    night_override=st.booleans(),
    planned=st.lists(
        st.builds(Planned, id=TEXT, start=MOMENT, end=MOMENT, repeat=st.sampled_from([None, "daily", "yearly"])),
        max_size=3,
    ).map(tuple),
)


@given(STATES)
def test_what_is_written_is_read_as_it_was(state: UserState) -> None:
    assert from_text(to_text(state)) == state


def test_what_a_later_version_adds_is_passed_over() -> None:
    assert from_text('{"is":"UserState","mood":"sunny","role":"work"}') == UserState(role="work")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "[]",
        "{}",
        '{"is":"Hologram"}',
        '{"is":"ToSwitchboard"}',
        '{"is":"UserState","absence":{"is":"Absence"}}',
    ],
)
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_text(text)
