"""What a user's state comes to: activities, roles, profiles, absences and diversions, and who comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from math import inf
from zoneinfo import ZoneInfo

import pytest

from pbxd.org.activities import Activity, Profile, Role
from pbxd.org.levels import NOTHING
from pbxd.org.organization import Organization
from pbxd.org.presence import Divert, Standing, next_change, standing
from pbxd.org.rules import ToNumber, ToSwitchboard, ToVoicemail
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
from pbxd.org.users import User

ZONE = ZoneInfo("Europe/Copenhagen")
ANNA = User(username="anna", name="Anna", language="da")
ACTIVITIES = (
    Activity(name="available", available=True),
    Activity(name="lunch", available=False),
    Activity(name="meeting", available=False),
    Activity(name="vacation", available=False),
)
PROFILES = (
    Profile(name="office", landline_calls="landline"),
    Profile(name="off-duty", available=False, landline_calls=ToVoicemail()),
    Profile(name="travelling", calendar_priority=5),
)
HOUSE = Organization(
    name="house",
    title="The House",
    domain="house.example",
    country="DK",
    timezone=ZONE,
    languages=("en",),
    switchboard="+4588887700",
    users={"anna": ANNA},
    activities={found.name: found for found in ACTIVITIES},
    roles={"work": Role(name="work"), "private": Role(name="private")},
    profiles={found.name: found for found in PROFILES},
)


def at(clock: str, day: str = "2026-03-02") -> float:
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=ZONE).timestamp()


def stands(state: UserState, clock: str, *, organization: Organization = HOUSE, user: User = ANNA) -> Standing:
    return standing(state, organization, user, at(clock))


def activity(state: UserState, clock: str) -> str | None:
    found = stands(state, clock).activity
    return found.name if found is not None else None


def profile(state: UserState, clock: str, *, user: User = ANNA) -> str | None:
    found = stands(state, clock, user=user).profile
    return found.name if found is not None else None


def plan(start: str, end: str, *, id: str = "1", priority: int = 0, **what: str) -> Planned:
    return Planned(
        id=id,
        start=at(start),
        end=at(end),
        priority=priority,
        activity=what.get("activity"),
        role=what.get("role"),
        profile=what.get("profile"),
        note=what.get("note", ""),
    )


# Nothing, and what is unknown -----------------------------------------------------------------------------------------


def test_who_has_set_nothing_does_the_first_thing_that_counts_as_available() -> None:
    found = stands(NOTHING_SET, "12:00")
    assert found.activity is HOUSE.activities["available"]
    assert found.available
    assert (found.role, found.profile, found.diverts, found.words) == (None, None, (), ())
    assert stands(UserState(), "12:00") == found


def test_an_organization_without_activities_has_available_users() -> None:
    bare = replace(HOUSE, activities={}, roles={}, profiles={})
    found = stands(NOTHING_SET, "12:00", organization=bare)
    assert found.activity is None
    assert found.available


def test_names_that_a_reload_took_away_count_as_unset() -> None:
    state = UserState(
        activity=ActivitySet(activity="sauna", since=0),
        role="pirate",
        profile=ProfileSet(profile="gone", since=0),
        absence=Absence(reason="sauna", start=0, end=None, at_start="none"),
        planned=(plan("08:00", "16:00", activity="sauna", role="pirate", profile="gone"),),
    )
    found = stands(state, "12:00")
    assert found.activity is HOUSE.activities["available"]
    assert (found.role, found.profile, found.available) == (None, None, True)


# Activities and roles -------------------------------------------------------------------------------------------------


@pytest.mark.covers("PRES-2")
def test_an_activity_lasts_until_its_end() -> None:
    state = UserState(activity=ActivitySet(activity="lunch", since=at("12:00"), until=at("13:00"), note="back at one"))
    found = stands(state, "12:30")
    assert found.activity is HOUSE.activities["lunch"]
    assert (found.available, found.until, found.note) == (False, at("13:00"), "back at one")
    assert found.words == (
        "anna's activity is lunch until 2026-03-02 13:00, as set",
        "anna counts as not available",
    )
    assert [activity(state, clock) for clock in ("11:59", "12:00", "13:00")] == ["available", "lunch", "available"]
    assert stands(state, "13:00").note == ""


@pytest.mark.covers("PRES-3")
def test_a_shortcut_says_itself_whether_calls_come_and_where_they_go() -> None:
    set_by_key = ActivitySet(activity="lunch", since=at("12:00"), until=at("12:30"), available=True, divert_to="1501")
    state = UserState(activity=set_by_key)
    found = stands(state, "12:10")
    assert found.available
    assert found.diverts == (Divert(target="1501", why="shortcut", narrow=1800),)
    assert stands(state, "12:30").diverts == ()


def test_a_shortcut_s_diversion_ends_with_what_comes_after_it() -> None:
    state = UserState(
        activity=ActivitySet(activity="lunch", since=at("12:00"), divert_to="1501"),
        planned=(plan("12:20", "14:00", activity="meeting"),),
    )
    assert stands(state, "12:10").diverts != ()
    assert stands(state, "12:20").diverts == ()
    assert stands(state, "14:00").diverts != (), "the shortcut has no end, so it is in force again"


@pytest.mark.covers("PRES-4")
def test_what_began_last_counts() -> None:
    state = UserState(
        activity=ActivitySet(activity="available", since=at("10:30"), until=at("10:45")),
        planned=(plan("10:00", "11:00", activity="meeting", note="quarter"),),
    )
    found = {clock: activity(state, clock) for clock in ("09:59", "10:00", "10:30", "10:45", "11:00")}
    assert found == {
        "09:59": "available", "10:00": "meeting", "10:30": "available", "10:45": "meeting", "11:00": "available",
    }  # fmt: skip
    assert stands(state, "10:00").note == "quarter"


@pytest.mark.covers("PRES-4")
@pytest.mark.parametrize(
    ("priorities", "expected"), [((0, 0), "lunch"), ((1, 0), "meeting"), ((1, 1), "lunch"), ((0, 1), "lunch")]
)
def test_planned_entries_that_overlap_are_ordered_by_priority_then_start(
    priorities: tuple[int, int], expected: str
) -> None:
    entries = (
        plan("10:00", "14:00", id="1", priority=priorities[0], activity="meeting"),
        plan("12:00", "13:00", id="2", priority=priorities[1], activity="lunch"),
    )
    assert activity(UserState(planned=entries), "12:30") == expected
    assert activity(UserState(planned=entries[::-1]), "12:30") == expected


def test_a_role_is_planned_like_an_activity() -> None:
    state = UserState(
        role="work", role_since=at("08:00"), planned=(plan("16:00", "17:00", role="private", activity="lunch"),)
    )
    assert [stands(state, clock).role for clock in ("12:00", "16:30", "17:00")] == ["work", "private", "work"]
    later = replace(state, role_since=at("16:15"))
    assert stands(later, "16:30").role == "work"


# Profiles -------------------------------------------------------------------------------------------------------------


@pytest.mark.covers("PROF-2")
def test_when_a_profile_s_time_is_over_the_one_before_returns() -> None:
    state = UserState(
        profile=ProfileSet(profile="off-duty", since=at("16:00"), until=at("18:00"), previous="travelling")
    )
    assert [profile(state, clock) for clock in ("17:59", "18:00")] == ["off-duty", "travelling"]
    assert not stands(state, "17:59").available
    assert stands(state, "18:00").available


@pytest.mark.covers("PROF-2")
def test_without_one_before_the_usual_one_returns() -> None:
    user = replace(ANNA, default_profile="office")
    state = UserState(profile=ProfileSet(profile="off-duty", since=at("16:00"), until=at("18:00")))
    assert [profile(state, clock, user=user) for clock in ("12:00", "17:00", "18:00")] == [
        "office", "off-duty", "office",
    ]  # fmt: skip
    assert profile(NOTHING_SET, "12:00", user=user) == "office"
    assert [profile(state, clock) for clock in ("17:00", "18:00")] == ["off-duty", None]


@pytest.mark.covers("PROF-2")
def test_a_user_s_own_profile_comes_before_the_organization_s_of_the_same_name() -> None:
    own = Profile(name="office", landline_calls="mobile")
    user = replace(ANNA, profiles={"office": own})
    state = UserState(profile=ProfileSet(profile="office", since=0))
    assert stands(state, "12:00", user=user).profile is own


@pytest.mark.covers("PROF-3")
def test_planned_profiles_that_overlap_are_ordered_by_calendar_priority() -> None:
    entries = (
        plan("08:00", "18:00", id="1", profile="travelling"),
        plan("12:00", "13:00", id="2", profile="off-duty"),
    )
    assert profile(UserState(planned=entries), "12:30") == "travelling"
    urgent = (entries[0], replace(entries[1], priority=6))
    assert profile(UserState(planned=urgent), "12:30") == "off-duty"
    assert profile(UserState(planned=urgent), "13:00") == "travelling"
    assert profile(UserState(planned=urgent), "18:00") is None


# Absences -------------------------------------------------------------------------------------------------------------


def absent(at_start: AbsenceAction | None = None, at_end: AbsenceAction | None = None) -> Absence:
    return Absence(reason="vacation", start=at("10:00"), end=at("15:00"), at_start=at_start, at_end=at_end)


@pytest.mark.covers("DIV-2")
@pytest.mark.parametrize(
    ("action", "targets", "available"),
    [
        (None, [ToVoicemail()], False),
        ("none", [], True),
        ("follow-profile", [], True),
        ("open", [], True),
        ("close", [ToSwitchboard()], False),
        (ToNumber("1501"), [ToNumber("1501")], False),
        (UseProfile("off-duty"), [], False),
        (UseProfile("office"), [], True),
    ],
)
def test_what_an_absence_does_from_its_start(
    action: AbsenceAction | None, targets: list[object], available: bool
) -> None:
    state = UserState(absence=absent(at_start=action))
    found = stands(state, "12:00")
    assert found.activity is HOUSE.activities["vacation"]
    assert found.until == at("15:00")
    assert [divert.target for divert in found.diverts] == targets
    assert found.available is available
    assert all(divert.why == "absence" and divert.narrow == 5 * 3600 for divert in found.diverts)
    for clock in ("09:59", "15:00"):
        assert stands(state, clock).activity is HOUSE.activities["available"]
        assert stands(state, clock).diverts == ()


@pytest.mark.covers("DIV-2")
@pytest.mark.parametrize(
    ("action", "targets", "available", "name"),
    [
        (None, [], True, None),
        ("none", [], True, None),
        ("follow-profile", [], True, None),
        ("open", [], True, None),
        ("close", [ToSwitchboard()], False, None),
        (ToNumber("1501"), [ToNumber("1501")], False, None),
        (UseProfile("office"), [], True, "office"),
    ],
)
def test_what_an_absence_does_at_its_end_lasts_until_it_is_taken_back(
    action: AbsenceAction | None, targets: list[object], available: bool, name: str | None
) -> None:
    found = stands(UserState(absence=absent(at_end=action)), "18:00")
    assert [divert.target for divert in found.diverts] == targets
    assert all(divert.narrow == inf for divert in found.diverts)
    assert found.available is available
    assert (found.profile.name if found.profile is not None else None) == name


def test_without_a_switchboard_a_closed_phone_s_calls_go_to_voicemail() -> None:
    bare = replace(HOUSE, switchboard=None, settings=NOTHING)
    found = stands(UserState(absence=absent("close")), "12:00", organization=bare)
    assert [divert.target for divert in found.diverts] == [ToVoicemail()]


def test_an_open_absence_lets_calls_through_in_spite_of_the_profile() -> None:
    off_duty = ProfileSet(profile="off-duty", since=at("08:00"))
    found = stands(UserState(profile=off_duty, absence=absent("open")), "12:00")
    assert found.available
    assert found.profile is not None
    assert (found.profile.name, found.profile.landline_calls) == ("off-duty", "both")
    follows = stands(UserState(profile=off_duty, absence=absent("follow-profile")), "12:00")
    assert not follows.available
    assert follows.profile is HOUSE.profiles["off-duty"]


def test_an_activity_set_during_an_absence_is_shown_and_the_absence_goes_on() -> None:
    state = UserState(activity=ActivitySet(activity="available", since=at("11:00")), absence=absent())
    assert activity(state, "10:30") == "vacation"
    found = stands(state, "11:30")
    assert found.activity is HOUSE.activities["available"]
    assert found.diverts != ()


def test_an_absence_without_an_end_lasts() -> None:
    state = UserState(absence=Absence(reason="vacation", start=at("10:00"), end=None))
    found = standing(state, HOUSE, ANNA, at("10:00", "2030-01-01"))
    assert found.until is None
    assert [(divert.target, divert.narrow) for divert in found.diverts] == [(ToVoicemail(), inf)]


# Diversions -----------------------------------------------------------------------------------------------------------


@pytest.mark.covers("DIV-1")
def test_diversions_of_all_kinds_are_told_apart() -> None:
    state = UserState(
        diversions=(
            Diversion(kind="always", to="203"),
            Diversion(kind="busy", to="204"),
            Diversion(kind="no-answer", to="205"),
            Diversion(kind="unreachable", to="+4526000001"),
        )
    )
    found = stands(state, "12:00")
    assert found.diverts == (Divert(target="203", why="diversion", narrow=inf),)
    assert (found.on_busy, found.on_no_answer, found.on_unreachable) == ("204", "205", "+4526000001")
    assert found.available, "a diversion says nothing about what one does"


def test_the_narrowest_span_comes_first() -> None:
    state = UserState(
        activity=ActivitySet(activity="lunch", since=at("12:00"), until=at("12:30"), divert_to="1501"),
        absence=Absence(reason="vacation", start=at("10:00"), end=at("18:00"), at_start=ToNumber("1502")),
        diversions=(Diversion(kind="always", to="203"),),
    )
    assert [divert.why for divert in stands(state, "12:10").diverts] == ["shortcut", "absence", "diversion"]


def test_night_mode_is_overridden_until_that_is_taken_back() -> None:
    assert stands(UserState(night_override=True), "23:00").night_override
    assert not stands(NOTHING_SET, "23:00").night_override


# When to look again ---------------------------------------------------------------------------------------------------


def test_the_next_change_is_the_nearest_moment_that_matters() -> None:
    state = UserState(
        activity=ActivitySet(activity="lunch", since=at("12:00"), until=at("13:00")),
        profile=ProfileSet(profile="office", since=at("08:00"), until=at("18:00")),
        absence=Absence(reason="vacation", start=at("17:00"), end=at("19:00")),
        planned=(plan("12:15", "12:45", activity="meeting"),),
    )
    moments = []
    now: float | None = at("12:00")
    while now is not None:
        now = next_change(state, HOUSE, ANNA, now)
        moments.append(now)
    assert moments == [at(clock) for clock in ("12:15", "12:45", "13:00", "17:00", "18:00", "19:00")] + [None]


def test_nothing_that_ends_means_nothing_to_look_at() -> None:
    assert next_change(NOTHING_SET, HOUSE, ANNA, at("12:00")) is None
    assert next_change(UserState(activity=ActivitySet(activity="lunch", since=0)), HOUSE, ANNA, at("12:00")) is None


def test_a_repeating_entry_is_looked_at_again_and_again() -> None:
    entry = replace(plan("12:00", "13:00", activity="lunch"), repeat="daily")
    assert next_change(UserState(planned=(entry,)), HOUSE, ANNA, at("13:00")) == at("12:00", "2026-03-03")
