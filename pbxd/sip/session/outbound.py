"""The client side of an INVITE (RFC 3261 13.2): early dialogs, the first 2xx, forked ones, and CANCEL."""

from __future__ import annotations

from collections.abc import Callable

from pbxd.errors import MalformedMessage
from pbxd.sip.dialog import Dialog
from pbxd.sip.digest_client import DigestClient
from pbxd.sip.flow import Flow
from pbxd.sip.headers import Reason
from pbxd.sip.message import Request, Response
from pbxd.sip.session.effects import (
    Answered,
    Cancel,
    Effect,
    Progress,
    Rejected,
    Report,
    SendAck,
    SendRequest,
)
from pbxd.sip.session.usage import SDP_TYPE, InviteSession, State
from pbxd.sip.transaction import ServerEntry, Timers
from pbxd.sip.uri import Uri

FORKED = Reason(protocol="SIP", cause=200, text="Call completed elsewhere")


class OutboundSession(InviteSession):
    """A call that we place. ``invite`` is complete but for its Via."""

    def __init__(
        self,
        invite: Request,
        *,
        contact: Uri,
        flow: Flow,
        direct: bool,
        timers: Timers,
        jitter: Callable[[], float],
        credentials: DigestClient | None = None,
    ) -> None:
        """``flow`` is where the INVITE goes; ``direct`` says that the peer itself, not a proxy, is at its far end.

        ``credentials`` answer a 401 or 407.
        """
        super().__init__(timers=timers, jitter=jitter)
        self.invite = invite
        self.flow = flow
        self._contact = contact
        self._direct = direct
        self._credentials = credentials
        self._authenticated = False
        self._early: dict[str, Dialog] = {}
        self._acks: dict[str, Request] = {}
        """ACKs of the INVITE's 2xx, by remote tag. The first is the call; each of the others got a BYE at once."""
        self._settled = False
        """A final response (2xx or not) has come."""
        self._given_up = False
        """It was over before anybody answered."""
        self._local_offer = invite.cseq.number

    @property
    def local_tag(self) -> str:
        return self.invite.from_.tag or ""

    def start(self) -> list[Effect]:
        """Send the INVITE."""
        return [SendRequest(self.invite, self.flow)]

    def response(self, response: Response) -> list[Effect]:
        """A response to any request of ours in this session."""
        cseq = response.cseq
        if cseq.method != "INVITE" or cseq.number != self.invite.cseq.number:
            return [] if self._is_ended_fork(response.to.tag) else super().response(response)
        match response.status // 100:
            case 1:
                return self._provisional(response)
            case 2:
                return self._success_of(response)
            case _:
                return self._failure(response)

    def request(self, request: Request, transaction: ServerEntry) -> list[Effect]:
        """A request within one of the early dialogs, or the confirmed one."""
        tag = request.from_.tag or ""
        unanswered = self.state is State.EARLY
        if unanswered:
            self.dialog = self._early.get(tag)
        effects = super().request(request, transaction)
        if unanswered and self.state is State.ENDED:  # RFC 3261 15 forbids this BYE, and the INVITE has no answer yet
            self._given_up = True
            effects.append(Cancel(None))
        return effects

    @property
    def finished(self) -> bool:
        """Whether nothing can come any more that this session would have to answer for."""
        return self._settled and super().finished

    def _provisional(self, response: Response) -> list[Effect]:
        if response.status == 100 or self.state is not State.EARLY or self._settled:
            return []
        return [
            Report(
                Progress(
                    status=response.status,
                    reason=response.reason,
                    dialog=self._early_dialog(response),
                    body=_sdp(response),
                )
            )
        ]

    def _early_dialog(self, response: Response) -> Dialog | None:
        tag = response.to.tag
        if tag is None:
            return None
        dialog = self._early.get(tag)
        if dialog is None:
            dialog = self._early[tag] = self._dialog_of(response)
        else:
            dialog.refresh_target(response)
        return dialog

    def _success_of(self, response: Response) -> list[Effect]:
        tag = response.to.tag or ""
        if tag in self._acks:  # our ACK was lost: 13.2.2.4 wants it again for each 2xx that arrives
            return [SendAck(self._acks[tag], self._early[tag].destination)]
        fresh = self._dialog_of(response)
        if (early := self._early.get(tag)) is not None:
            fresh.local_cseq, fresh.remote_cseq = max(fresh.local_cseq, early.local_cseq), early.remote_cseq
        self._early[tag] = fresh
        ack = self._acks[tag] = fresh.request("ACK", cseq=response.cseq.number)
        self._settled = True
        if self.state is State.EARLY:
            self.dialog, self.state, self._local_offer = fresh, State.CONFIRMED, None
            return [SendAck(ack, fresh.destination), Report(Answered(dialog=fresh, body=_sdp(response)))]
        # It came after another fork's, or after we hung up: acknowledge it and end its dialog (13.2.2.4).
        reason = self._hangup if self._given_up else FORKED
        bye = fresh.request("BYE", headers=(("Reason", str(reason)),) if reason is not None else ())
        return [SendAck(ack, fresh.destination), SendRequest(bye, fresh.destination)]

    def _failure(self, response: Response) -> list[Effect]:
        if self._settled:
            return []
        if response.status in (401, 407) and self.state is State.EARLY and self._may_answer(response):
            return [self._invite_again()]
        self._settled = True
        if self.state is State.ENDED:
            return []
        self.state = State.ENDED
        contacts = _redirections(response) if response.status // 100 == 3 else ()
        pause = response.retry_after
        rejected = Rejected(status=response.status, reason=response.reason, contacts=contacts, retry_after=pause)
        return [Report(rejected)]

    def _may_answer(self, challenge: Response) -> bool:
        """Whether we have a password for this challenge that was not refused already (22.2)."""
        credentials = self._credentials
        return credentials is not None and credentials.challenged(challenge, answered=self._authenticated)

    def _invite_again(self) -> SendRequest:
        """The same INVITE with credentials and the next CSeq; its offer is the same to the letter (8.1.3.5)."""
        assert self._credentials is not None, "somebody answered the challenge"
        number = self.invite.cseq.number + 1
        headers = self.invite.headers.setting("CSeq", f"{number} INVITE")
        self.invite = self._credentials.prepared(self.invite.with_headers(headers))
        self._authenticated = True
        self._local_offer = number
        self._early.clear()
        return SendRequest(self.invite, self.flow)

    def _hangup_early(self, reason: Reason | None) -> list[Effect]:
        if self.state is State.ENDED:
            return []
        self.state = State.ENDED
        self._given_up, self._hangup = True, reason
        return [Cancel(reason)]

    def _is_ended_fork(self, tag: str | None) -> bool:
        """Whether this is the dialog of a 2xx that was not wanted, whose CSeq numbers are its own."""
        return tag in self._acks and self.dialog is not None and self.dialog.id.remote_tag != tag

    def _owns_call_id(self) -> bool:
        return True

    def _dialog_of(self, response: Response) -> Dialog:
        return Dialog.of_client(self.invite, response, contact=self._contact, flow=self.flow, direct=self._direct)


def _sdp(message: Response) -> bytes:
    try:
        return message.body if message.content_type == SDP_TYPE else b""
    except MalformedMessage:
        return b""


def _redirections(response: Response) -> tuple[Uri, ...]:
    """Where a 3xx points, best first; nowhere, when that can't be read."""
    try:
        contacts = response.contacts
    except MalformedMessage:
        return ()
    if contacts == "*":
        return ()
    return tuple(contact.uri for contact in sorted(contacts, key=lambda contact: -_q(contact.param("q"))))


def _q(text: str | None) -> float:
    """A Contact's preference (RFC 3261 20.10), 1 where it says nothing, 0 where it says nonsense."""
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0
