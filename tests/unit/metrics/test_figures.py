"""What the events of a server's life add up to."""

from __future__ import annotations

from pbxd import events
from pbxd.events import CallId, LegId
from pbxd.metrics.figures import MAX_TRUNKS, OTHER, Figures, Histogram

CALL, LEG = CallId("c1"), LegId("c1.1")


def arrived(call: CallId = CALL, at: float = 100.0) -> events.CallArrived:
    return events.CallArrived(
        at=at,
        call=call,
        leg=LEG,
        party="anna-desk",
        organization="house",
        caller="",
        caller_name="",
        called="202",
        sip_call_id="x",
        address="",
    )


def answered(at: float) -> events.LegAnswered:
    return events.LegAnswered(at=at, call=CALL, leg=LEG, party="bo-desk")


def ended(result: str, talk: float) -> events.CallEnded:
    return events.CallEnded(at=200.0, call=CALL, result=result, status=200, reason="", seconds=9.0, talk_seconds=talk)


def told(*happened: events.Event) -> Figures:
    figures = Figures()
    for event in happened:
        figures(event)
    return figures


def test_a_call_is_set_up_once_however_many_legs_answer() -> None:
    figures = told(arrived(), answered(103.0), answered(104.0), ended("answered", 60.0))
    assert figures.setup.sum == 3.0
    assert sum(figures.setup.counts) == 1
    assert figures.talk.sum == 60.0
    assert figures.ended == {"answered": 1}
    assert figures.counts[events.LegAnswered] == 2


def test_a_call_without_an_answer_leaves_nothing_behind() -> None:
    figures = told(arrived(), ended("busy", 0.0), answered(105.0))
    assert sum(figures.setup.counts) == sum(figures.talk.counts) == 0
    assert not figures._unanswered


def test_a_clock_that_jumps_back_makes_no_negative_time() -> None:
    assert told(arrived(at=100.0), answered(at=40.0)).setup.sum == 0.0


def test_bounds_belong_to_the_bucket_below() -> None:
    found = Histogram((1.0, 2.0))
    for value in (0.0, 1.0, 1.1, 2.0, 2.1, 99.0):
        found.observe(value)
    assert found.counts == [2, 2, 2]


def test_refusals_that_are_told_together_count_each() -> None:
    one = events.RequestRefused(
        at=1.0, method="INVITE", account="x", target="y", address="", status=403, reason="", sip_call_id=""
    )
    more = events.RequestsRefused(at=2.0, address="192.0.2.66", count=40, seconds=60.0)
    assert told(one, one, more).refused == {"403": 2, OTHER: 40}


def test_labels_are_bounded() -> None:
    downs = [
        events.TrunkDown(at=1.0, trunk=f"t{number}", status=503, reason="", retry_after=0.0)
        for number in range(MAX_TRUNKS + 50)
    ]
    figures = told(*downs, downs[0])
    assert len(figures.trunk_failures) == MAX_TRUNKS + 1
    assert figures.trunk_failures[OTHER] == 50
    assert figures.trunk_failures["t0"] == 2
