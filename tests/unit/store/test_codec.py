from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.events import CallEnded, CallId, Event, LegAnswered, LegId
from pbxd.store import EventsLost, RecordedEvent
from pbxd.store.codec import decode, encode
from tests.unit.store.samples import EVENTS, any_event

ANSWERED = LegAnswered(at=1.5, call=CallId("c"), leg=LegId("l"), party="anna")


@given(st.sampled_from([*EVENTS, EventsLost]).flatmap(any_event))
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    payload = encode(event)
    assert payload.isascii()
    assert decode(type(event).__name__, 0.0, None, payload) == event


def test_a_type_that_this_version_does_not_know_is_still_readable() -> None:
    found = decode("CallBeamed", 2.0, "c9", '{"at":2.0,"call":"c9","to":"orbit"}')
    assert found == RecordedEvent(
        at=2.0, type="CallBeamed", call=CallId("c9"), fields={"at": 2.0, "call": "c9", "to": "orbit"}
    )


def test_a_field_that_this_version_does_not_know_is_left_out() -> None:
    payload = json.dumps({**json.loads(encode(ANSWERED)), "codec": "opus"})
    assert decode("LegAnswered", 1.5, "c", payload) == ANSWERED


def test_an_event_that_lacks_a_field_is_readable_all_the_same() -> None:
    found = decode("LegAnswered", 1.5, "c", '{"at":1.5,"call":"c","leg":"l"}')
    assert isinstance(found, RecordedEvent)
    assert found.fields["leg"] == "l"


def test_a_number_that_is_none_is_refused_before_it_spoils_a_batch() -> None:
    event = CallEnded(
        at=float("nan"), call=CallId("c"), result="answered", status=200, reason="", seconds=0, talk_seconds=0
    )
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(event)
