"""Nothing is dropped, and in a long run nothing grows, while calls come and go and files are read again."""

from __future__ import annotations

import pytest

from tests.interop.soak import Plan, Soak
from tests.interop.stage import Stage

pytestmark = [pytest.mark.interop, pytest.mark.alone, pytest.mark.covers("REL-3")]

OF_A_CALL = 200 << 10
"""Bytes that a call which stays may take; a quarter of it is usual."""
NOISE = 6 << 20
"""Bytes by which a process grows and shrinks by itself: pools of the allocator, what the load has under way."""


@pytest.mark.parametrize(
    "plan",
    [
        Plan(calls=300, rate=20, reloads=20, devices=1000, registered=200),
        pytest.param(
            Plan(calls=20_000, rate=40, reloads=200, devices=10_000, registered=2000, settles=True),
            marks=[pytest.mark.full, pytest.mark.timeout(1800)],
        ),
    ],
    ids=lambda plan: f"{plan.calls} calls, {plan.reloads} reloads",
)
def test_reloads_under_load(stage: Stage, plan: Plan) -> None:
    found = Soak(stage, plan).runs()
    assert found.reloads == found.held == plan.reloads, "no call is dropped"
    assert not found.lost, "no registration is lost"
    if plan.settles:  # in a short run what the load has under way is more than what is looked for
        assert found.growth < 1.5 * found.snapshot + plan.reloads // 2 * OF_A_CALL + NOISE, found
