"""Any state of a user comes to something at any moment, and changes only when that was foreseen."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from pbxd.org.planning import current, upcoming
from pbxd.org.presence import next_change, standing
from pbxd.org.state import Planned, UserState
from tests.unit.org.test_changes import STATES
from tests.unit.org.test_presence import ANNA, HOUSE

ZONE = ZoneInfo("Europe/Copenhagen")
YEAR = 366 * 86_400
START = datetime(2026, 1, 1, tzinfo=ZONE).timestamp()
MOMENTS = st.integers(0, YEAR).map(lambda seconds: START + seconds)
LENGTHS = st.integers(60, 30 * 3600)


@st.composite
def plans(draw: st.DrawFn) -> Planned:
    start = draw(MOMENTS)
    return Planned(
        id=draw(st.sampled_from(["1", "2", "3"])),
        start=start,
        end=start + draw(LENGTHS),
        activity=draw(st.sampled_from([None, "lunch", "meeting", "unheard-of"])),
        role=draw(st.sampled_from([None, "work"])),
        profile=draw(st.sampled_from([None, "office", "off-duty"])),
        priority=draw(st.integers(0, 2)),
        repeat=draw(st.sampled_from([None, "daily", "weekly", "monthly", "yearly"])),
    )


@given(STATES, st.floats(0, 4e9, allow_nan=False))
def test_any_state_comes_to_something(state: UserState, now: float) -> None:
    found = standing(state, HOUSE, ANNA, now)
    assert list(found.diverts) == sorted(found.diverts, key=lambda divert: divert.narrow)
    soon = next_change(state, HOUSE, ANNA, now)
    assert soon is None or soon > now


@given(st.lists(plans(), max_size=3, unique_by=lambda plan: plan.id), MOMENTS)
def test_nothing_changes_before_the_next_change(entries: list[Planned], now: float) -> None:
    state = UserState(planned=tuple(entries))
    before, soon = standing(state, HOUSE, ANNA, now), next_change(state, HOUSE, ANNA, now)
    until = now + YEAR if soon is None else soon
    for part in (0.1, 0.5, 0.999):
        assert standing(state, HOUSE, ANNA, now + (until - now) * part) == before


@given(plans(), MOMENTS)
def test_what_is_in_force_began_and_what_comes_has_not(entry: Planned, now: float) -> None:
    here, next_one = current(entry, now, ZONE), upcoming(entry, now, ZONE)
    assert here is None or here.start <= now < here.end
    assert next_one is None or now < next_one.start < next_one.end
    assert entry.repeat is None or next_one is not None, "what repeats without end comes again"
