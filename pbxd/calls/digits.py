"""Keys pressed during a call: for whoever talks to the party in place of another one, and otherwise passed on in the
way that the other party takes them: named events, INFO, or tones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.sip.session import Keyed
from pbxd.sip.session.info import RELAY, duration_of, relay

if TYPE_CHECKING:
    from pbxd.calls.leg import Leg


def informed(presser: Leg, key: Keyed) -> None:
    """A key came by INFO. The peer gets it as it came, as an event where that was agreed, or as a tone.

    A trunk that is said to want the one gets the one. A phone gets an event if only it has any, and otherwise what the
    presser chose, if it can.
    """
    if presser.listener is not None:
        presser.listener.pressed(key.digit, "info")
        return
    peer = _peer(presser)
    if peer is None:
        return
    prefers_events = peer.stream.wishes.dtmf == "rfc4733" or not presser.stream.takes_events
    if _informed(peer, prefers_events=prefers_events):
        _inform(peer, key.content_type, key.body)
    else:
        peer.stream.press(key.digit, duration_of(key.content_type, key.body))


def heard(presser: Leg, key: str, milliseconds: int) -> None:
    """A key came in the sound, where the peer did not hear it: it gets it as an event, by INFO, or as a tone."""
    if presser.listener is not None:
        presser.listener.pressed(key, "sound")
        return
    peer = _peer(presser)
    if peer is None:
        return
    if _informed(peer, prefers_events=True):
        _inform(peer, RELAY, relay(key, milliseconds))
    else:
        peer.stream.press(key, milliseconds)


def _peer(presser: Leg) -> Leg | None:
    peer = presser.bridge.peer_of(presser) if presser.bridge is not None else None
    return peer if peer is not None and peer.line is not None else None


def _informed(peer: Leg, *, prefers_events: bool) -> bool:
    """Whether ``peer`` is told of a key by INFO, and not in its sound."""
    match peer.stream.wishes.dtmf:
        case "info":
            return True
        case "inband":
            return False
    return peer.connected().session.takes_info and not (peer.stream.takes_events and prefers_events)


def must_be_heard(presser: Leg, peer: Leg) -> bool:
    """Whether keys must be found in the presser's sound: it has agreed to no events, and ``peer`` wants no tones."""
    if presser.stream.agreed is None or presser.stream.takes_events or presser.stream.wishes.dtmf == "info":
        return False
    return peer.stream.takes_events or peer.stream.wishes.dtmf == "info"


def _inform(peer: Leg, content_type: str, body: bytes) -> None:
    line = peer.connected()
    line.do(line.session.inform(content_type, body, unasked=peer.stream.wishes.dtmf == "info"))
