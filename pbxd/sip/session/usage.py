"""What both sides of a call do once there is a dialog: offers by re-INVITE and UPDATE, and BYE."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from pbxd.errors import MalformedMessage, ProtocolViolation
from pbxd.sip.dialog import Dialog
from pbxd.sip.headers import Reason
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.session.effects import (
    Answered,
    Cancel,
    Effect,
    Ended,
    OfferAnswered,
    OfferFailed,
    OfferReceived,
    Report,
    Respond,
    SendAck,
    SendRequest,
)
from pbxd.sip.transaction import ServerEntry, Timers

ALLOW = "INVITE, ACK, CANCEL, BYE, UPDATE, OPTIONS"
"""Methods that a session takes in its dialog; the endpoint's own (REGISTER) are not for dialogs."""
SUPPORTED: frozenset[str] = frozenset()
"""Option tags that a peer may Require of a session."""
SDP_TYPE = "application/sdp"
FATAL = frozenset({404, 408, 410, 416, 481, 482, 483, 484, 485, 502, 604})
"""Failures of a request within a dialog that mean that the peer or its dialog is gone (RFC 3261 12.2.1.2, RFC 5057).
All others refuse only what was asked for, and the session goes on as it was."""


class State(Enum):
    """Where the usage stands; the initial INVITE's own states are the subclasses' affair."""

    EARLY = auto()
    ACCEPTED = auto()
    """Our 2xx is out and its ACK is not in."""
    CONFIRMED = auto()
    ENDED = auto()


@dataclass(slots=True)
class PendingAccept:
    """A 2xx of ours to an INVITE, repeated until its ACK comes (13.3.1.4, 14.2).

    The 2xx is ours to repeat, not the transaction's: RFC 6026 took it away from there.
    """

    transaction: ServerEntry
    response: Response
    cseq: int
    interval: float
    repeat_at: float
    give_up_at: float
    offered: bool
    """Whether the 2xx carries our offer, so that the ACK carries the answer."""


class InviteSession(ABC):
    """One leg's INVITE usage. Methods that take ``now`` (monotonic seconds) return the effects to perform."""

    def __init__(self, *, timers: Timers, jitter: Callable[[], float]) -> None:
        """``jitter`` gives numbers from 0 to 1 for the waiting times of RFC 3261 14.1."""
        self.state = State.EARLY
        self.dialog: Dialog | None = None
        """The confirmed dialog, or for an inbound session the early one; ``None`` before there is one."""
        self._timers = timers
        self._jitter = jitter
        self._accept: PendingAccept | None = None
        self._remote_offer: ServerEntry | None = None
        """The re-INVITE or UPDATE whose offer (or wish for one) waits for our owner's answer."""
        self._local_offer: int | None = None
        """CSeq of our re-INVITE or UPDATE under way."""
        self._hangup: Reason | None = None
        self._hanging_up = False
        """Our owner hung up before the ACK came; BYE must wait for it (RFC 3261 15)."""
        self._bye: int | None = None
        """CSeq of our BYE under way."""
        self._ack: Request | None = None
        """The ACK of the newest 2xx to an INVITE of ours, for when that 2xx is repeated."""

    # What the owner commands ---------------------------------------------------------------------------------------

    @property
    def calm(self) -> bool:
        """Whether no offer is under way in either direction, so that ``offer`` may be called."""
        return (
            self.state is State.CONFIRMED
            and self._local_offer is None
            and self._remote_offer is None
            and self._accept is None
        )

    def offer(self, body: bytes) -> list[Effect]:
        """Offer a changed session by re-INVITE; only while :attr:`calm`."""
        dialog = self._confirmed()
        request = dialog.request("INVITE", headers=(("Allow", ALLOW),), content_type=SDP_TYPE, body=body)
        self._local_offer = request.cseq.number
        return [SendRequest(request, dialog.destination)]

    def answer_offer(self, body: bytes, now: float) -> list[Effect]:
        """Answer the peer's :class:`OfferReceived` with our answer (or, where it asked for one, our offer)."""
        transaction, self._remote_offer = self._remote_offer, None
        if transaction is None or self.state is State.ENDED:
            return []
        request = transaction.request
        response = self._success(transaction, body)
        if request.method == "INVITE":
            self._expect_ack(transaction, response, now, offered=not request.body)
        return [Respond(transaction, response)]

    def refuse_offer(self, status: int, reason: str = "") -> list[Effect]:
        """Refuse the peer's offer; the session goes on as it was (14.2)."""
        transaction, self._remote_offer = self._remote_offer, None
        if transaction is None or self.state is State.ENDED:
            return []
        return [Respond(transaction, response_to(transaction.request, status, reason))]

    def hangup(self, reason: Reason | None = None) -> list[Effect]:
        """End the session from our side; nothing is reported any more."""
        match self.state:
            case State.CONFIRMED:
                return self._abandon_offer() + self._send_bye(reason)
            case State.ACCEPTED:
                self._hanging_up, self._hangup = True, reason
                return self._abandon_offer()
            case _:
                return self._hangup_early(reason)

    # What arrives --------------------------------------------------------------------------------------------------

    def request(self, request: Request, transaction: ServerEntry) -> list[Effect]:
        """A request within the dialog, other than ACK."""
        if self.dialog is None or self.dialog.id.remote_tag != (request.from_.tag or ""):
            return [Respond(transaction, response_to(request, 481))]
        if self.state is State.ENDED:
            crossing = request.method == "BYE" and self._bye is not None  # RFC 5407 3.2
            return [Respond(transaction, response_to(request, 200 if crossing else 481))]
        try:
            self.dialog.receive(request)
        except ProtocolViolation as wrong:
            return [Respond(transaction, response_to(request, wrong.status, wrong.reason))]
        unknown = request.require - SUPPORTED
        if unknown:
            unsupported = ("Unsupported", ", ".join(sorted(unknown)))
            return [Respond(transaction, response_to(request, 420, headers=[unsupported]))]
        match request.method:
            case "BYE":
                return self._receive_bye(request, transaction)
            case "INVITE" | "UPDATE":
                return self._receive_offer(request, transaction)
            case "OPTIONS":
                return [Respond(transaction, response_to(request, 200, headers=[("Allow", ALLOW)]))]
            case _:
                return [Respond(transaction, response_to(request, 405, headers=[("Allow", ALLOW)]))]

    def ack(self, request: Request) -> list[Effect]:
        """The ACK of a 2xx of ours."""
        accept = self._accept
        if accept is None or request.cseq.number != accept.cseq:
            return []  # repeated, or of an INVITE long settled
        self._accept = None
        first = self.state is State.ACCEPTED
        if first:
            self.state = State.CONFIRMED
        if self._hanging_up:
            return self._send_bye(self._hangup)
        if first:
            return [Report(Answered(dialog=self._confirmed(), body=request.body))]
        return [Report(OfferAnswered(body=request.body))] if accept.offered else []

    def response(self, response: Response) -> list[Effect]:
        """A response to a request of ours."""
        cseq = response.cseq
        match cseq.method:
            case "INVITE" | "UPDATE" if cseq.number == self._local_offer:
                return self._offer_response(response)
            case "BYE" if cseq.number == self._bye and response.status >= 200:
                self._bye = None
            case "INVITE" if self._ack is not None and cseq.number == self._ack.cseq.number:
                if response.status // 100 == 2:  # our ACK was lost
                    return [SendAck(self._ack, self._confirmed().destination)]
        return []

    def failed(self, request: Request, status: int, reason: str) -> list[Effect]:
        """A request of ours got no answer (408) or could not be sent (503): RFC 3261 8.1.3.1."""
        return self.response(response_to(request, status, reason))

    # Time ----------------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When ``wake`` wants to be called; monotonic seconds."""
        return None if self._accept is None else min(self._accept.repeat_at, self._accept.give_up_at)

    def wake(self, now: float) -> list[Effect]:
        """Repeat the 2xx, or give up waiting for its ACK and say BYE (13.3.1.4)."""
        accept = self._accept
        if accept is None:
            return []
        if now >= accept.give_up_at:
            self._accept = None
            if self._hanging_up:
                return self._send_bye(self._hangup)
            why = "no ACK for our 200 came in time"
            bye = self._send_bye(Reason(protocol="SIP", cause=408, text=why))
            return [*bye, Report(Ended(status=408, reason=why, by_peer=False))]
        if now >= accept.repeat_at:
            accept.interval = min(accept.interval * 2, self._timers.t2)
            accept.repeat_at = now + accept.interval
            return [Respond(accept.transaction, accept.response)]
        return []

    @property
    def finished(self) -> bool:
        """Whether nothing can come any more that this session would have to answer for."""
        return self.state is State.ENDED and self._bye is None and self._accept is None

    # Offers --------------------------------------------------------------------------------------------------------

    def _receive_offer(self, request: Request, transaction: ServerEntry) -> list[Effect]:
        if request.body and request.content_type != SDP_TYPE:
            accept = ("Accept", SDP_TYPE)
            return [Respond(transaction, response_to(request, 415, headers=[accept]))]
        if request.method == "UPDATE" and not request.body:
            return [Respond(transaction, self._success(transaction, b""))]  # a target or session refresh, RFC 3311 5.2
        if self._local_offer is not None or (self._accept is not None and self._accept.offered):
            return [Respond(transaction, response_to(request, 491))]  # glare: 14.2, RFC 3311 5.2
        if self._remote_offer is not None or self._accept is not None or self.state is State.EARLY:
            wait = ("Retry-After", str(round(self._jitter() * 10)))  # 14.2: a random value between 0 and 10 s
            return [Respond(transaction, response_to(request, 500, headers=[wait]))]
        self._remote_offer = transaction
        return [Report(OfferReceived(body=request.body))]

    def _offer_response(self, response: Response) -> list[Effect]:
        dialog = self._confirmed()
        status = response.status
        if status < 200:
            return []
        self._local_offer = None
        if status < 300:
            dialog.refresh_target(response)
            effects: list[Effect] = []
            if response.cseq.method == "INVITE":
                self._ack = dialog.request("ACK", cseq=response.cseq.number)
                effects.append(SendAck(self._ack, dialog.destination))
            if self.state is State.CONFIRMED:
                effects.append(Report(OfferAnswered(body=response.body)))
            return effects
        if self.state is not State.CONFIRMED:
            return []
        if status in FATAL:
            why = f"{status} {response.reason}"
            return [
                *self._send_bye(Reason(protocol="SIP", cause=status, text=response.reason)),
                Report(Ended(status=status, reason=why, by_peer=True)),
            ]
        retry = self._glare_pause() if status == 491 else None
        return [Report(OfferFailed(status=status, reason=response.reason, retry_after=retry))]

    def _glare_pause(self) -> float:
        """Seconds before offering again after a 491 (14.1): the owner of the Call-ID waits longer."""
        if self._owns_call_id():
            return 2.1 + round(self._jitter() * 190) / 100
        return round(self._jitter() * 200) / 100

    def _abandon_offer(self) -> list[Effect]:
        """An offer that nobody will answer any more still needs a final response."""
        return self.refuse_offer(487) if self._remote_offer is not None else []

    # Endings -------------------------------------------------------------------------------------------------------

    def _receive_bye(self, request: Request, transaction: ServerEntry) -> list[Effect]:
        """15.1.2: answer it, and whatever is still open in this dialog with 487."""
        effects = self._abandon_offer()
        effects.append(Respond(transaction, response_to(request, 200)))
        reported = not self._hanging_up and self._bye is None
        self.state = State.ENDED
        self._accept = None
        if reported:
            effects.append(Report(Ended(status=0, reason=why(request), by_peer=True)))
        return effects

    def _send_bye(self, reason: Reason | None) -> list[Effect]:
        dialog = self._confirmed()
        self.state = State.ENDED
        self._accept = None
        headers = (("Reason", str(reason)),) if reason is not None else ()
        # A re-INVITE of ours that the peer rings with may stay without an answer for ever, if nobody cancels it.
        cancel: list[Effect] = [] if self._local_offer is None else [Cancel(reason)]
        bye = dialog.request("BYE", headers=headers)
        self._bye = bye.cseq.number
        return [*cancel, SendRequest(bye, dialog.destination)]

    @abstractmethod
    def _hangup_early(self, reason: Reason | None) -> list[Effect]:
        """End before there is a confirmed dialog; the subclasses know how."""

    @abstractmethod
    def _owns_call_id(self) -> bool:
        """Whether the Call-ID of the dialog was made by us."""

    # Help ----------------------------------------------------------------------------------------------------------

    def _success(self, transaction: ServerEntry, body: bytes) -> Response:
        """A 200 to a target refresh request: Contact, Allow and, where there is a body, its type."""
        request, dialog = transaction.request, self._confirmed()
        dialog.accepted(request, transaction.flow)
        headers = [("Contact", f"<{dialog.contact}>"), ("Allow", ALLOW)]
        headers.extend(("Record-Route", value) for value in request.headers.all("Record-Route"))
        return response_to(
            request,
            200,
            to_tag=dialog.id.local_tag,
            headers=headers,
            body=body,
            content_type=SDP_TYPE if body else "",
        )

    def _expect_ack(self, transaction: ServerEntry, response: Response, now: float, *, offered: bool) -> None:
        self._accept = PendingAccept(
            transaction=transaction,
            response=response,
            cseq=response.cseq.number,
            interval=self._timers.t1,
            repeat_at=now + self._timers.t1,
            give_up_at=now + 64 * self._timers.t1,
            offered=offered,
        )

    def _confirmed(self) -> Dialog:
        if self.dialog is None:
            raise ProtocolViolation("there is no dialog yet", status=481)
        return self.dialog


def why(request: Request) -> str:
    """What the peer says about its BYE or CANCEL: the text of its Reason header (RFC 3326), or nothing."""
    value = request.headers.get("Reason")
    if value is None:
        return ""
    try:
        reason = Reason.parse(value)
    except MalformedMessage:  # it ends the call all the same
        return ""
    return reason.text or f"{reason.protocol} {reason.cause}"
