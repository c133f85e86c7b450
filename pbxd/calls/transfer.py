"""Transfers that the parties of a call ask for by REFER (CALL-3): to somebody new, or to whom they talked to before.

Asking is answered in the packet's own tick, and from then on nobody is in doubt about who is whose: the one who stays
is the call's subject, the one who asked is aside and waits for what becomes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.calls.interrupt import Superseded
from pbxd.dialplan.situation import FromDevice, FromTrunk
from pbxd.dialplan.treatment import Transferred
from pbxd.events import CallTransferred, TransferFailed
from pbxd.sip.headers import Reason

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.leg import Leg
    from pbxd.sip.session import Referred

DONE = Reason(protocol="SIP", cause=200, text="Call transferred")
PHRASES = {180: "Ringing", 183: "Session Progress"}


class Transfer:
    """One that is under way: who asked, and how he is told what becomes of it, be he still in the call or not."""

    def __init__(self, kernel: Kernel, referrer: Leg, asked: Referred | None, to: str) -> None:
        """``asked`` is the REFER; ``None`` where a code was dialled, and nobody waits to be told."""
        self.referrer = referrer
        self._to = to
        self._kernel = kernel
        self._line = referrer.connected()
        self._id = asked.id if asked is not None else None
        self._call = referrer.call

    def progressed(self, status: int) -> None:
        """Somebody is alerted."""
        self._tell(status, PHRASES.get(status, "Session Progress"))

    def succeeded(self, *, attended: bool = False) -> None:
        """The party is through. Most phones hang up at that; the others are helped."""
        self._tell(200, "OK")
        leg = self.referrer
        self._kernel.bus.emit(
            CallTransferred(
                at=self._kernel.wall, call=self._call, leg=leg.id, party=leg.party, to=self._to, attended=attended
            )
        )
        leg.hangup(DONE)

    def failed(self, status: int, reason: str) -> None:
        """It came to nothing. The one who asked is where he was, if he has not hung up."""
        self._tell(status, reason)
        leg = self.referrer
        self._kernel.bus.emit(
            TransferFailed(
                at=self._kernel.wall,
                call=self._call,
                leg=leg.id,
                party=leg.party,
                to=self._to,
                status=status,
                reason=reason,
            )
        )

    def _tell(self, status: int, reason: str) -> None:
        if self._id is not None:
            self._line.do(self._line.session.referral_progressed(self._id, status, reason, self._kernel.now))


def refer(call: Call, referrer: Leg, asked: Referred) -> None:
    """The party of ``referrer`` asks for a transfer: accept and begin it, or refuse it, before this returns."""
    survivor = call.bridge.peer_of(referrer) if referrer.bridge is call.bridge else None
    if survivor is None or call.conversation is None:
        _refuse(referrer, 491)  # another one is under way, or somebody has just left
    elif asked.replaces is None:
        _blind(call, referrer, survivor, asked)
    else:
        _attended(call, referrer, survivor, asked)


def _refuse(referrer: Leg, status: int) -> None:
    line = referrer.connected()
    line.do(line.session.refuse_referral(status))


def _accept(call: Call, referrer: Leg, asked: Referred, to: str) -> Transfer:
    line = referrer.connected()
    line.do(line.session.accept_referral(call.kernel.now))
    return Transfer(call.kernel, referrer, asked, to)


def _blind(call: Call, referrer: Leg, survivor: Leg, asked: Referred) -> None:
    to = asked.target.user
    move(call, referrer, survivor, _accept(call, referrer, asked, to), to)


def move(call: Call, referrer: Leg, survivor: Leg, transfer: Transfer, to: str) -> None:
    """From here on the call is about how ``survivor`` gets to ``to``."""
    call.transfer = transfer
    call.bridge.leave(referrer)
    call.subject = survivor
    call.leave_conversation(Transferred(by=referrer.source, to=to, moved=survivor.source))


def hand_on(call: Call, phone: FromDevice, to: str) -> bool:
    """Send whom a phone has on hold on to ``to``: a transfer by code, dialled in ``call`` (CALL-3).

    ``False`` where it talks to nobody else.
    """
    talking = [
        leg
        for device, leg in call.kernel.legs.talking(phone.organization, phone.user)
        if device == phone.device and leg.owner is not None and leg.owner is not call
    ]
    for referrer in sorted(talking, key=lambda leg: not leg.held):
        if referrer.owner is not None and referrer.owner.hand_on(referrer, to):
            referrer.hangup(DONE)
            return True
    return False


def _attended(call: Call, referrer: Leg, survivor: Leg, asked: Referred) -> None:
    """The party of ``referrer`` has another call with us, and wants its two far ends to talk to each other."""
    other = call.kernel.legs.find(asked.replaces) if asked.replaces is not None else None
    if other is not None and not same_party(other, referrer):
        _refuse(referrer, 403)  # whoever knows these tags has heard them elsewhere
        return
    second = other.owner if other is not None else None
    if other is None or second is None or second is call:
        _accept(call, referrer, asked, asked.target.user).failed(481, "Call/Transaction Does Not Exist")
    elif not other.answered:
        # It has not come through to whom it called yet: then that is where the call goes, from here.
        second.interrupt(Superseded(reason="transferred before it was answered"))
        _blind(call, referrer, survivor, asked)
    else:
        far = second.bridge.peer_of(other)
        transfer = _accept(call, referrer, asked, far.party if far is not None else asked.target.user)
        if far is None or not far.answered or not call.swap(referrer, far):
            transfer.failed(481, "Call/Transaction Does Not Exist")
            return
        other.hangup(DONE)
        second.interrupt(Superseded(reason=f"transferred to {survivor.party}"))
        transfer.succeeded(attended=True)


def same_party(one: Leg, other: Leg) -> bool:
    """Whether two legs are one user's, on whichever of his devices, or one trunk's."""
    match one.source, other.source:
        case FromDevice(organization=a, user=first), FromDevice(organization=b, user=second):
            return (a, first) == (b, second)
        case FromTrunk(trunk=first), FromTrunk(trunk=second):
            return first == second
        case _:
            return False
