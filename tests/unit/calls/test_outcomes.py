"""What the failures of several phones mean together."""

from __future__ import annotations

from itertools import permutations

import pytest

from pbxd.dialplan.treatment import Busy, Declined, NoAnswer, Outcome, Redirected, Unreachable
from pbxd.treatments.ring import best_of

AWAY = Redirected(by="anna-desk", to=("sip:203@house.example",))
RANKED: list[Outcome] = [Declined(), AWAY, Busy(), NoAnswer(), Unreachable(status=404, reason="Not Found")]


@pytest.mark.parametrize("best", range(len(RANKED)))
def test_the_most_telling_outcome_wins_in_whatever_order_they_come(best: int) -> None:
    for order in permutations(RANKED[best:]):
        assert best_of(order) == RANKED[best]


def test_nobody_at_all_is_unreachable() -> None:
    assert best_of([]) == Unreachable(status=480, reason="Temporarily Unavailable")


def test_the_first_of_equals_counts() -> None:
    first, second = Unreachable(status=404, reason="Not Found"), Unreachable(status=503, reason="No")
    assert best_of([first, second]) == first
