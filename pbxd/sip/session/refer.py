"""The part of a session that takes REFER, and tells by NOTIFY what came of it (RFC 3515, RFC 4488)."""

from __future__ import annotations

from pbxd.errors import MalformedMessage, Refused
from pbxd.sip.event import EventId
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.session.base import SessionBase, State
from pbxd.sip.session.effects import Effect, Report, Respond
from pbxd.sip.session.referral import FRAGMENT, Referral, read, seconds_of, wants_no_notify
from pbxd.sip.transaction import ServerEntry


class ReferredSession(SessionBase):
    """Reports :class:`Referred` and takes the owner's word for it at once; then what became of it, until that is final.

    The subscription outlives the call that it began in (RFC 5057 4.1): a peer that hangs up after its REFER is still
    told.
    """

    # What the owner commands ---------------------------------------------------------------------------------------

    def accept_referral(self, now: float) -> list[Effect]:
        """Do what the peer asks for by REFER: 202, and a NOTIFY that it is under way (RFC 3515 2.4.4)."""
        transaction, self._asked = self._asked, None
        if transaction is None:
            return []
        request, dialog = transaction.request, self._confirmed()
        dialog.accepted(request, transaction.flow)
        headers = [("Contact", f"<{dialog.contact}>")]
        if wants_no_notify(request):
            headers.append(("Refer-Sub", "false"))  # RFC 4488 4: only so does the peer know that we obey
        referral = self._referrals.accept(request, now)
        effects: list[Effect] = [Respond(transaction, response_to(request, 202, headers=headers))]
        return effects if referral.quiet else [*effects, self._notify(referral, now)]

    def refuse_referral(self, status: int, reason: str = "") -> list[Effect]:
        """Don't."""
        transaction, self._asked = self._asked, None
        if transaction is None:
            return []
        return [Respond(transaction, response_to(transaction.request, status, reason))]

    def referral_progressed(self, id: int, status: int, reason: str, now: float) -> list[Effect]:
        """What was asked for by the REFER of this number has come so far; 200 and above ends it."""
        referral = self._referrals.live.get(id)
        if referral is None or referral.over or referral.said == (status, reason):
            return []
        referral.said = status, reason
        if referral.notify is None or (status >= 200 and self.state is State.CONFIRMED):
            # The last word does not wait: a BYE may follow it at once.
            return [self._notify(referral, now)]
        referral.waiting = True
        return []

    # What arrives --------------------------------------------------------------------------------------------------

    def _receive_refer(self, request: Request, transaction: ServerEntry) -> list[Effect]:
        if self.state is not State.CONFIRMED:
            return [Respond(transaction, response_to(request, 403, "Not Before The Call Is Answered"))]
        asked = read(request)
        if isinstance(asked, Response):
            return [Respond(transaction, asked)]
        if any(not referral.over for referral in self._referrals.live.values()):
            return [Respond(transaction, response_to(request, 491))]
        self._asked = transaction
        return [Report(asked)]

    def _receive_subscribe(self, request: Request, transaction: ServerEntry, now: float) -> list[Effect]:
        """Lengthen the subscription, or end it (RFC 3515 2.4.4, RFC 6665 4.1.2); it is never begun by SUBSCRIBE."""
        try:
            event = EventId.of(request)
            referral = self._referrals.of_event(event.package, event.id)
        except (MalformedMessage, Refused) as error:
            return [Respond(transaction, response_to(request, error.status))]
        if referral is None:
            return [Respond(transaction, response_to(request, 481))]
        seconds = seconds_of(request)
        referral.until = now + seconds
        if not seconds:
            referral.reason = "timeout"
        headers = [("Contact", f"<{self._confirmed().contact}>"), ("Expires", str(round(seconds)))]
        return [Respond(transaction, response_to(request, 200, headers=headers)), self._notify(referral, now)]

    def _notify_answered(self, response: Response, now: float) -> list[Effect]:
        referral = self._referrals.notified(response.cseq.number)
        if referral is None:
            return []
        referral.notify = None
        if response.status // 100 != 2 or (referral.over and not referral.waiting):
            self._referrals.drop(referral)  # told, or nobody listens: RFC 6665 4.2.2
            return []
        return [self._notify(referral, now)] if referral.waiting else []

    # Time ----------------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When ``wake`` wants to be called; monotonic seconds."""
        mine, other = self._referrals.deadline, super().deadline
        return other if mine is None else mine if other is None else min(mine, other)

    def wake(self, now: float) -> list[Effect]:
        """End the subscriptions whose time is up; then see to the rest."""
        effects: list[Effect] = []
        for referral in list(self._referrals.live.values()):
            if now >= referral.until:
                if referral.reason == "noresource" and not referral.over:
                    referral.reason = "timeout"
                    effects.append(self._notify(referral, now))
                self._referrals.drop(referral)
        return [*effects, *super().wake(now)]

    @property
    def finished(self) -> bool:
        """Whether nothing can come any more that this session would have to answer for."""
        return super().finished and not self._referrals.live

    # Help ----------------------------------------------------------------------------------------------------------

    def _notify(self, referral: Referral, now: float) -> Effect:
        dialog = self._confirmed()
        request = dialog.request("NOTIFY", headers=referral.headers(now), content_type=FRAGMENT, body=referral.body)
        referral.notify, referral.waiting = request.cseq.number, False
        return self._send(dialog, request)
