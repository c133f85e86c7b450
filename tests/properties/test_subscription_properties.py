"""A notifier under any sequence of changes, refreshes, answers and moments keeps its promises."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pbxd.sip.subscription import PACE
from tests.machines.test_subscription import Table

STEPS = st.lists(
    st.tuples(
        st.floats(0, 20, allow_nan=False),
        st.sampled_from(["change", "change", "change", "refresh", "unsubscribe", "200", "500", "408", "481", "wake"]),
    ),
    max_size=60,
)


@given(STEPS)
def test_whatever_happens(steps: list[tuple[float, str]]) -> None:
    table = Table(expires=60)
    answered = 0
    asked_at: float | None = table.now
    times = [table.now]
    cseq = 1
    for pause, what in steps:
        table.at(table.now + pause)
        match what:
            case "change":
                table.changes()
            case "refresh" | "unsubscribe":
                cseq += 1
                asked_at = table.now
                table.subscribes(cseq, 60 if what == "refresh" else 0)
            case "wake":
                table.wakes()
            case status if answered < len(table.notifies):
                answered += 1
                table.answers(int(status))
        sent = len(table.notifies)
        assert sent - answered in (0, 1), "one NOTIFY at a time"
        if sent > len(times):
            last = "terminated" in (table.notifies[-1].headers.get("Subscription-State") or "")
            assert last or asked_at is not None or table.now - times[-1] >= PACE
            times.append(table.now)
            asked_at = None
        assert [notify.cseq.number for notify in table.notifies] == list(range(1, sent + 1))
    finish(table, answered)


def finish(table: Table, answered: int) -> None:
    """With everything answered it ends by itself, soon after it expires, and wakes for nothing."""
    for _ in range(10):
        if answered < len(table.notifies):
            answered += 1
            table.answers(200)
        deadline = table.machine.deadline
        if deadline is None:
            continue
        table.at(max(table.now, deadline)).wakes()
        assert table.machine.deadline is None or table.machine.deadline > table.now
    assert table.machine.finished
    assert table.told == list(range(len(table.told))), "versions have no gap"
