"""A call with all that a ladder shows: phones that ring together, a diversion to a trunk, hold, a transfer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pbxd.events import (
    CallArrived,
    CallEnded,
    CallEvent,
    CallId,
    CallTransferred,
    LegAnswered,
    LegDialled,
    LegEncrypted,
    LegEnded,
    LegHeld,
    LegId,
    LegMoved,
    LegResumed,
    LegRinging,
    RouteDecided,
)
from tests.unit.store.samples import NOW

CALL = CallId("6b029578-ffed8fa74b")
FIRST_TRAIL = (
    "call: +4520203040 calls +4588887702 by trunk carrier",
    "number: +4588887702 is a number of Nordhavn Shipping",
    "rule: blocked contacts of bo: no, the caller +4520203040 is no contact",
    "rule: overridable rule 2 of organization nordhavn: no, the call is received and bo is not in a call; it would "
    "have gone to bo's voicemail after ringing the devices of everybody in group support for fifteen seconds",
    "ring: bo-desk is registered",
    "ring: bo-soft is registered",
)
SECOND_TRAIL = ("outcome: bo: no-answer", "number: 0707123456 is +46707123456", "barring: Sweden is allowed for bo")


def diverted() -> list[CallEvent]:
    """Somebody outside calls Bo, whose two phones ring; his mobile beyond the trunk answers."""
    return list(_diverted())


def _diverted() -> Iterator[CallEvent]:
    caller, desk, soft, mobile = (LegId(f"{CALL}.{number}") for number in range(1, 5))

    def leg(at: float, leg: LegId, party: str) -> dict[str, Any]:
        return {"at": NOW + at, "call": CALL, "leg": leg, "party": party}

    yield CallArrived(
        at=NOW, call=CALL, leg=caller, party="carrier", organization="nordhavn", caller="+4520203040",
        caller_name="Kim <&> Sons", called="+4588887702", sip_call_id="a", address="udp:198.51.100.7:5060",
    )  # fmt: skip
    yield RouteDecided(
        at=NOW + 0.001, call=CALL, turn=0, called="+4588887702", treatment="ring bo-desk, bo-soft for 20 s",
        trail=FIRST_TRAIL,
    )  # fmt: skip
    for one, party, address in (
        (desk, "bo-desk", "tls:[2001:db8::8]:5061"),
        (soft, "bo-soft", "ws:203.0.113.80:49152"),
    ):
        yield LegDialled(**leg(0.002, one, party), number=party, sip_call_id=party, address=address)
    yield LegRinging(**leg(0.11, desk, "bo-desk"), status=180)
    yield LegRinging(**leg(0.15, soft, "bo-soft"), status=183)
    yield LegEnded(**leg(4.2, soft, "bo-soft"), status=486, reason="Busy Here", by_peer=True)
    yield LegEnded(**leg(20.002, desk, "bo-desk"), status=487, reason="no answer", by_peer=False)
    yield RouteDecided(
        at=NOW + 20.003, call=CALL, turn=1, called="+46707123456",
        treatment="ring +46707123456 by trunk carrier for 20 s",        trail=SECOND_TRAIL,
    )  # fmt: skip
    yield LegDialled(
        **leg(20.004, mobile, "carrier"), number="+46707123456", sip_call_id="m", address="udp:198.51.100.7:5060"
    )
    yield LegRinging(**leg(21.3, mobile, "carrier"), status=180)
    yield LegAnswered(**leg(25.75, mobile, "carrier"))
    yield LegAnswered(**leg(25.76, caller, "carrier"))
    yield LegEncrypted(**leg(25.77, mobile, "carrier"), suite="AES_CM_128_HMAC_SHA1_80")
    yield LegHeld(**leg(40, mobile, "carrier"))
    yield LegResumed(**leg(45.5, mobile, "carrier"))
    yield CallTransferred(**leg(50, mobile, "carrier"), to="203", attended=False)
    yield LegMoved(**leg(50.1, mobile, "carrier"), into=CallId("6b0295aa-0011223344"))
    yield LegEnded(**leg(61, caller, "carrier"), status=200, reason="carrier hung up", by_peer=True)
    yield CallEnded(
        at=NOW + 61, call=CALL, result="answered", status=200, reason="carrier hung up", seconds=61, talk_seconds=35.24
    )
