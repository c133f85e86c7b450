"""The server side of an INVITE (RFC 3261 13.3): ring, answer or refuse, and be cancelled."""

from __future__ import annotations

from collections.abc import Callable

from pbxd.sip.dialog import Dialog
from pbxd.sip.headers import Reason
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.session.base import ABILITIES, SDP_TYPE, State, why
from pbxd.sip.session.effects import Effect, Ended, Report, Respond
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
    ) -> None:
        """Raises :class:`pbxd.errors.ProtocolViolation` when the INVITE can't make a dialog."""
        super().__init__(timers=timers, jitter=jitter, session_expires=session_expires)
        self.invite = invite
        self.dialog: Dialog = Dialog.of_server(invite, local_tag=local_tag, contact=contact, flow=transaction.flow)
        self._transaction = transaction
        self._learn(invite)
        self._provisional: Response | None = None
        self._repeat_at: float | None = None

    @property
    def offer_body(self) -> bytes:
        """The caller's offer, empty when it wants ours (delayed offer)."""
        return self.invite.body if self.invite.body and self.invite.content_type == SDP_TYPE else b""

    def ring(self, now: float, *, status: int = 180, body: bytes = b"") -> list[Effect]:
        """Send a provisional response, with an SDP answer in ``body`` for early media (then usually 183)."""
        if self.state is not State.EARLY:
            return []
        response = self._dialog_response(status, body)
        self._provisional = response
        self._repeat_at = now + REPEAT_PROVISIONAL
        return [Respond(self._transaction, response)]

    def accept(self, body: bytes, now: float) -> list[Effect]:
        """Answer with 200; ``body`` is our answer, or our offer where the INVITE had none."""
        if self.state is not State.EARLY:
            return []
        response = self._dialog_response(200, body, self._timer.answering(self.invite, now))
        self.state = State.ACCEPTED
        self._repeat_at = None
        self._expect_ack(self._transaction, response, now, offered=not self.offer_body)
        return [Respond(self._transaction, response)]

    def reject(self, status: int, reason: str = "", headers: tuple[tuple[str, str], ...] = ()) -> list[Effect]:
        """Refuse with a final response of 300 to 699; the session is over."""
        if self.state is not State.EARLY:
            return []
        return [Respond(self._transaction, self._final(status, reason, headers))]

    def cancelled(self, cancel: Request) -> list[Effect]:
        """A CANCEL arrived before our final response (9.2)."""
        if self.state is not State.EARLY:
            return []
        response = Respond(self._transaction, self._final(487))
        return [response, Report(Ended(status=487, reason=why(cancel), by_peer=True))]

    def request(self, request: Request, transaction: ServerEntry, now: float) -> list[Effect]:
        """A request within the dialog; a BYE may come before our answer (15.1.2)."""
        unanswered = self.state is State.EARLY
        effects = super().request(request, transaction, now)
        if unanswered and self.state is State.ENDED:
            effects.insert(0, Respond(self._transaction, self._final(487)))
        return effects

    @property
    def deadline(self) -> float | None:
        """When ``wake`` wants to be called; monotonic seconds."""
        return super().deadline if self._repeat_at is None else self._repeat_at

    def wake(self, now: float) -> list[Effect]:
        """Repeat the provisional response each minute, or do what a confirmed session has to."""
        if self._repeat_at is None:
            return super().wake(now)
        if now < self._repeat_at or self._provisional is None:
            return []
        self._repeat_at = now + REPEAT_PROVISIONAL
        return [Respond(self._transaction, self._provisional)]

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
        self._repeat_at = None
        return response_to(self.invite, status, reason, to_tag=self.dialog.id.local_tag, headers=headers)
