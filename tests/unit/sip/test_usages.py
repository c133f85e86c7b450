"""The deadlines of usages, of which most are over long before."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pbxd.sip.message import Request
from pbxd.sip.transaction import ServerEntry
from pbxd.sip.usages import SPARE, Usages


@dataclass(slots=True)
class Subscription:
    """As much of a usage as :class:`Usages` looks at."""

    key: tuple[str, str, str]
    deadline: float | None
    due: float | None = None

    def request(self, request: Request, transaction: ServerEntry, now: float) -> None: ...

    def wake(self, now: float) -> None: ...


def begun(usages: Usages, number: int, deadline: float) -> Subscription:
    usage = usages.others[str(number), "tag", "event"] = Subscription((str(number), "tag", "event"), deadline)
    usages.schedule(usage)
    return usage


@pytest.mark.covers("REL-5")
def test_deadlines_of_what_is_finished_do_not_pile_up() -> None:
    usages = Usages()
    staying = [begun(usages, number, 1800.0 + number) for number in range(10)]
    for number in range(10, 10_000):
        del usages.others[begun(usages, number, 1800.0).key]
    assert len(usages._heap) <= SPARE + 4 * len(staying) + 1
    assert list(usages.due(1799.0)) == []
    assert [usage.key for usage in usages.due(1810.0)] == [usage.key for usage in staying]


def test_a_deadline_that_became_earlier_counts_and_one_that_became_later_is_looked_at_again() -> None:
    usages = Usages()
    one = begun(usages, 1, 100.0)
    one.deadline = 50.0
    usages.schedule(one)
    assert usages.first() == 50.0
    one.deadline = 200.0
    assert list(usages.due(150.0)) == []
    assert [usage.key for usage in usages.due(200.0)] == [one.key]
