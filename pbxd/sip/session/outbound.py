"""The client side of an INVITE (RFC 3261 13.2): early dialogs, the first 2xx, forked ones, and CANCEL."""

from __future__ import annotations

from collections.abc import Callable

from pbxd.errors import MalformedMessage
from pbxd.sip.dialog import Dialog
from pbxd.sip.digest_client import Answered as AnsweredChallenges
from pbxd.sip.digest_client import DigestClient
from pbxd.sip.flow import Flow
from pbxd.sip.headers import Reason
from pbxd.sip.message import Request, Response
from pbxd.sip.session.base import ABILITIES, SDP_TYPE, State
from pbxd.sip.session.challenges import CREDENTIALS, credentials_of
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
from pbxd.sip.session.reliable import Acknowledged, is_reliable
from pbxd.sip.session.timer import USUAL
from pbxd.sip.session.usage import InviteSession
from pbxd.sip.transaction import ServerEntry, Timers
from pbxd.sip.uri import Uri

IDENTIFYING = ("From", "To", "Call-ID", "CSeq", *CREDENTIALS)
"""What is asked of the INVITE once it has its answer: by other forks' answers, and by ACKs made again."""
FORKED = Reason(protocol="SIP", cause=200, text="Call completed elsewhere")


class OutboundSession(InviteSession):
    """A call that we place. ``invite`` lacks its Via, and what the session says of its own abilities."""

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
        session_expires: int = USUAL,
    ) -> None:
        """``flow`` is where the INVITE goes; ``direct`` says that the peer itself, not a proxy, is at its far end.

        ``credentials`` answer a 401 or 407.
        """
        super().__init__(timers=timers, jitter=jitter, session_expires=session_expires, credentials=credentials)
        self.invite = invite.with_headers(invite.headers.having(*ABILITIES, *self._timer.asking()))
        self.flow = flow
        self._contact = contact
        self._direct = direct
        self._challenged: AnsweredChallenges = ()
        """The challenges to the INVITE that were answered."""
        self._early: dict[str, Dialog] = {}
        self._answered: list[str] = []
        """Remote tags of the INVITE's 2xx. The first is the call; each of the others got a BYE at once."""
        self._answers: dict[str, bytes] = {}
        """Answers that came in reliable provisional responses, by remote tag; empty where an offer followed since."""
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

    def moved(self, flow: Flow, contact: Uri) -> Request:
        """The INVITE as it goes by ``flow`` to another server, which reaches us at ``contact`` (RFC 3263 4.3).

        What the first one wanted for a password is not the second one's affair.
        """
        self.flow, self._contact, self._challenged = flow, contact, ()
        headers = self.invite.headers.without("Authorization", "Proxy-Authorization")
        self.invite = self.invite.with_headers(headers.setting("Contact", f"<{contact}>"))
        return self.invite

    def response(self, response: Response, now: float) -> list[Effect]:
        """A response to any request of ours in this session."""
        cseq = response.cseq
        if cseq.method != "INVITE" or cseq.number != self.invite.cseq.number:
            if self._is_ended_fork(response.to.tag):
                return self._send_again(response) or []
            return super().response(response, now)
        match response.status // 100:
            case 1:
                return self._provisional(response)
            case 2:
                return self._success_of(response, now)
            case _:
                return self._failure(response)

    def request(self, request: Request, transaction: ServerEntry, now: float) -> list[Effect]:
        """A request within one of the early dialogs, or the confirmed one."""
        tag = request.from_.tag or ""
        unanswered = self.state is State.EARLY
        if unanswered:
            self.dialog = self._early.get(tag)
        effects = super().request(request, transaction, now)
        if unanswered and self.state is State.ENDED:  # RFC 3261 15 forbids this BYE, and the INVITE has no answer yet
            self._given_up = True
            effects.append(Cancel(None))
        return effects

    def answer_offer(self, body: bytes, now: float) -> list[Effect]:
        """Answer the peer's offer, which may come before it answers the call (RFC 3311 5.1)."""
        if self.state is State.EARLY and self.dialog is not None:
            self._answers[self.dialog.id.remote_tag] = b""
        return super().answer_offer(body, now)

    @property
    def _exchanged(self) -> bool:
        early = self.dialog is not None and self.dialog.id.remote_tag in self._answers
        return self.state is not State.EARLY or early

    @property
    def _offering(self) -> bool:
        return self._local_offer is not None and not (self.state is State.EARLY and self._exchanged)

    @property
    def finished(self) -> bool:
        """Whether nothing can come any more that this session would have to answer for."""
        return self._settled and super().finished

    def _provisional(self, response: Response) -> list[Effect]:
        if response.status == 100 or self._settled:
            return []
        dialog = self._early_dialog(response)
        body = _sdp(response)
        pracks: list[Effect] = []
        if dialog is not None and is_reliable(response):
            pracks = self._prack(response, dialog)
            if not pracks:
                return []  # repeated, or another one before it is missing
            if body:  # an answer that counts: the 2xx need not repeat it (RFC 3262 5)
                body = self._answers.setdefault(dialog.id.remote_tag, body)
        if self.state is not State.EARLY:
            return pracks
        progress = Progress(status=response.status, reason=response.reason, dialog=dialog, body=body)
        return [*pracks, Report(progress)]

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

    def _success_of(self, response: Response, now: float) -> list[Effect]:
        tag = response.to.tag or ""
        if tag in self._answered:  # our ACK was lost: 13.2.2.4 wants it again for each 2xx that arrives
            return [self._acknowledge(self._early[tag], response)]
        fresh = self._dialog_of(response)
        if (early := self._early.get(tag)) is not None:
            fresh.local_cseq, fresh.remote_cseq = max(fresh.local_cseq, early.local_cseq), early.remote_cseq
        self._early[tag] = fresh
        self._answered.append(tag)
        self._settled, self.invite = True, self.invite.to_keep(*IDENTIFYING)
        ack = self._acknowledge(fresh, response)
        if self.state is State.EARLY:
            self.dialog, self.state, self._local_offer = fresh, State.CONFIRMED, None
            self._learn(response)
            self._timer.answered(response, now)
            settled = tag in self._answers
            body = self._answers[tag] if settled else _sdp(response)
            return [ack, Report(Answered(dialog=fresh, body=body, settled=settled))]
        # It came after another fork's, or after we hung up: acknowledge it and end its dialog (13.2.2.4).
        reason = self._hangup if self._given_up else FORKED
        bye = fresh.request("BYE", headers=(("Reason", str(reason)),) if reason is not None else ())
        return [ack, self._send(fresh, bye)]

    def _acknowledge(self, dialog: Dialog, response: Response) -> SendAck:
        """Made anew for each 2xx that comes: a call does not keep what hardly any needs twice."""
        ack = dialog.request("ACK", cseq=response.cseq.number, headers=credentials_of(self.invite))
        return SendAck(ack, dialog.destination)

    def _failure(self, response: Response) -> list[Effect]:
        if self._settled:
            return []
        if response.status in (401, 407) and self.state is State.EARLY and self._may_answer(response):
            return [self._invite_again(self.invite)]
        if response.status == 422 and self.state is State.EARLY and self._timer.refused(response):
            again = self.invite.headers.without("Session-Expires", "Min-SE").having(*self._timer.asking())
            return [self._invite_again(self.invite.with_headers(again))]  # RFC 4028 7.3
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
        answers = self._challenges.answer(challenge, self._challenged)
        self._challenged = answers or self._challenged
        return bool(answers)

    def _invite_again(self, invite: Request) -> SendRequest:
        """``invite`` with the next CSeq and, where we were asked for some, credentials; its offer is the same to the
        letter (8.1.3.5).
        """
        number = self.invite.cseq.number + 1
        self.invite = self._challenges.prepared(invite.with_headers(invite.headers.setting("CSeq", f"{number} INVITE")))
        self._local_offer = number
        self._early.clear()
        self._answers.clear()
        self._acknowledged = Acknowledged()
        return SendRequest(self.invite, self.flow)

    def _hangup_early(self, reason: Reason | None) -> list[Effect]:
        if self.state is State.ENDED:
            return []
        self.state = State.ENDED
        self._given_up, self._hangup = True, reason
        return [Cancel(reason)]

    def _is_ended_fork(self, tag: str | None) -> bool:
        """Whether this is the dialog of a 2xx that was not wanted, whose CSeq numbers are its own."""
        return tag in self._answered and self.dialog is not None and self.dialog.id.remote_tag != tag

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
