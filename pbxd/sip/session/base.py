"""What every session has: its state, its dialog, its timers, and its end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum, auto

from pbxd.errors import MalformedMessage, ProtocolViolation
from pbxd.sip.dialog import Dialog
from pbxd.sip.digest_client import DigestClient
from pbxd.sip.headers import Reason
from pbxd.sip.message import Message, Request, Response, response_to
from pbxd.sip.session.accept import PendingAccept
from pbxd.sip.session.challenges import Challenges
from pbxd.sip.session.effects import (
    Cancel,
    Effect,
    Ended,
    RefreshDue,
    Report,
    Respond,
    SendRequest,
    UpdateAnswered,
)
from pbxd.sip.session.referral import Referrals
from pbxd.sip.session.reliable import Acknowledged
from pbxd.sip.session.timer import USUAL, Due, Pairs, SessionTimer
from pbxd.sip.transaction import ServerEntry, Timers

ALLOW = "INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, REFER, OPTIONS"
"""Methods that a session takes in its dialog; the endpoint's own (REGISTER) are not for dialogs."""
SUPPORTED = frozenset({"100rel", "norefersub", "replaces", "timer"})
"""Option tags that a peer may Require of a session."""
ABILITIES = (("Allow", ALLOW), ("Supported", ", ".join(sorted(SUPPORTED))))
"""What each of our INVITEs and UPDATEs, and each 2xx to one, says of us (RFC 3261 13.2.1, 13.3.1.4)."""
SDP_TYPE = "application/sdp"
NO_METHODS: frozenset[str] = frozenset()
"""Of a peer that has not said what it takes; one for all."""
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


class SessionBase(ABC):
    """State and time of one leg's INVITE usage; :class:`pbxd.sip.session.usage.InviteSession` is the rest of it."""

    def __init__(
        self,
        *,
        timers: Timers,
        jitter: Callable[[], float],
        session_expires: int = USUAL,
        credentials: DigestClient | None = None,
    ) -> None:
        """``jitter`` gives numbers from 0 to 1 for the waiting times of RFC 3261 14.1.

        ``session_expires`` is the interval of the session timer that we ask for, in seconds; ``credentials`` answer
        a 401 or 407 to any request of ours.
        """
        self.state = State.EARLY
        self.dialog: Dialog | None = None
        """The confirmed dialog, or for an inbound session the early one; ``None`` before there is one."""
        self._timers = timers
        self._jitter = jitter
        self._timer = SessionTimer(session_expires)
        self._challenges = Challenges(credentials)
        self._refresh: int | None = None
        """CSeq of our UPDATE under way that refreshes the session and offers nothing."""
        self._saying: Pairs = ()
        """What that UPDATE says besides."""
        self._allows = NO_METHODS
        """Methods that the peer has told us it knows."""
        self._accept: PendingAccept | None = None
        self._acknowledged = Acknowledged()
        """The reliable provisional responses to our newest INVITE that have their PRACK."""
        self._remote_offer: ServerEntry | None = None
        """The re-INVITE or UPDATE whose offer (or wish for one) waits for our owner's answer."""
        self._local_offer: int | None = None
        """CSeq of our re-INVITE or UPDATE under way."""
        self._referrals = Referrals()
        self._asked: ServerEntry | None = None
        """The REFER that our owner has not accepted or refused yet."""
        self._hangup: Reason | None = None
        self._hanging_up = False
        """Our owner hung up before the ACK came; BYE must wait for it (RFC 3261 15)."""
        self._bye: int | None = None
        """CSeq of our BYE under way."""
        self._ack: Request | None = None
        """The ACK of the newest 2xx to an INVITE of ours, for when that 2xx is repeated."""

    @property
    def calm(self) -> bool:
        """Whether no offer is under way in either direction, so that ``offer`` may be called."""
        return (
            self.state is State.CONFIRMED
            and self._local_offer is None
            and self._remote_offer is None
            and self._accept is None
        )

    @property
    def idle(self) -> bool:
        """Whether neither an offer nor an UPDATE of ours is under way: then ``tell`` may be called, too."""
        return self.calm and self._refresh is None

    @property
    def takes_update(self) -> bool:
        """Whether the peer said that it takes UPDATE."""
        return "UPDATE" in self._allows

    def tell(self, headers: Pairs) -> list[Effect]:
        """Tell the peer these headers by an UPDATE that offers nothing; only while :attr:`idle`, and where it
        :attr:`takes_update`. Its answer is reported (:class:`UpdateAnswered`).
        """
        return self._send_refresh(headers)

    # Time ----------------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When ``wake`` wants to be called; monotonic seconds."""
        if self._accept is not None:
            return self._accept.deadline
        return self._timer.deadline if self.state is State.CONFIRMED else None

    def wake(self, now: float) -> list[Effect]:
        """Repeat the 2xx or give up waiting for its ACK (13.3.1.4); refresh the session or end it (RFC 4028 10)."""
        if self._accept is not None:
            return self._await_ack(self._accept, now)
        if self.state is not State.CONFIRMED:
            return []
        match self._timer.due(now):
            case Due.EXPIRE:
                return self._give_up("the session was not refreshed in time")
            case Due.REFRESH if self.idle:
                return self._send_refresh()
            case _:
                return []

    def ask_whether_there(self) -> list[Effect]:
        """Refresh the session before it is time, unless something is under way that the peer has to answer anyhow."""
        return self._send_refresh() if self.idle else []

    def _await_ack(self, accept: PendingAccept, now: float) -> list[Effect]:
        if now >= accept.give_up_at:
            self._accept = None
            if self._hanging_up:
                return self._send_bye(self._hangup)
            return self._give_up("no ACK for our 200 came in time")
        return [Respond(accept.transaction, accept.response)] if accept.repeats(now, self._timers) else []

    def _give_up(self, why: str) -> list[Effect]:
        bye = self._send_bye(Reason(protocol="SIP", cause=408, text=why))
        return [*bye, Report(Ended(status=408, reason=why, by_peer=False))]

    def _send_refresh(self, headers: Pairs = ()) -> list[Effect]:
        """Ask whether the peer is there: by UPDATE, which touches nothing, where it can be (RFC 4028 7.4)."""
        if not self.takes_update:
            return [Report(RefreshDue())]
        dialog = self._confirmed()
        update = dialog.request("UPDATE", headers=(*ABILITIES, *self._timer.asking(), *headers))
        self._refresh, self._saying = update.cseq.number, headers
        return [self._send(dialog, update)]

    def _refresh_response(self, response: Response, now: float) -> list[Effect]:
        said, self._refresh, self._saying = self._saying, None, ()
        if self.state is not State.CONFIRMED:
            return []
        status, retry = response.status, None
        if status < 300:
            self._confirmed().refresh_target(response)
            self._timer.answered(response, now)
        elif status in FATAL:
            return self._lost(response)
        elif status == 422 and self._timer.refused(response):
            return self._send_refresh(said)
        else:
            retry = self._pause_after(response)
            self._timer.failed(now)
        return [Report(UpdateAnswered(status=status, retry_after=retry))]

    def _pause_after(self, refused: Response) -> float | None:
        """Seconds before what an UPDATE said may be said again; by re-INVITE where UPDATE is unknown after all."""
        match refused.status:
            case 405 | 501:
                self._allows -= {"UPDATE"}
                return 0.0
            case 491:
                return self._glare_pause()
            case 500 if refused.retry_after is not None:  # RFC 3311 5.2: another one is being dealt with
                return float(refused.retry_after)
            case _:
                return None

    def _glare_pause(self) -> float:
        """Seconds before offering again after a 491 (14.1): the owner of the Call-ID waits longer."""
        if self._owns_call_id():
            return 2.1 + round(self._jitter() * 190) / 100
        return round(self._jitter() * 200) / 100

    @property
    def finished(self) -> bool:
        """Whether nothing can come any more that this session would have to answer for."""
        return self.state is State.ENDED and self._bye is None and self._accept is None

    # Endings -------------------------------------------------------------------------------------------------------

    def _send_bye(self, reason: Reason | None) -> list[Effect]:
        dialog = self._confirmed()
        self.state = State.ENDED
        self._accept = None
        headers = (("Reason", str(reason)),) if reason is not None else ()
        # A re-INVITE of ours that the peer rings with may stay without an answer for ever, if nobody cancels it.
        cancel: list[Effect] = [] if self._local_offer is None else [Cancel(reason)]
        bye = dialog.request("BYE", headers=headers)
        self._bye = bye.cseq.number
        return [*cancel, self._send(dialog, bye)]

    @abstractmethod
    def _hangup_early(self, reason: Reason | None) -> list[Effect]:
        """End before there is a confirmed dialog; the subclasses know how."""

    @abstractmethod
    def _owns_call_id(self) -> bool:
        """Whether the Call-ID of the dialog was made by us."""

    def _lost(self, response: Response) -> list[Effect]:
        """The peer or its dialog is gone."""
        why = f"{response.status} {response.reason}"
        return [
            *self._send_bye(Reason(protocol="SIP", cause=response.status, text=response.reason)),
            Report(Ended(status=response.status, reason=why, by_peer=True)),
        ]

    # Help ----------------------------------------------------------------------------------------------------------

    def _send(self, dialog: Dialog, request: Request) -> SendRequest:
        return SendRequest(self._challenges.signed(dialog, request), dialog.destination)

    def _send_again(self, response: Response) -> list[Effect] | None:
        """The challenged request once more with credentials; ``None`` where the response is to be taken as it is."""
        challenged = self._challenges.again(response)
        if challenged is None:
            return None
        dialog, request = challenged
        if self.state is State.ENDED and request.method not in ("BYE", "NOTIFY"):
            return []  # nobody wants it any more
        if dialog is self.dialog:
            self._renumber(response.cseq.number, request.cseq.number)
        return [SendRequest(request, dialog.destination)]

    def _renumber(self, old: int, new: int) -> None:
        if old == self._local_offer:
            self._local_offer = new
            self._acknowledged = Acknowledged()
        elif old == self._refresh:
            self._refresh = new
        elif old == self._bye:
            self._bye = new

    def _success(self, transaction: ServerEntry, body: bytes, now: float) -> Response:
        """A 200 to a target refresh request: Contact, what we can and, where there is a body, its type."""
        request, dialog = transaction.request, self._confirmed()
        dialog.accepted(request, transaction.flow)
        headers = [("Contact", f"<{dialog.contact}>"), *ABILITIES]
        if self.state is State.CONFIRMED:  # RFC 4028 9: there is nothing to refresh before
            headers.extend(self._timer.answering(request, now))
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
        self._accept = PendingAccept.of(transaction, response, now, offered=offered, timers=self._timers)

    def _learn(self, message: Message) -> None:
        """Which methods the peer takes, where it tells; an Allow that can't be read tells nothing."""
        try:
            if "Allow" in message.headers:
                self._allows = message.allow
        except MalformedMessage:
            return

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
