"""Call records: what became of a call, as a pure fold over its events.

The store writes the record when a call ends, and anybody can make it again from the ledger: the same function over the
same events gives the same record.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pbxd.events import (
    CallArrived,
    CallEnded,
    CallEvent,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegEvent,
    LegId,
    LegRinging,
)
from pbxd.store.interface import CallRecord, LegRecord

if TYPE_CHECKING:
    from collections.abc import Iterable


def call_record(events: Iterable[CallEvent]) -> CallRecord:
    """Fold the events of one call, in order, into its record.

    What comes before the call's :class:`CallArrived` or after its :class:`CallEnded` does not count; without the latter
    the record is that of a running call. Raises :class:`ValueError` when the call never arrived.
    """
    record: CallRecord | None = None
    legs: dict[LegId, LegRecord] = {}
    for event in events:
        if record is None:
            if isinstance(event, CallArrived):
                record = _begin(event)
                legs[event.leg] = _first_leg(event)
        elif isinstance(event, CallEnded):
            record = _end(record, event)
            break
        elif isinstance(event, LegEvent):
            _follow(legs, event)
    if record is None:
        raise ValueError("a call that never arrived has no record")
    return replace(record, answered=_answered(legs.values()), legs=tuple(legs.values()))


def _begin(event: CallArrived) -> CallRecord:
    return CallRecord(
        call=event.call,
        organization=event.organization,
        caller=event.caller,
        caller_name=event.caller_name,
        called=event.called,
        started=event.at,
    )


def _end(record: CallRecord, event: CallEnded) -> CallRecord:
    return replace(
        record,
        ended=event.at,
        seconds=event.seconds,
        talk_seconds=event.talk_seconds,
        result=event.result,
        status=event.status,
        reason=event.reason,
    )


def _first_leg(event: CallArrived) -> LegRecord:
    return LegRecord(
        leg=event.leg,
        party=event.party,
        inbound=True,
        number=event.caller,
        sip_call_id=event.sip_call_id,
        address=event.address,
        started=event.at,
    )


def _dialled_leg(event: LegDialled) -> LegRecord:
    return LegRecord(
        leg=event.leg,
        party=event.party,
        inbound=False,
        number=event.number,
        sip_call_id=event.sip_call_id,
        address=event.address,
        started=event.at,
    )


def _follow(legs: dict[LegId, LegRecord], event: LegEvent) -> None:
    """Take one event of a leg into its record; the first of a kind counts, and a leg that never began has none."""
    leg = legs.get(event.leg)
    if leg is None:
        if isinstance(event, LegDialled):
            legs[event.leg] = _dialled_leg(event)
        return
    match event:
        case LegRinging() if leg.ringing is None:
            legs[event.leg] = replace(leg, ringing=event.at)
        case LegAnswered() if leg.answered is None:
            legs[event.leg] = replace(leg, answered=event.at)
        case LegEnded() if leg.ended is None:
            legs[event.leg] = replace(
                leg, ended=event.at, status=event.status, reason=event.reason, by_peer=event.by_peer
            )


def _answered(legs: Iterable[LegRecord]) -> float | None:
    """When the caller's own leg was answered; where that was not reported, the first leg that was."""
    times = [(not leg.inbound, leg.answered) for leg in legs if leg.answered is not None]
    return min(times)[1] if times else None
