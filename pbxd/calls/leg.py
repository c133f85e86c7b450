"""A leg: one INVITE usage with one party, its media port, and who owns it.

Legs have no task. What their session reports lands here in the packet's own tick, is answered at once where that needs
no decision (an answer to our offer, hold and resume), and otherwise goes to the owner: the call that rings, talks to or
serves this party.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.calls import digits
from pbxd.calls.meeting import Meeting
from pbxd.calls.offers import Offers
from pbxd.calls.reports import Failed, Gone, Listener, Owner, Progressed, Up
from pbxd.calls.stream import Stream
from pbxd.dialplan.source import Source
from pbxd.errors import MalformedMessage, ProtocolViolation, Refused
from pbxd.events import (
    CallId,
    LegAdopted,
    LegAnswered,
    LegEncrypted,
    LegEnded,
    LegHeld,
    LegId,
    LegMoved,
    LegReplaced,
    LegResumed,
    LegRinging,
    MediaProblem,
    Transcoding,
    current_call,
)
from pbxd.sip.headers import Reason
from pbxd.sip.replaces import Meant
from pbxd.sip.session import (
    Answered,
    Ended,
    InboundSession,
    Keyed,
    OfferAnswered,
    OfferFailed,
    OfferReceived,
    OfferWithdrawn,
    OutboundSession,
    Progress,
    Referred,
    RefreshDue,
    Rejected,
    SessionEvent,
    Settled,
    UpdateAnswered,
)

if TYPE_CHECKING:
    from pbxd.calls.bridge import Bridge
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.rendezvous import Rendezvous
    from pbxd.calls.trunks import TrunkState
    from pbxd.calls.usage import Held
    from pbxd.media.engine import Played, PortId, Recorded
    from pbxd.sip.dialog import Dialog
    from pbxd.sip.line import Line


REPLACED = Reason(protocol="SIP", cause=200, text="Call completed elsewhere")


class Leg:
    """One party's line into pbxd. ``owner`` is ``None`` once the leg is over."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        owner: Owner,
        id: LegId,
        party: str,
        source: Source,
        stream: Stream,
        inbound: bool,
    ) -> None:
        """``source`` is who its party would be as a caller."""
        self._kernel = kernel
        self.owner: Owner | None = owner
        self.id = id
        self.party = party
        self.source = source
        self.stream = stream
        self.inbound = inbound
        """Whether the party called us."""
        self.bridge: Bridge | None = None
        """The bridge it is in."""
        self.listener: Listener | None = None
        """Who talks to the party for us."""
        self.meets: Rendezvous | None = None
        """Where the leg arrives when its party answers."""
        self.line: Line | None = None
        self.trunk: TrunkState | None = None
        """The trunk that carries it, if one does."""
        self.device: tuple[str, str] | None = None
        """Of a number beyond a trunk that is somebody's mobile: his organization, and the device's name."""
        self.counted: Held | None = None
        """What it counts for as long as it lasts (NUM-6)."""
        self.answered = False
        self.ringing = False
        self.held = False
        """Whether the party has us on hold."""
        self.silent = False
        """Whether nothing has come from the party for a while, though it may speak."""
        self.offers = Offers(self, kernel)
        self.meeting = Meeting(self, kernel)
        stream.encrypted = self._encrypted
        stream.opened = self._opened
        self._call = owner.id
        self._early: Dialog | None = None

    def connect(self, line: Line) -> None:
        """The session is made; from now on the leg is found by its dialog."""
        self.line = line
        self._kernel.legs.add(self)

    def moved(self, owner: Owner) -> None:
        """It belongs to another call from here on."""
        before, self.owner, self._call = self._call, owner, owner.id
        self.meeting.moved()
        line, at = self.connected(), self._kernel.wall
        self._kernel.bus.emit(LegMoved(at=at, call=before, leg=self.id, party=self.party, into=owner.id))
        self._kernel.bus.emit(
            LegAdopted(
                at=at,
                call=owner.id,
                leg=self.id,
                party=self.party,
                out_of=before,
                inbound=self.inbound,
                sip_call_id=line.key[0],
                address=str(self.dialog.flow) if self.dialog is not None else "",
                answered=self.answered,
            )
        )

    def replaced_by(self, new: Leg) -> None:
        """Another leg has taken this one's place; it is over."""
        self._kernel.bus.emit(
            LegReplaced(at=self._kernel.wall, call=self._call, leg=self.id, party=self.party, by=new.id)
        )
        self.hangup(REPLACED)

    def goes_by(self, trunk: TrunkState) -> None:
        """Count the leg against the trunk's limit until it ends."""
        self.trunk = trunk
        trunk.calls += 1

    # Commands ------------------------------------------------------------------------------------------------------

    @property
    def inbound_session(self) -> InboundSession:
        session = self.line.session if self.line is not None else None
        if not isinstance(session, InboundSession):
            raise TypeError(f"{self.party} did not call us")
        return session

    @property
    def over(self) -> bool:
        """Whether the leg has ended."""
        return self.owner is None

    @property
    def call(self) -> CallId:
        """The call that it belongs to, or belonged to last."""
        return self._call

    @property
    def dialog(self) -> Dialog | None:
        """The dialog with the party, before it is confirmed the newest early one; ``None`` before there is any."""
        confirmed = self.line.session.dialog if self.line is not None else None
        return confirmed if confirmed is not None else self._early

    def meant(self) -> Meant:
        """Its dialog, as what it can be taken over by."""
        dialog = self.dialog
        return Meant(*self.connected().key, dialog.id.remote_tag if dialog is not None else "")

    def dial(self) -> None:
        """Send the INVITE of an outbound leg."""
        line = self.connected()
        if isinstance(line.session, OutboundSession):
            line.do(line.session.start())

    def ring(self, *, status: int = 180, body: bytes = b"") -> None:
        """Tell a caller that it rings, with early media where ``body`` is our SDP answer."""
        session = self.inbound_session
        self.connected().do(session.ring(self._kernel.now, status=status, body=body))

    def accept(self, body: bytes) -> None:
        """Answer a caller; ``body`` is our SDP."""
        if self.over or self.answered:
            return
        session = self.inbound_session
        self.answered = True
        self.connected().do(session.accept(body, self._kernel.now))
        self.emit(LegAnswered)

    def ask_whether_there(self) -> None:
        """Have the party answer a request that changes nothing; without an answer the leg ends (RFC 3261 12.2.1.2)."""
        line = self.connected()
        line.do(line.session.ask_whether_there())

    def reject(self, status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Refuse a caller; the leg is over."""
        if self.over:
            return
        session = self.inbound_session
        self.connected().do(session.reject(status, reason, headers))
        self._end(status, reason, by_peer=False)

    def hangup(self, reason: Reason | None = None) -> None:
        """End the leg from our side, whatever state it is in; done before this returns."""
        if self.over:
            return
        try:
            if self.line is not None:
                self.line.do(self.line.session.hangup(reason))
        finally:
            self._end(0, reason.text if reason is not None else "", by_peer=False)

    # What the session reports --------------------------------------------------------------------------------------

    def reported(self, event: SessionEvent) -> None:
        """The endpoint's call; a bug in here ends this leg's call and nothing else."""
        owner = self.owner
        if owner is None:
            return
        token = current_call.set(owner.id)
        try:
            self._react(event, owner)
        except Exception as error:  # the firewall round one call
            owner.crashed(error)
        finally:
            current_call.reset(token)

    def _react(self, event: SessionEvent, owner: Owner) -> None:
        match event:
            case Progress():
                self._progressed(event, owner)
            case Answered(body=body, settled=settled):
                self._up(body, owner, settled=settled and not body)
            case Rejected(status=status, reason=reason, contacts=contacts, retry_after=retry_after):
                self._end(status, reason, by_peer=True)
                to = tuple(map(str, contacts))
                owner.reported(Failed(leg=self, status=status, reason=reason, contacts=to, retry_after=retry_after))
            case Ended(status=status, reason=reason, by_peer=by_peer):
                self._end(status, reason, by_peer=by_peer)
                owner.reported(Gone(leg=self, status=status, reason=reason))
            case OfferReceived(body=body):
                self.offers.received(body)
            case OfferWithdrawn():
                self.offers.withdrawn()
            case OfferAnswered(body=body):
                self.offers.answered(body)
            case OfferFailed(status=status, retry_after=retry_after):
                self.offers.failed(status, retry_after)
            case UpdateAnswered(status=status, retry_after=retry_after):
                self.offers.updated(status, retry_after)
            case Settled():
                self.offers.settled()
            case Keyed():
                digits.informed(self, event)
            case Referred():
                owner.referred(self, event)
            case RefreshDue():
                self.offers.repeat()

    def _progressed(self, event: Progress, owner: Owner) -> None:
        if event.dialog is not None:
            self._early = event.dialog
        if not self.ringing:
            self.ringing = True
            self._kernel.bus.emit(
                LegRinging(at=self._kernel.wall, call=owner.id, leg=self.id, party=self.party, status=event.status)
            )
        sound = False
        if event.body:
            try:
                self.stream.accepted(event.body)
                sound = True
            except (MalformedMessage, ProtocolViolation, Refused) as error:
                self.media_problem(f"early media ignored: {error}")
        owner.reported(Progressed(leg=self, status=event.status, sound=sound))

    def _up(self, body: bytes, owner: Owner, *, settled: bool) -> None:
        """Outbound: the 2xx. Inbound: the ACK, which carries the answer where our 200 carried the offer."""
        if self.inbound:
            settled = settled or bool(self.inbound_session.offer_body) or self._settle(body, owner)
            if settled and self.bridge is not None:
                self.bridge.reconcile()
            return
        if settled or self._settle(body, owner):
            self.answered = True
            self.emit(LegAnswered)
            if self.meets is not None:
                self.meets.arrive(self)
            else:
                owner.reported(Up(leg=self))

    def pressed(self, key: str, milliseconds: int) -> None:
        """The party pressed a key, by an event that the other one can't be sent. A bug in here ends the call only."""
        try:
            digits.heard(self, key, milliseconds)
        except Exception as error:  # the firewall round one call
            if self.owner is not None:
                self.owner.crashed(error)

    def translated(self, heard: str, made: str) -> None:
        """The party hears in one encoding what comes in another."""
        self._kernel.bus.emit(
            Transcoding(at=self._kernel.wall, call=self._call, leg=self.id, party=self.party, heard=heard, made=made)
        )

    def told(self, event: Played | Recorded) -> None:
        """Something that the engine was asked for has ended."""
        if self.listener is not None:
            self.listener.told(event)

    def _settle(self, body: bytes, owner: Owner) -> bool:
        """Take the answer to our first offer; a party that answers with nonsense is hung up on."""
        try:
            self.stream.accepted(body)
        except (MalformedMessage, ProtocolViolation, Refused) as error:
            self.media_problem(str(error))
            self.hangup(Reason(protocol="SIP", cause=488, text="Not Acceptable Here"))
            owner.reported(Failed(leg=self, status=488, reason="Not Acceptable Here"))
            return False
        return True

    # Help ----------------------------------------------------------------------------------------------------------

    def connected(self) -> Line:
        """The session's line; a leg has one from just after it is made."""
        if self.line is None:
            raise TypeError(f"{self.party} has no session")
        return self.line

    def _end(self, status: int, reason: str, *, by_peer: bool) -> None:
        owner, self.owner = self.owner, None
        if owner is None:
            return
        ended = LegEnded(
            at=self._kernel.wall,
            call=owner.id,
            leg=self.id,
            party=self.party,
            status=status,
            reason=reason,
            by_peer=by_peer,
        )
        self.meets = self.listener = None  # a transaction that lingers must not keep the call alive
        try:
            self.offers.abandoned()
            if self.bridge is not None:
                self.bridge.leave(self)
        finally:  # a room or a peer with a bug costs the call, not the port
            if self.line is not None:
                self._kernel.legs.remove(self)
                self.line.leave()
            if self.stream.end is not None:
                self._kernel.legs.at.pop(self.stream.end.port, None)
            self.stream.close()
            if self.trunk is not None:
                self.trunk.calls -= 1
            if self.counted is not None:
                self.counted.release()
            self._kernel.bus.emit(ended)
            owner.let_go(self)

    def emit(self, kind: type[LegAnswered | LegHeld | LegResumed]) -> None:
        """Say that something happened to this leg."""
        owner = self.owner
        call = owner.id if owner is not None else self._call
        self._kernel.bus.emit(kind(at=self._kernel.wall, call=call, leg=self.id, party=self.party))

    def _opened(self, port: PortId) -> None:
        self._kernel.legs.at[port] = self

    def _encrypted(self, suite: str) -> None:
        self._kernel.bus.emit(
            LegEncrypted(at=self._kernel.wall, call=self._call, leg=self.id, party=self.party, suite=suite)
        )

    def media_problem(self, reason: str) -> None:
        """Say that the party's sound could not be arranged as it should be."""
        self._kernel.bus.emit(
            MediaProblem(at=self._kernel.wall, call=self._call, leg=self.id, party=self.party, reason=reason)
        )
