from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.cdr import call_record
from pbxd.events import CallArrived, CallEnded, CallEvent, CallId, LegAnswered, LegEnded, LegId
from pbxd.store import CallRecord, TurnRecord
from pbxd.store.calls import RunningCalls, from_row, to_row
from pbxd.store.codec import decode, encode
from tests.unit.store.samples import EVENTS, NOW, any_event, conversation

CALL_EVENTS = [kind for kind in EVENTS if issubclass(kind, CallEvent)]


def test_an_answered_call() -> None:
    record = call_record(conversation("c1"))
    assert (record.call, record.caller, record.called) == ("c1", "+4588887701", "202")
    assert (record.started, record.answered, record.ended) == (NOW, NOW + 3.5, NOW + 13.6)
    assert (record.seconds, record.talk_seconds, record.result, record.status) == (13.6, 10.1, "answered", 200)
    assert record.turns == (TurnRecord(at=NOW, called="+4588887702", treatment="ring bo"),)
    anna, bo = record.legs
    assert (anna.party, anna.inbound, anna.number, anna.by_peer) == ("anna-desk", True, "+4588887701", False)
    assert (bo.party, bo.inbound, bo.number, bo.by_peer) == ("bo-desk", False, "+4588887702", True)
    assert (bo.started, bo.ringing, bo.answered, bo.ended) == (NOW + 0.01, NOW + 0.1, NOW + 3, NOW + 13.5)


def test_a_running_call_has_no_end() -> None:
    record = call_record(conversation("c1")[:6])
    assert (record.answered, record.ended, record.result) == (NOW + 3.5, None, "")
    assert [leg.ended for leg in record.legs] == [None, None]


def test_a_call_whose_caller_gave_up_was_not_answered() -> None:
    story = [event for event in conversation("c1") if not isinstance(event, LegAnswered)]
    assert call_record(story).answered is None


def test_the_first_answer_counts_where_the_callers_own_was_not_reported() -> None:
    story = [event for event in conversation("c1") if not (isinstance(event, LegAnswered) and event.leg == "c1.1")]
    assert call_record(story).answered == NOW + 3


def test_what_comes_before_the_arrival_or_after_the_end_does_not_count() -> None:
    story = conversation("c1")
    late = LegEnded(
        at=NOW + 99, call=CallId("c1"), leg=LegId("c1.2"), party="x", status=500, reason="late", by_peer=True
    )
    assert call_record([late, *story, late]) == call_record(story)


def test_the_first_of_a_kind_counts() -> None:
    story = conversation("c1")
    again = [replace(event, at=event.at + 0.001) for event in story[3:8]]
    assert call_record([*story[:8], *again, story[8]]) == call_record(story)


def test_a_call_that_never_arrived_has_no_record() -> None:
    with pytest.raises(ValueError, match="never arrived"):
        call_record(conversation("c1")[1:])


@given(st.lists(st.sampled_from(CALL_EVENTS).flatmap(any_event), max_size=40))
def test_rebuilding_from_the_ledger_gives_the_records_that_were_written(stream: list[CallEvent]) -> None:
    running, written = RunningCalls(call_record), dict[CallId, CallRecord]()
    ledger: dict[CallId, list[CallEvent]] = defaultdict(list)
    used: set[CallId] = set()
    for event in stream:
        if event.call in used:  # an id is used once
            continue
        if isinstance(event, CallEnded) and event.call in written:
            used.add(event.call)
        if (record := running.add(event)) is not None:
            written[record.call] = from_row(to_row(record))
        found = decode(type(event).__name__, event.at, event.call, encode(event))
        assert isinstance(found, CallEvent)
        ledger[event.call].append(found)
    for call, story in ledger.items():
        if not any(isinstance(event, CallArrived) for event in story):
            assert call not in written
        elif call in used:
            assert call_record(story) == written[call]
        else:
            assert written[call].ended is None
            assert call_record(story).started == written[call].started
    assert len(running) == len(written) - len(used)


@given(st.data())
def test_a_record_survives_its_row(data: Any) -> None:
    arrived = data.draw(any_event(CallArrived))
    record = call_record([arrived])
    assert from_row(to_row(record)) == record
