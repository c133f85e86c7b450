"""When somebody who is not available is back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pbxd.org.back import back_at
from pbxd.org.presence import standing
from pbxd.org.state import NOTHING_SET, ActivitySet, Planned, UserState
from tests.unit.org.test_presence import ANNA, HOUSE, at

HALF_HOUR = 1800.0
START = at("12:00")


def plan(name: str, start: float, end: float, activity: str) -> Planned:
    return Planned(id=name, start=start, end=end, activity=activity)


def back(state: UserState, clock: str, *, last: bool) -> float | None:
    return back_at(state, HOUSE, ANNA, at(clock), last=last)


LUNCH_THEN_MEETING = UserState(
    planned=(plan("1", at("12:00"), at("12:30"), "lunch"), plan("2", at("12:30"), at("14:00"), "meeting"))
)


def test_the_end_of_the_last_of_several_or_of_the_first() -> None:
    assert back(LUNCH_THEN_MEETING, "12:05", last=True) == at("14:00")
    assert back(LUNCH_THEN_MEETING, "12:05", last=False) == at("12:30")
    assert back(LUNCH_THEN_MEETING, "13:00", last=True) == at("14:00")


def test_who_is_available_or_away_without_an_end_is_back_at_no_time() -> None:
    assert back(NOTHING_SET, "12:00", last=True) is None
    assert back(LUNCH_THEN_MEETING, "11:00", last=True) is None
    assert back(LUNCH_THEN_MEETING, "14:00", last=True) is None
    away = UserState(activity=ActivitySet(activity="vacation", since=at("09:00")))
    assert back(away, "12:00", last=True) is None


def test_an_available_activity_in_between_ends_the_row() -> None:
    between = plan("3", at("12:30"), at("12:45"), "available")
    later = plan("2", at("12:45"), at("14:00"), "meeting")
    state = UserState(planned=(LUNCH_THEN_MEETING.planned[0], between, later))
    assert back(state, "12:05", last=True) == at("12:30")


def test_of_a_row_whose_last_has_no_end_no_last_end_is_told() -> None:
    lunch = UserState(
        activity=ActivitySet(activity="vacation", since=at("09:00")), planned=LUNCH_THEN_MEETING.planned[:1]
    )
    assert back(lunch, "12:05", last=True) is None
    assert back(lunch, "12:05", last=False) == at("12:30")


def test_one_that_repeats_without_a_pause_has_no_end() -> None:
    always = Planned(id="1", start=START, end=START + 86_400, activity="meeting", repeat="daily")
    assert back(UserState(planned=(always,)), "12:05", last=True) is None


@given(
    plans=st.lists(
        st.tuples(st.integers(0, 8), st.integers(1, 4), st.sampled_from(["lunch", "meeting", "available"])), max_size=6
    ),
    now=st.integers(0, 12),
)
def test_until_then_he_is_not_available_and_then_he_is_or_nobody_knows(
    plans: list[tuple[int, int, str]], now: int
) -> None:
    state = UserState(
        planned=tuple(
            plan(str(number), START + first * HALF_HOUR, START + (first + length) * HALF_HOUR, activity)
            for number, (first, length, activity) in enumerate(plans)
        )
    )
    moment = START + now * HALF_HOUR
    until = back_at(state, HOUSE, ANNA, moment, last=True)

    def available(at_: float) -> bool:
        activity = standing(state, HOUSE, ANNA, at_).activity
        return activity is None or activity.available

    assert (until is None) == available(moment)
    first = back_at(state, HOUSE, ANNA, moment, last=False)
    if until is not None:
        assert first is not None
        assert moment < first <= until
        assert available(until)
        steps = round((until - moment) / HALF_HOUR)
        assert not any(available(moment + step * HALF_HOUR) for step in range(steps))
