"""Keys pressed during a call, passed on in the way that the other party takes them: named events, or INFO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.sip.session import Keyed
from pbxd.sip.session.info import RELAY, duration_of, relay

if TYPE_CHECKING:
    from pbxd.calls.leg import Leg


def keyed(presser: Leg, peer: Leg, key: Keyed) -> None:
    """A key that came by INFO goes to ``peer``: as it came, or as an event where that was agreed.

    A trunk that is said to want the one gets the one; to one that wants tones nothing is sent. A phone gets an event if
    only it has any, and otherwise what the presser chose, if it can.
    """
    wants, takes_events = peer.stream.wishes.dtmf, peer.stream.takes_events
    if wants == "inband":
        return
    prefers_events = wants == "rfc4733" or not presser.stream.takes_events
    if wants == "info" or not takes_events or (not prefers_events and peer.connected().session.takes_info):
        _inform(peer, key.content_type, key.body)
    else:
        peer.stream.press(key.digit, duration_of(key.content_type, key.body))


def pressed(peer: Leg, key: str, milliseconds: int) -> None:
    """A key that came as an event, which ``peer`` has no format for, goes to it by INFO."""
    if peer.stream.wishes.dtmf != "inband":
        _inform(peer, RELAY, relay(key, milliseconds))


def _inform(peer: Leg, content_type: str, body: bytes) -> None:
    line = peer.connected()
    line.do(line.session.inform(content_type, body, unasked=peer.stream.wishes.dtmf == "info"))
