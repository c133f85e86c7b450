"""What counts towards limits."""

from __future__ import annotations

import pytest

from pbxd.calls.usage import HOUR, Usages
from pbxd.dialplan.situation import Hop, Usage
from pbxd.dialplan.treatment import Presentation, Reject, Ring, TrunkTarget

COSTLY = TrunkTarget(trunk="carrier", number="+88123", counts=("guard",), account="anna")
HERE = (Hop(organization="house", number="+88123"),)
NOBODY = Presentation(number="")


def ring(*targets: TrunkTarget) -> Ring:
    return Ring(targets=targets, seconds=30, presents=NOBODY)


@pytest.mark.covers("NUM-6")
def test_a_call_counts_as_long_as_it_lasts_and_its_beginning_for_an_hour() -> None:
    usages = Usages()
    with usages.held(ring(COSTLY, COSTLY), HERE, 1000.0):
        assert usages.usage("house", "anna", "guard", 1000.0) == Usage(simultaneous=1, last_hour=1)
        with usages.held(ring(COSTLY), HERE, 1001.0):
            assert usages.usage("house", "anna", "guard", 1001.0) == Usage(simultaneous=2, last_hour=2)
        assert usages.usage("house", "anna", "guard", 1000.0 + HOUR) == Usage(simultaneous=1, last_hour=1)
    assert usages.usage("house", "anna", "guard", 1001.0 + HOUR) == Usage()
    for other in (("house", "bo", "guard"), ("house", "anna", "other"), ("barn", "anna", "guard")):
        assert usages.usage(*other, 1001.0) == Usage()


def test_what_does_not_leave_does_not_count() -> None:
    usages = Usages()
    free = TrunkTarget(trunk="carrier", number="+4533123456", account="anna")
    for treatment in (ring(free), Reject(status=403, reason="Barred", result="barred")):
        with usages.held(treatment, HERE, 0.0):
            assert usages.usage("house", "anna", "guard", 0.0) == Usage()


def test_a_call_that_fails_counts_no_longer() -> None:
    usages = Usages()

    def fail() -> None:
        with usages.held(ring(COSTLY), HERE, 0.0):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert usages.usage("house", "anna", "guard", 0.0) == Usage(simultaneous=0, last_hour=1)
