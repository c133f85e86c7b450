"""Parties whose sound has stopped: who is asked whether he is still there, and which call is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.calls.interrupt import Lost
from pbxd.events import LegSilent

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.leg import Leg
    from pbxd.calls.reports import Owner


def fell_silent(kernel: Kernel, call: Owner, leg: Leg, seconds: float) -> None:
    """Nothing came from a party for ``seconds``. On hold, and before both have answered, that is as it should be.

    One silent party is asked by its signalling: who does not answer is gone, and its session says so. Who answers has
    sound that gets lost, or none to send, and may go on. Two silent parties are a call that nobody hears any more.
    """
    peer = leg.bridge.peer_of(leg) if leg.bridge is not None else None
    if peer is None or not (leg.answered and peer.answered) or leg.held or peer.held:
        return
    if not leg.silent:
        leg.silent = True
        remote = leg.stream.agreed.remote if leg.stream.agreed is not None else None
        kernel.bus.emit(
            LegSilent(
                at=kernel.wall,
                call=call.id,
                leg=leg.id,
                party=leg.party,
                seconds=round(seconds, 1),
                expected=str(remote or ""),
            )
        )
    if peer.silent:
        call.interrupt(Lost(reason="no sound from either side"))
    else:
        leg.ask_whether_there()
