"""The distributor beside theory, its estimates beside simpler ones, and its price."""

from __future__ import annotations

import pytest

from bench.acd_sim import (
    against_erlang,
    busy_day,
    day_of,
    decision_cost,
    errors,
    expected_wait,
    grows_like_n_log_n,
    house,
    idle_cost,
)

LIMIT = 200e-6
"""Processor seconds for one decision."""
BUSY = 3.0
"""How much more one may take on a machine that does other things as well."""


def test_the_formula_is_the_one_in_the_books() -> None:
    assert expected_wait(1, 0.5, 60.0) == pytest.approx(60.0), "M/M/1: rho / (1 - rho) services"


@pytest.mark.covers("QUE-4")
def test_waits_are_as_erlang_says() -> None:
    mean, share = against_erlang(agents=8, occupancy=0.7, service=180.0, calls=2_000, runs=20)
    assert mean.agrees, mean
    assert share.agrees, share


@pytest.mark.covers("QUE-7")
def test_the_estimate_is_better_than_simpler_ones() -> None:
    found = errors([busy_day(1), busy_day(2)])
    own, *others = [rms for rms, _, _ in found.values()]
    assert own < min(others), found


@pytest.mark.alone
def test_a_decision_costs_little_and_not_much_more_in_a_crowd() -> None:
    assert decision_cost(1_000, 500, rounds=500) < BUSY * LIMIT
    assert decision_cost(1_000, 500, rounds=500, plan=house(500, by="skill", wrap_up=0.0)) < BUSY * LIMIT
    assert idle_cost(500, rounds=300) < BUSY * LIMIT
    sizes = [250, 500, 1_000, 2_000]
    assert grows_like_n_log_n(sizes, [decision_cost(size, size // 2, rounds=300) for size in sizes])
    assert grows_like_n_log_n(sizes, [idle_cost(size, rounds=200) for size in sizes])


@pytest.mark.full
@pytest.mark.alone
def test_a_day_of_a_hundred_thousand_calls_takes_less_than_a_minute() -> None:
    seconds, answered = day_of(100_000)
    assert answered > 98_000
    assert seconds < 60
