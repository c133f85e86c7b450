"""The server side of an INVITE (RFC 3261 13.3): ring, answer or refuse, and be cancelled."""

from __future__ import annotations

from collections.abc import Callable

from pbxd.sip.dialog import Dialog
from pbxd.sip.digest_client import DigestClient
from pbxd.sip.headers import Reason
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.session.base import ABILITIES, SDP_TYPE, State, why
from pbxd.sip.session.effects import Effect, Ended, Report, Respond
from pbxd.sip.session.reliable import Reliable
from pbxd.sip.session.timer import USUAL, Pairs
from pbxd.sip.session.usage import InviteSession
from pbxd.sip.transaction import ServerEntry, Timers
from pbxd.sip.uri import Uri

REPEAT_PROVISIONAL = 60.0
"""Seconds after which an unanswered call's provisional response is sent again, so that no proxy on the way gives the
call up (RFC 3261 13.3.1.1)."""


class InboundSession(InviteSession):
    """A call that came to us."""

    def __init__(
        self,
        invite: Request,
        transaction: ServerEntry,
        *,
        local_tag: str,
        contact: Uri,
        timers: Timers,
        jitter: Callable[[], float],
        session_expires: int = USUAL,
        credentials: DigestClient | None = None,
    ) -> None:
        """Raises :class:`pbxd.errors.ProtocolViolation` when the INVITE can't make a dialog."""
        super().__init__(timers=timers, jitter=jitter, session_expires=session_expires, credentials=credentials)
        self.invite = invite
        self.dialog: Dialog = Dialog.of_server(invite, local_tag=local_tag, contact=contact, flow=transaction.flow)
        self.transaction = transaction
        """That of the INVITE."""
        self._learn(invite)
        self._provisional: Response | None = None
        self._repeat_at: float | None = None
        self._reliable = Reliable(timers=timers, jitter=jitter())
        self._queue: list[tuple[int, bytes]] = []
        """Status and body of reliable provisional responses that wait for the PRACK of the one before."""
        self._accepting: bytes | None = None
        """What the 200 carries that waits for a PRACK."""

    @property
    def offer_body(self) -> bytes:
        """The caller's offer, empty when it wants ours (delayed offer)."""
        return self.invite.body if self.invite.body and self.invite.content_type == SDP_TYPE else b""

    def ring(self, now: float, *, status: int = 180, body: bytes = b"") -> list[Effect]:
        """Send a provisional response, with an SDP answer in ``body`` for early media (then usually 183).

        It goes reliably where the caller insists on that, or where it carries SDP and the caller is able (RFC 3262 3).
        """
        if self.state is not State.EARLY or self._accepting is not None:
            return []
        insists = "100rel" in self.invite.require
        if insists and not self.offer_body:
            return []  # RFC 3262 5: a reliable one would have to carry our offer, which we don't have yet
        if self._reliable.answered:
            body = b""
        if not insists and not (body and "100rel" in self.invite.supported):
            return self._send_provisional(self._dialog_response(status, body), now)
        if self._reliable.waiting:
            self._queue.append((status, body))  # RFC 3262 3: not before the first has its PRACK
            return []
        response = self._dialog_response(status, body, self._reliable.headers())
        self._reliable.sent(response, now)
        return self._send_provisional(response, now)

    def _send_provisional(self, response: Response, now: float) -> list[Effect]:
        self._provisional = response
        self._repeat_at = now + REPEAT_PROVISIONAL
        return [Respond(self.transaction, response)]

    def accept(self, body: bytes, now: float) -> list[Effect]:
        """Answer with 200; ``body`` is our answer, or our offer where the INVITE had none.

        The 200 waits for the PRACK of a provisional response that carried our answer (RFC 3262 3), and where that was
        reliable it carries none itself.
        """
        if self.state is not State.EARLY:
            return []
        if self._reliable.answering:
            self._accepting = body
            return []
        if self._reliable.answered:
            body = b""
        response = self._dialog_response(200, body, self._timer.answering(self.invite, now))
        self.state = State.ACCEPTED
        self._settle()
        self._expect_ack(self.transaction, response, now, offered=not self.offer_body)
        return [Respond(self.transaction, response)]

    def _settle(self) -> None:
        """The final response is out: of the INVITE, its headers are asked for from now on, and by few."""
        self.invite = self.invite.to_keep()
        self._provisional = None
        self._repeat_at = None
        self._accepting = None
        self._queue.clear()
        self._reliable.settle()

    def _receive_prack(self, request: Request, transaction: ServerEntry, now: float) -> list[Effect]:
        """RFC 3262 3: the response that it is for is settled, and what waited for that goes out."""
        if not self._reliable.acknowledged(request, self.invite.cseq.number):
            return super()._receive_prack(request, transaction, now)
        if request.body and self.state is State.EARLY:  # another offer, whose answer the 200 carries (RFC 3262 5)
            effects = self._receive_offer(request, transaction, now)
        else:
            effects = [Respond(transaction, response_to(request, 200))]
        if self._accepting is not None:
            return effects + self.accept(self._accepting, now)
        if self._queue:
            status, body = self._queue.pop(0)
            return effects + self.ring(now, status=status, body=body)
        return effects

    @property
    def _exchanged(self) -> bool:
        return self.state is not State.EARLY or (self._reliable.answered and not self._reliable.answering)

    def reject(self, status: int, reason: str = "", headers: tuple[tuple[str, str], ...] = ()) -> list[Effect]:
        """Refuse with a final response of 300 to 699; the session is over."""
        if self.state is not State.EARLY:
            return []
        return [Respond(self.transaction, self._final(status, reason, headers))]

    def cancelled(self, cancel: Request, transaction: ServerEntry) -> list[Effect]:
        """The caller gives up, or one of its re-INVITEs."""
        if transaction is not self.transaction:
            return super().cancelled(cancel, transaction)
        if self.state is not State.EARLY:
            return []
        response = Respond(self.transaction, self._final(487))
        return [response, Report(Ended(status=487, reason=why(cancel), by_peer=True))]

    def request(self, request: Request, transaction: ServerEntry, now: float) -> list[Effect]:
        """A request within the dialog; a BYE may come before our answer (15.1.2)."""
        unanswered = self.state is State.EARLY
        effects = super().request(request, transaction, now)
        if unanswered and self.state is State.ENDED:
            effects.insert(0, Respond(self.transaction, self._final(487)))
        return effects

    @property
    def deadline(self) -> float | None:
        """When ``wake`` wants to be called; monotonic seconds."""
        if self._repeat_at is None:
            return super().deadline
        return min(self._repeat_at, self._reliable.deadline or self._repeat_at)

    def wake(self, now: float) -> list[Effect]:
        """Repeat the provisional response each minute, sooner while its PRACK is missing; then see to the rest."""
        if self._repeat_at is None:
            return super().wake(now)
        if self._reliable.overdue(now):
            why = "no PRACK for our provisional response came in time"
            refused = Respond(self.transaction, self._final(504))  # RFC 3262 3: a 5xx
            return [refused, Report(Ended(status=504, reason=why, by_peer=False))]
        if (again := self._reliable.repeat(now)) is not None:
            return [Respond(self.transaction, again)]
        if now < self._repeat_at or self._provisional is None:
            return []
        if "100rel" in self.invite.require:
            return self.ring(now, status=self._provisional.status)  # a new one: nobody looks at an old RSeq again
        return self._send_provisional(self._provisional, now)

    def _hangup_early(self, reason: Reason | None) -> list[Effect]:
        return self.reject(480, headers=(("Reason", str(reason)),) if reason is not None else ())

    def _owns_call_id(self) -> bool:
        return False

    def _dialog_response(self, status: int, body: bytes, more: Pairs = ()) -> Response:
        """A response that makes the dialog (12.1.1): our tag, Contact, and the INVITE's Record-Route."""
        invite = self.invite
        headers = [("Contact", f"<{self.dialog.contact}>"), *ABILITIES, *more]
        headers.extend(("Record-Route", value) for value in invite.headers.all("Record-Route"))
        tag, content_type = self.dialog.id.local_tag, SDP_TYPE if body else ""
        return response_to(invite, status, to_tag=tag, headers=headers, body=body, content_type=content_type)

    def _final(self, status: int, reason: str = "", headers: tuple[tuple[str, str], ...] = ()) -> Response:
        self.state = State.ENDED
        self._settle()
        return response_to(self.invite, status, reason, to_tag=self.dialog.id.local_tag, headers=headers)
