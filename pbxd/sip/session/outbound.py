"""The client side of an INVITE (RFC 3261 13.2): early dialogs, the first 2xx, forked ones, and CANCEL."""

from __future__ import annotations

from collections.abc import Callable

from pbxd.sip.dialog import Dialog
from pbxd.sip.flow import Flow
from pbxd.sip.headers import Reason
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.session.effects import (
    Answered,
    Cancel,
    Effect,
    Progress,
    Rejected,
    Report,
    Respond,
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
    ) -> None:
        """``flow`` is where the INVITE goes; ``direct`` says that the peer itself, not a proxy, is at its far end."""
        super().__init__(timers=timers, jitter=jitter)
        self.invite = invite
        self.flow = flow
        self._contact = contact
        self._direct = direct
        self._early: dict[str, Dialog] = {}
        self._others: dict[str, Request] = {}
        """ACKs of 2xx from further forks, by remote tag; each of them got a BYE at once."""
        self._settled = False
        """A final response (2xx or not) has come."""

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
            return super().response(response)
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
        if self.state is State.EARLY:
            self.dialog = self._early.get(tag)
        elif self.dialog is not None and self.dialog.id.remote_tag != tag:
            return [Respond(transaction, response_to(request, 481))]  # a fork that was ended, or nobody's
        return super().request(request, transaction)

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
        if tag in self._others:
            return [SendAck(self._others[tag], self._early[tag].destination)]
        dialog = self.dialog if self._settled else None
        if dialog is not None and self._ack is not None and dialog.id.remote_tag == tag:
            # Our ACK was lost, or this is the ACK's own repetition: 13.2.2.4 wants one for each 2xx that arrives.
            return [SendAck(self._ack, dialog.destination)]
        fresh = self._dialog_of(response)
        if (early := self._early.get(tag)) is not None:
            fresh.local_cseq, fresh.remote_cseq = max(fresh.local_cseq, early.local_cseq), early.remote_cseq
        self._early[tag] = fresh
        ack = fresh.request("ACK", cseq=response.cseq.number)
        first, self._settled = not self._settled, True
        if first and self.state is State.EARLY:
            self.dialog, self._ack, self.state = fresh, ack, State.CONFIRMED
            return [SendAck(ack, fresh.destination), Report(Answered(dialog=fresh, body=_sdp(response)))]
        return self._unwanted(tag, fresh, ack, FORKED if self._hangup is None else self._hangup)

    def _unwanted(self, tag: str, dialog: Dialog, ack: Request, reason: Reason) -> list[Effect]:
        """A 2xx that came after another fork's, or after we hung up: acknowledge it and end its dialog (13.2.2.4)."""
        self._others[tag] = ack
        bye = dialog.request("BYE", headers=(("Reason", str(reason)),))
        return [SendAck(ack, dialog.destination), SendRequest(bye, dialog.destination)]

    def _failure(self, response: Response) -> list[Effect]:
        if self._settled:
            return []
        self._settled = True
        if self.state is State.ENDED:
            return []
        self.state = State.ENDED
        contacts: tuple[Uri, ...] = ()
        if response.status // 100 == 3 and response.contacts != "*":
            ranked = sorted(response.contacts, key=lambda contact: -_q(contact.param("q")))
            contacts = tuple(contact.uri for contact in ranked)
        return [Report(Rejected(status=response.status, reason=response.reason, contacts=contacts))]

    def _hangup_early(self, reason: Reason | None) -> list[Effect]:
        if self.state is State.ENDED:
            return []
        self.state = State.ENDED
        self._hangup = reason
        return [Cancel(reason)]

    def _owns_call_id(self) -> bool:
        return True

    def _dialog_of(self, response: Response) -> Dialog:
        return Dialog.of_client(self.invite, response, contact=self._contact, flow=self.flow, direct=self._direct)


def _sdp(message: Response) -> bytes:
    return message.body if message.content_type == SDP_TYPE else b""


def _q(text: str | None) -> float:
    """A Contact's preference (RFC 3261 20.10), 1 where it says nothing, 0 where it says nonsense."""
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0
