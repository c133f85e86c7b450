"""What both sides of a call do once there is a dialog: offers by re-INVITE and UPDATE, and BYE."""

from __future__ import annotations

from pbxd.errors import ProtocolViolation
from pbxd.sip.dialog import Dialog
from pbxd.sip.headers import Reason
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.session.base import ABILITIES, ALLOW, FATAL, SDP_TYPE, SUPPORTED, State, why
from pbxd.sip.session.effects import (
    Answered,
    Effect,
    Ended,
    Keyed,
    OfferAnswered,
    OfferFailed,
    OfferReceived,
    OfferWithdrawn,
    Report,
    Respond,
    SendAck,
    Settled,
)
from pbxd.sip.session.info import digit_of, refusal
from pbxd.sip.session.refer import ReferredSession
from pbxd.sip.session.reliable import Acknowledged, is_reliable
from pbxd.sip.session.timer import Pairs, too_short
from pbxd.sip.transaction import ServerEntry


class InviteSession(ReferredSession):
    """One leg's INVITE usage. Methods that take ``now`` (monotonic seconds) return the effects to perform."""

    # What the owner commands ---------------------------------------------------------------------------------------

    def offer(self, body: bytes, headers: Pairs = ()) -> list[Effect]:
        """Offer a changed session by re-INVITE, which may say something besides; only while :attr:`calm`."""
        dialog = self._confirmed()
        self._acknowledged = Acknowledged()
        request = dialog.request(
            "INVITE", headers=(*ABILITIES, *self._timer.asking(), *headers), content_type=SDP_TYPE, body=body
        )
        self._local_offer = request.cseq.number
        return [self._send(dialog, request)]

    def answer_offer(self, body: bytes, now: float) -> list[Effect]:
        """Answer the peer's :class:`OfferReceived` with our answer (or, where it asked for one, our offer)."""
        transaction, self._remote_offer = self._remote_offer, None
        if transaction is None or self.state is State.ENDED:
            return []
        request = transaction.request
        response = self._success(transaction, body, now)
        if request.method == "INVITE":
            self._expect_ack(transaction, response, now, offered=not request.body)
        return [Respond(transaction, response)]

    def refuse_offer(self, status: int, reason: str = "") -> list[Effect]:
        """Refuse the peer's offer; the session goes on as it was (14.2)."""
        transaction, self._remote_offer = self._remote_offer, None
        if transaction is None or self.state is State.ENDED:
            return []
        return [Respond(transaction, response_to(transaction.request, status, reason))]

    @property
    def takes_info(self) -> bool:
        """Whether the peer said that it takes INFO."""
        return "INFO" in self._allows

    def inform(self, content_type: str, body: bytes, *, unasked: bool = False) -> list[Effect]:
        """Send an INFO, if the peer takes any, or ``unasked``; what becomes of it changes nothing."""
        if self.state is not State.CONFIRMED or not (unasked or self.takes_info):
            return []
        dialog = self._confirmed()
        return [self._send(dialog, dialog.request("INFO", content_type=content_type, body=body))]

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

    def request(self, request: Request, transaction: ServerEntry, now: float) -> list[Effect]:
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
                return self._receive_offer(request, transaction, now)
            case "INFO":
                return self._receive_info(request, transaction)
            case "PRACK":
                return self._receive_prack(request, transaction, now)
            case "REFER":
                return self._receive_refer(request, transaction)
            case "SUBSCRIBE":
                return self._receive_subscribe(request, transaction, now)
            case "OPTIONS":
                return [Respond(transaction, response_to(request, 200, headers=[("Allow", ALLOW)]))]
            case _:
                return [Respond(transaction, response_to(request, 405, headers=[("Allow", ALLOW)]))]

    def cancelled(self, cancel: Request, transaction: ServerEntry) -> list[Effect]:
        """A CANCEL arrived for an INVITE that may have no final response yet (RFC 3261 9.2)."""
        if transaction is not self._remote_offer:
            return []
        return [*self.refuse_offer(487), Report(OfferWithdrawn())]

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
        return [Report(OfferAnswered(body=request.body) if accept.offered else Settled())]

    def response(self, response: Response, now: float) -> list[Effect]:
        """A response to a request of ours."""
        again = self._send_again(response)
        if again is not None:
            return again
        cseq = response.cseq
        match cseq.method:
            case "INVITE" | "UPDATE" if cseq.number == self._local_offer:
                return self._offer_response(response, now)
            case "UPDATE" if cseq.number == self._refresh and response.status >= 200:
                return self._refresh_response(response, now)
            case "NOTIFY" if response.status >= 200:
                return self._notify_answered(response, now)
            case "BYE" if cseq.number == self._bye and response.status >= 200:
                self._bye = None
            case "INVITE" if self._ack is not None and cseq.number == self._ack.cseq.number:
                if response.status // 100 == 2:  # our ACK was lost
                    return [SendAck(self._ack, self._confirmed().destination)]
        return []

    def failed(self, request: Request, status: int, reason: str, now: float) -> list[Effect]:
        """A request of ours got no answer (408) or could not be sent (503): RFC 3261 8.1.3.1."""
        return self.response(response_to(request, status, reason), now)

    def _receive_info(self, request: Request, transaction: ServerEntry) -> list[Effect]:
        refused = refusal(request)
        if refused is not None:
            return [Respond(transaction, refused)]
        effects: list[Effect] = [Respond(transaction, response_to(request, 200))]
        digit = digit_of(request.content_type, request.body) if request.body else None
        if digit is not None:
            effects.append(Report(Keyed(digit=digit, content_type=request.content_type, body=request.body)))
        return effects

    # Offers --------------------------------------------------------------------------------------------------------

    def _receive_offer(self, request: Request, transaction: ServerEntry, now: float) -> list[Effect]:
        if request.body and request.content_type != SDP_TYPE:
            accept = ("Accept", SDP_TYPE)
            return [Respond(transaction, response_to(request, 415, headers=[accept]))]
        short = too_short(request)
        if short is not None:
            return [Respond(transaction, response_to(request, 422, headers=[short]))]  # RFC 4028 9
        self._learn(request)
        if request.method == "UPDATE" and not request.body:
            return [
                Respond(transaction, self._success(transaction, b"", now))
            ]  # a target or session refresh, RFC 3311 5.2
        if self._offering or (self._accept is not None and self._accept.offered):
            return [Respond(transaction, response_to(request, 491))]  # glare: 14.2, RFC 3311 5.2
        if self._remote_offer is not None or self._accept is not None or not self._exchanged:
            wait = ("Retry-After", str(round(self._jitter() * 10)))  # 14.2: a random value between 0 and 10 s
            return [Respond(transaction, response_to(request, 500, headers=[wait]))]
        self._remote_offer = transaction
        return [Report(OfferReceived(body=request.body))]

    def _offer_response(self, response: Response, now: float) -> list[Effect]:
        dialog = self._confirmed()
        status = response.status
        if status < 200:
            return self._prack(response, dialog)
        self._local_offer = None
        if status < 300:
            dialog.refresh_target(response)
            self._learn(response)
            self._timer.answered(response, now)
            effects: list[Effect] = []
            if response.cseq.method == "INVITE":
                self._ack = dialog.request("ACK", cseq=response.cseq.number, headers=self._challenges.invited)
                effects.append(SendAck(self._ack, dialog.destination))
            if self.state is State.CONFIRMED:
                effects.append(Report(OfferAnswered(body=response.body)))
            return effects
        if self.state is not State.CONFIRMED:
            return []
        if status in FATAL:
            return self._lost(response)
        retry = self._glare_pause() if status == 491 else None
        if status == 422 and self._timer.refused(response):  # RFC 4028 7.3: the same again, with a longer interval
            retry = 0.0
        self._timer.failed(now)
        return [Report(OfferFailed(status=status, reason=response.reason, retry_after=retry))]

    @property
    def _offering(self) -> bool:
        """Whether an offer of ours waits for its answer."""
        return self._local_offer is not None

    @property
    def _exchanged(self) -> bool:
        """Whether a first offer was answered, so that others may follow."""
        return self.state is not State.EARLY

    def _receive_prack(self, request: Request, transaction: ServerEntry, now: float) -> list[Effect]:
        """A PRACK for nothing (RFC 3262 3)."""
        return [Respond(transaction, response_to(request, 481))]

    def _prack(self, response: Response, dialog: Dialog) -> list[Effect]:
        """Acknowledge a reliable provisional response to an INVITE of ours, once (RFC 3262 4)."""
        rack = self._acknowledged.rack(response) if is_reliable(response) else None
        if rack is None:
            return []
        return [self._send(dialog, dialog.request("PRACK", headers=(("RAck", rack),)))]

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
