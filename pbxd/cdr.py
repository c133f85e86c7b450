"""Call records: what became of a call, as a pure fold over its events.

The store writes the record when a call ends, and anybody can make it again from the ledger: the same function over the
same events gives the same record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pbxd.events import (
    CallArrived,
    CallEnded,
    LegAdopted,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegEvent,
    LegId,
    LegMoved,
    LegRinging,
    RecordingStarted,
    RouteDecided,
)
from pbxd.store.rows import CallRecord, LegRecord, TurnRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pbxd.events import CallEvent

_Fields = dict[str, Any]
"""The arguments of a record that is still growing: a frozen one for every event would cost more than all the rest."""


def call_record(events: Iterable[CallEvent]) -> CallRecord:
    """Fold the events of one call, in order, into its record.

    What comes before the call's :class:`CallArrived` or after its :class:`CallEnded` does not count; without the latter
    the record is that of a running call. Raises :class:`ValueError` when the call never arrived.
    """
    record: _Fields = {}
    legs: dict[LegId, _Fields] = {}
    turns: list[TurnRecord] = []
    for event in events:
        if not record:
            if isinstance(event, CallArrived):
                record = _arrived(event)
                legs[event.leg] = _leg(event, inbound=True, number=event.caller)
        elif isinstance(event, CallEnded):
            record.update(_ended(event))
            break
        elif isinstance(event, RouteDecided):
            turns.append(TurnRecord(at=event.at, called=event.called, treatment=event.treatment))
            record["billing_ids"] = tuple(dict.fromkeys((*record.get("billing_ids", ()), *event.billing_ids)))
        elif isinstance(event, RecordingStarted):
            record["recordings"] = record.get("recordings", 0) + 1
        elif isinstance(event, LegEvent):
            _follow(legs, event)
    if not record:
        raise ValueError("a call that never arrived has no record")
    records = tuple(LegRecord(**leg) for leg in legs.values())
    return CallRecord(**record, answered=_answered(records), turns=tuple(turns), legs=records)


def _arrived(event: CallArrived) -> _Fields:
    return {
        "call": event.call,
        "organization": event.organization,
        "caller": event.caller,
        "caller_name": event.caller_name,
        "called": event.called,
        "started": event.at,
    }


def _ended(event: CallEnded) -> _Fields:
    return {
        "ended": event.at,
        "seconds": event.seconds,
        "talk_seconds": event.talk_seconds,
        "result": event.result,
        "status": event.status,
        "reason": event.reason,
    }


def _leg(event: CallArrived | LegDialled | LegAdopted, *, inbound: bool, number: str) -> _Fields:
    return {
        "leg": event.leg,
        "party": event.party,
        "inbound": inbound,
        "number": number,
        "sip_call_id": event.sip_call_id,
        "address": event.address,
        "started": event.at,
    }


def _follow(legs: dict[LegId, _Fields], event: LegEvent) -> None:
    """Take one event of a leg into its record; the first of a kind counts, and a leg that never began has none."""
    leg = legs.get(event.leg)
    if leg is None:
        if isinstance(event, LegDialled):
            legs[event.leg] = _leg(event, inbound=False, number=event.number)
        elif isinstance(event, LegAdopted):
            legs[event.leg] = _leg(event, inbound=event.inbound, number=event.party)
            if event.answered:
                legs[event.leg]["answered"] = event.at
        return
    match event:
        case LegRinging():
            leg.setdefault("ringing", event.at)
        case LegAnswered():
            leg.setdefault("answered", event.at)
        case LegMoved(into=into) if "ended" not in leg:
            leg.update(ended=event.at, status=200, reason=f"went on in {into}", by_peer=False)
        case LegEnded() if "ended" not in leg:
            leg.update(ended=event.at, status=event.status, reason=event.reason, by_peer=event.by_peer)


def _answered(legs: Iterable[LegRecord]) -> float | None:
    """When the caller's own leg was answered; where that was not reported, the first leg that was."""
    times = [(not leg.inbound, leg.answered) for leg in legs if leg.answered is not None]
    return min(times)[1] if times else None
