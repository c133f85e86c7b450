"""What tools and decisions cost grows with the call, not with the organization: counted in steps, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from bench.decide import MOMENT, kinds, organization, routing_tests
from pbxd.dialplan.router import decide
from pbxd.dialplan.supposed import Supposed


def steps(work: Callable[[], object]) -> int:
    """How many calls of functions it takes: the same on every machine, however busy."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("kind", range(5))
def test_a_decision_does_not_grow_with_the_organization(kind: int) -> None:
    def of(users: int) -> int:
        configuration = organization(users)
        facts = Supposed(organizations=configuration.organizations, by_name=configuration.trunks)
        [*calls] = kinds(configuration)[kind].calls[:20]

        def once() -> None:
            for call in calls:
                decide(call, facts, MOMENT)

        once()  # what is prepared for each snapshot is prepared
        return steps(once)

    assert of(1_000) < 2 * of(200)


def test_a_routing_test_does_not_grow_with_the_organization() -> None:
    def of(users: int) -> int:
        configuration = organization(users)
        routing_tests(configuration, 20)
        return steps(lambda: routing_tests(configuration, 20))

    assert of(1_000) < 2 * of(200)
