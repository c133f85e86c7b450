"""Figures of queues and agents: whatever happens, they reconcile."""

from __future__ import annotations

import pytest

from pbxd.events import (
    AgentFinished,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentPaused,
    CallbackRequested,
    CallDequeued,
    CallId,
    CallQueued,
    Event,
    OfferEnded,
    ServerStarted,
)
from pbxd.queues.statistics import AgentKey, QueueFigures, QueueKey, Statistics
from pbxd.store.rows import AgentRow
from tests.machines.test_acd_model import play

IN = {"organization": "house", "queue": "support", "kind": "queue"}


def queued(call: str, at: float) -> CallQueued:
    return CallQueued(at=at, call=CallId(call), number="", waited=0.0, **IN)


def dequeued(call: str, at: float, result: str, waited: float = 5.0) -> CallDequeued:
    agent = "anna" if result == "answered" else ""
    return CallDequeued(at=at, call=CallId(call), result=result, why="", agent=agent, waited=waited, **IN)


@pytest.mark.covers("QUE-12")
@pytest.mark.parametrize("interval", [None, 900.0])
def test_figures_of_any_day_reconcile(interval: float | None) -> None:
    theatre = play(seed=7, steps=5_000)
    statistics = Statistics(interval=interval).read(theatre.events)
    results = list(theatre.results.values())
    total = QueueFigures()
    for figures in statistics.queues.values():
        assert figures.waiting >= 0
        for name in ("offered", "answered", "abandoned", "overflowed", "closed", "called_back"):
            setattr(total, name, getattr(total, name) + getattr(figures, name))
    assert total.offered == theatre.arrived
    for name in ("answered", "abandoned", "overflowed", "closed"):
        assert getattr(total, name) == results.count(name)
    assert total.called_back == results.count("called-back")
    assert total.waiting == len(list(statistics.live())) == theatre.arrived - len(results)


@pytest.mark.covers("QUE-12")
def test_a_call_counts_where_and_when_it_came() -> None:
    events: list[Event] = [
        queued("c1", 890.0),
        dequeued("c1", 910.0, "answered", waited=20.0),
        AgentFinished(at=1000.0, call=CallId("c1"), agent="anna", seconds=90.0, **IN),
        queued("c2", 910.0),
        dequeued("c2", 940.0, "answered", waited=30.0),
        queued("c3", 920.0),
        dequeued("c3", 925.0, "abandoned", waited=5.0),
        queued("c4", 930.0),
    ]
    found = Statistics(interval=900.0).read(events).queues
    first = found[QueueKey("house", "support", "queue", 0.0)]
    assert (first.offered, first.answered, first.within, first.talked, first.service_level) == (1, 1, 1, 90.0, 1.0)
    second = found[QueueKey("house", "support", "queue", 900.0)]
    assert (second.offered, second.answered, second.abandoned, second.waiting) == (3, 1, 1, 1)
    assert (second.service_level, second.mean_wait, second.longest) == (0.0, 30.0, 30.0)


@pytest.mark.covers("QUE-11")
def test_who_waited_when_the_server_was_killed_counts_as_lost_and_who_is_to_be_called_back_does_not() -> None:
    events: list[Event] = [
        queued("c1", 10.0),
        queued("c2", 11.0),
        CallbackRequested(at=12.0, call=CallId("c2"), number="+4511", **IN),
        ServerStarted(at=20.0, version="1", listen=(), configuration=""),
    ]
    statistics = Statistics().read(events)
    [figures] = statistics.queues.values()
    assert (figures.offered, figures.abandoned, figures.waiting) == (2, 1, 1)
    statistics(dequeued("c2", 60.0, "called-back"))
    assert (figures.called_back, figures.waiting) == (1, 0)


@pytest.mark.covers("QUE-12")
def test_agents_time_and_answers() -> None:
    who = {"organization": "house", "agent": "anna", "why": ""}
    offers = ["answered", "no-answer", "unreachable", "declined", "elsewhere"]
    events: list[Event] = [
        AgentLoggedIn(at=100.0, queue="support", **who),
        AgentLoggedIn(at=150.0, queue="sales", **who),
    ]
    events += [OfferEnded(at=160.0, call=CallId("c"), agent="anna", why=why, seconds=5.0, **IN) for why in offers]
    events += [AgentPaused(at=200.0, **who), AgentLoggedOut(at=250.0, queue="support", **who)]
    statistics = Statistics(since=90.0).read(events)
    rows = [AgentRow(organization="house", username="bo", queues=("sales",), paused=False)]
    statistics.close(300.0, rows)
    anna = statistics.agents[AgentKey("house", "anna")]
    assert (anna.offered, anna.answered, anna.unanswered, anna.declined) == (5, 1, 2, 1)
    assert (anna.logged_in, anna.paused) == (200.0, 100.0)
    assert statistics.agents[AgentKey("house", "bo")].logged_in == 210.0, "he was there before the first event"
