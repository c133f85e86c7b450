"""What a call saw, said as a person would suppose it, and supposed again."""

from __future__ import annotations

import pytest

from pbxd.dialplan.basis import Basis, Key
from pbxd.org.state import ActivitySet, Diversion, ProfileSet, UserState
from pbxd.tools.seen import seen

BUSY = UserState(
    activity=ActivitySet(activity="lunch", since=1.0),
    role="support",
    profile=ProfileSet(profile="off-duty", since=1.0),
    diversions=(Diversion(kind="busy", to="203"), Diversion(kind="always", to="+4520304050")),
    night_override=True,
)


def basis(**reads: object) -> Basis:
    return Basis(now=0.0, configuration="", reads=dict(map(read, reads.items())))


def read(said: tuple[str, object]) -> tuple[Key, object]:
    """``state_bo`` is what was read of Bo's state."""
    kind, _, who = said[0].rpartition("_")
    return (kind, "house", *([who] if who else [])), said[1]


@pytest.mark.covers("TOOL-2")
def test_everything_that_has_words() -> None:
    trunks = (("first", "does not answer"), ("second", "carries 30 calls, which is its limit"), ("third", ""))
    found = seen([basis(state_anna=BUSY, calls_of_bo=1, trunks_=trunks, extended_hours_=())])
    assert found == {
        "anna": "lunch, support, off-duty, diverted on busy to 203, diverted to +4520304050, night mode overridden",
        "bo": "in a call",
        "first": "down",
        "second": "full",
    }


def test_of_what_changed_meanwhile_the_first_counts() -> None:
    later = UserState(activity=ActivitySet(activity="meeting", since=2.0))
    first = UserState(activity=ActivitySet(activity="lunch", since=1.0))
    assert seen([basis(state_anna=first), basis(state_anna=later, calls_of_anna=1)]) == {"anna": "lunch, in a call"}
