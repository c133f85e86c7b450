"""Bindings, events and calls to store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_type_hints

from hypothesis import strategies as st

from pbxd import events
from pbxd.events import (
    CallArrived,
    CallEnded,
    CallEvent,
    CallId,
    Event,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegId,
    LegRinging,
    RouteDecided,
)
from pbxd.network import Address
from pbxd.store import BindingRow, MessageRow, OutboxRow, RecordingRow, VoiceMessageRow

NOW = 1_800_000_000.0
"""What the tests' wall clock says."""

EVENTS = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type)
    and issubclass(kind, Event)
    and kind not in (Event, CallEvent, events.LegEvent, events.NoticeEvent, events.UserEvent)
]

_text = st.text(max_size=20) | st.sampled_from(["", "æøå", "\udc80raw", "nul\0", '"quoted"\\'])
_number = st.integers(0, 2**53) | st.integers(-5, 700)
_moment = st.floats(0, 4e9, allow_nan=False)
_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: _text,
    int: _number,
    float: _moment,
    float | None: st.none() | _moment,
    bool: st.booleans(),
    tuple[str, ...]: st.lists(_text, max_size=3).map(tuple),
    CallId: st.sampled_from(["c1", "c2", "c3"]),
    LegId: st.sampled_from(["l1", "l2", "l3"]),
}


def any_event(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Any event of one class."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: _BY_TYPE[hints[field.name]] for field in fields(kind)})


def binding(device: str = "anna-desk", **changes: Any) -> BindingRow:
    """A binding that is good for ten minutes."""
    values: dict[str, Any] = {
        "organization": "nordhavn",
        "device": device,
        "contact": f"sip:{device}@192.0.2.7:5062",
        "transport": "udp",
        "local": Address("192.0.2.1", 5060),
        "remote": Address("192.0.2.7", 5062),
        "expires": NOW + 600.25,
        "call_id": "reg-1",
        "cseq": 7,
    }
    return BindingRow(**{**values, **changes})


def message(seq: int, **changes: Any) -> MessageRow:
    """A short message from Anna to Bo."""
    values: dict[str, Any] = {
        "seq": seq,
        "organization": "nordhavn",
        "recipient": "bo",
        "sender": "sip:201@nordhavn.example",
        "sender_name": "Anna Holm",
        "sent": NOW + seq,
        "expires": NOW + seq + 3600.0,
        "content_type": "text/plain;charset=UTF-8",
        "body": b"Lunch?",
    }
    return MessageRow(**{**values, **changes})


def recording(name: str, **changes: Any) -> RecordingRow:
    """A recording that goes on, of the call that its name begins with."""
    values: dict[str, Any] = {
        "id": name,
        "organization": "house",
        "call": name.partition("-")[0],
        "caller": "anna-desk",
        "callee": "bo-desk",
        "path": f"house/{name}.wav",
        "begun": NOW,
        "expires": NOW + 86_400.0,
    }
    return RecordingRow(**{**values, **changes})


def letter(seq: int, **changes: Any) -> OutboxRow:
    """A mail to Anna that waits."""
    values: dict[str, Any] = {
        "seq": seq,
        "organization": "nordhavn",
        "kind": "voicemail",
        "user": "anna",
        "channel": "email",
        "recipient": "anna@nordhavn.example",
        "letter": '{"subject": "Besked"}',
        "state": "waiting",
        "created": NOW,
        "due": NOW + 0.5,
        "attempts": 0,
        "error": "",
    }
    return OutboxRow(**{**values, **changes})


def voice_message(id: str, **changes: Any) -> VoiceMessageRow:
    """A message in Bo's mailbox."""
    values: dict[str, Any] = {
        "id": id,
        "organization": "nordhavn",
        "kind": "user",
        "mailbox": "bo",
        "caller": "+4588887701",
        "caller_name": "Anna Ærø",
        "at": NOW,
        "seconds": 4.25,
        "bytes": 136_044,
        "path": f"nordhavn/bo/{id}.wav",
        "changed": NOW,
    }
    return VoiceMessageRow(**{**values, **changes})


def conversation(
    name: str,
    *,
    start: float = NOW,
    organization: str = "nordhavn",
    caller: str = "+4588887701",
    called: str = "202",
) -> list[CallEvent]:
    """Anna calls Bo, who answers after three seconds and hangs up after ten more."""
    return list(_conversation(CallId(name), start, organization, caller, called))


def _conversation(call: CallId, start: float, organization: str, caller: str, called: str) -> Iterator[CallEvent]:
    anna, bo = LegId(f"{call}.1"), LegId(f"{call}.2")
    yield CallArrived(
        at=start, call=call, leg=anna, party="anna-desk", organization=organization, caller=caller,
        caller_name="Anna Ærø", called=called, sip_call_id=f"a-{call}", address="udp:192.0.2.7:5062",
    )  # fmt: skip
    yield RouteDecided(
        at=start, call=call, turn=0, called="+4588887702", treatment="ring bo", trail=("202 is bo's", "bo is free")
    )
    yield LegDialled(
        at=start + 0.01, call=call, leg=bo, party="bo-desk", number="+4588887702", sip_call_id=f"b-{call}",
        address="udp:192.0.2.8:5060",
    )  # fmt: skip
    yield LegRinging(at=start + 0.1, call=call, leg=bo, party="bo-desk", status=180)
    yield LegAnswered(at=start + 3, call=call, leg=bo, party="bo-desk")
    yield LegAnswered(at=start + 3.5, call=call, leg=anna, party="anna-desk")
    yield LegEnded(at=start + 13.5, call=call, leg=bo, party="bo-desk", status=200, reason="bye", by_peer=True)
    yield LegEnded(
        at=start + 13.6, call=call, leg=anna, party="anna-desk", status=200, reason="bo-desk hung up", by_peer=False
    )
    yield CallEnded(
        at=start + 13.6, call=call, result="answered", status=200, reason="bo-desk hung up", seconds=13.6,
        talk_seconds=10.1,
    )  # fmt: skip
