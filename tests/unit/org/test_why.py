"""Why a setting has its value."""

from __future__ import annotations

import pytest

from pbxd.org.levels import MUSIC_ON_HOLD, PICKUP, RING_SECONDS, SEND_SMS, Level
from pbxd.org.why import why
from tests.unit.org.test_permissions import house


@pytest.mark.covers("LVL-5", "TOOL-8")
def test_the_nearest_level_counts_and_covers_up_the_others() -> None:
    within = house(
        {RING_SECONDS.name: 25}, groups={"support": {RING_SECONDS.name: 40}, "supervisors": {RING_SECONDS.name: 60}}
    )
    found = why(within, within.users["anna"], RING_SECONDS)
    assert [(one.level, one.name, one.value, one.counts) for one in found.sources] == [
        (Level.GROUP, "supervisors", 60, True),
        (Level.GROUP, "support", 40, False),
        (Level.ORGANIZATION, "house", 25, False),
        (Level.DEFAULT, "", 30, False),
    ]
    assert found.lines == (
        "ring_seconds of anna: 60",
        "  how long phones ring, in seconds",
        "  setting: the nearest level that sets it wins",
        "    group supervisors   60  (this counts)",
        "    group support       40  (covered up)",
        "    organization house  25  (covered up)",
        "    pbxd's default      30  (covered up)",
    )


@pytest.mark.covers("LVL-5", "TOOL-8")
def test_permissions_are_added_up_and_say_what_each_level_adds() -> None:
    within = house(
        {PICKUP.name: ()}, groups={"support": {PICKUP.name: ("sales",)}, "supervisors": {PICKUP.name: ("support",)}}
    )
    found = why(within, within.users["anna"], PICKUP)
    assert found.value == ("support", "sales")
    assert found.lines[3:] == (
        "    group supervisors   support  (added)",
        "    group support       sales  (added)",
        "    organization house  none  (adds nothing)",
        "    pbxd's default      none  (holds where nobody says anything)",
    )


def test_where_nobody_says_anything_the_default_holds() -> None:
    within = house()
    assert why(within, within.users["dan"], MUSIC_ON_HOLD).lines[-1] == "    pbxd's default  not set  (this counts)"
    assert why(within, within.users["dan"], SEND_SMS).lines[-1] == "    pbxd's default  off  (nobody says anything)"
