"""Changing an established session: the party's offers answered, ours made when the room needs them, and news told.

Hold, resume, a new address and a refresh are answered at once and never passed on. Formats that the room lacks are
offered to the far side first, and its answer is the answer; meanwhile the asker waits, and what can't be asked now
(the far side has an offer under way itself) is a 491.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pbxd.calls.formats import NO_FORMATS, conversation
from pbxd.calls.media_plan import AnswerNow, AskPeer, Refuse, for_callee, media_plan
from pbxd.errors import MalformedMessage, ProtocolViolation, Refused
from pbxd.events import LegFax, LegHeld, LegResumed, LegTold
from pbxd.sip import fax
from pbxd.sip.fax import Fax
from pbxd.sip.sdp import Codec

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbxd.calls.kernel import Kernel
    from pbxd.calls.leg import Leg
    from pbxd.sip.session.timer import Pairs

WRONG = (MalformedMessage, ProtocolViolation, Refused)
"""What negotiation raises about somebody's description."""


class Offers:
    """The offers of one leg."""

    __slots__ = ("_asker", "_declined", "_faxes", "_kernel", "_news", "_of", "_telling", "_waiting", "_wanted")

    def __init__(self, leg: Leg, kernel: Kernel) -> None:
        self._of = weakref.ref(leg)  # which is the one that has these, and need not wait for the garbage collector
        self._kernel = kernel
        self._waiting = b""
        """Our party's offer that waits for what the far side says."""
        self._wanted: tuple[Codec, ...] = ()
        """What of it a call may use."""
        self._declined = NO_FORMATS
        """The formats, by name, that our party wanted none of when it was offered them; it is not asked again."""
        self._asker: Leg | None = None
        """The leg whose party's offer we passed on to ours."""
        self._news: Pairs = ()
        """Headers that the party is to be told."""
        self._telling: Pairs = ()
        """Headers that it is being told."""
        self._faxes = False
        """Whether a fax has taken the place of sound."""

    @property
    def _leg(self) -> Leg:
        leg = self._of()
        if leg is None:
            raise ReferenceError("the leg of these offers is gone")
        return leg

    def received(self, body: bytes) -> None:
        """The party offers, or with an empty ``body`` wants our offer."""
        leg = self._leg
        line = leg.connected()
        peer = leg.bridge.peer_of(leg) if leg.bridge is not None else None
        room = peer.stream.heard() if peer is not None else leg.stream.heard()
        try:
            if not body:
                line.do(line.session.answer_offer(self._ours(room), self._kernel.now))
                return
            described, allowed = leg.stream.read(body), self._kernel.codecs
            wanted = fax.offered(described)
            if wanted is not None:
                self._fax(peer, body, wanted)
                return
            match media_plan(described, room=room, allowed=allowed, security=leg.stream.security):
                case AnswerNow(codecs):
                    self._answer(body, codecs)
                case AskPeer(codecs) if peer is not None and self._must_ask(peer, codecs):
                    self._ask(peer, body, codecs)
                case AskPeer(codecs):
                    self._answer(body, codecs)
                case Refuse(status):
                    line.do(line.session.refuse_offer(status))
        except WRONG as error:
            leg.media_problem(str(error))
            line.do(line.session.refuse_offer(error.status if isinstance(error, MalformedMessage) else 488))

    def _must_ask(self, peer: Leg, codecs: Sequence[Codec]) -> bool:
        """Whether what our party offers is new to the call: what is translated already goes on so, on hold as well."""
        known = self._kernel.translates and _names(codecs) & _names(self._leg.stream.heard())
        return not known and not peer.offers.declines(codecs)

    def _ours(self, room: Sequence[Codec]) -> bytes:
        """Our offer to a party that asks for one."""
        stream, allowed = self._leg.stream, self._kernel.codecs
        if stream.fax:
            return stream.again()
        codecs = for_callee(room, allowed) if self._kernel.translates else tuple(room)
        return stream.offer(codecs or allowed)

    def withdrawn(self) -> None:
        """The party wants no answer any more; should the far side agree to the offer still, we offer to settle it."""
        self._waiting = b""
        self.settled()

    def answered(self, body: bytes) -> None:
        """The party answered our offer."""
        asker, self._asker, self._telling = self._asker, None, ()
        stream = self._leg.stream
        try:
            stream.accepted(body)
        except WRONG as error:
            self._leg.media_problem(str(error))
            self._declined = _names(stream.offered())
            if asker is not None:
                asker.offers.peer_refused(488)
            # It has taken the change, and none of what it changes to.
            if stream.offers_fax and asker is not None:
                self.propose(asker.stream.heard())
            elif isinstance(error, Refused) and _names(stream.heard()) != self._declined:
                self.propose(stream.heard())
            return
        self._look()
        if asker is not None:
            asker.offers.peer_agreed(self._leg)
        elif self._leg.bridge is not None:
            self._leg.bridge.reconcile()

    def failed(self, status: int, retry_after: float | None) -> None:
        """The party refused our offer; after a 491 the same may be tried again in ``retry_after`` seconds."""
        asker, self._asker = self._asker, None
        self._untold(again=retry_after is not None)
        if retry_after is None:
            self._declined = _names(self._leg.stream.offered())
        if asker is not None:
            asker.offers.peer_refused(491 if retry_after is not None else 488)
        elif retry_after is not None:
            self._kernel.later(retry_after, _again, self._leg)
        elif self._kernel.translates:
            _again(self._leg)
        else:
            self._leg.media_problem(f"our offer was refused with {status}: the formats stay as they were")

    def updated(self, status: int, retry_after: float | None) -> None:
        """The party answered an UPDATE that offered nothing; what it refused to hear now it may take later."""
        self._untold(again=retry_after is not None)
        if retry_after is None:
            self.settled()
        else:
            self._kernel.later(retry_after, _again, self._leg)

    def settled(self) -> None:
        """What was under way is over."""
        _again(self._leg)

    def news(self, headers: Pairs) -> None:
        """Have the party told these headers, in the place of others that wait to be, by :meth:`tell` or an offer."""
        self._news = headers

    def tell(self) -> None:
        """Tell the news, unless something is under way; the end of that brings the next look.

        By UPDATE, which touches nothing, where the party takes it, and otherwise by an offer of what is in force
        (RFC 4916 4.2).
        """
        line = self._leg.connected()
        if not self._news or not line.session.idle:
            return
        if line.session.takes_update:
            line.do(line.session.tell(self._told()))
        else:
            line.do(line.session.offer(self._leg.stream.again(), self._told()))

    def _told(self) -> Pairs:
        """The news, which are being told from here on."""
        self._telling, self._news = self._news, ()
        if self._telling:
            leg, identity = self._leg, self._telling[0][1]
            self._kernel.bus.emit(
                LegTold(at=self._kernel.wall, call=leg.call, leg=leg.id, party=leg.party, identity=identity)
            )
        return self._telling

    def _untold(self, *, again: bool) -> None:
        telling, self._telling = self._telling, ()
        if again and not self._news:
            self._news = telling

    def declines(self, codecs: Sequence[Codec]) -> bool:
        """Whether it is known that the party has none of these, where we can do without."""
        if not self._kernel.translates:
            return False
        return _names(codecs) <= self._declined or self._leg.stream.lacks(conversation(codecs))

    def propose(self, codecs: tuple[Codec, ...]) -> bool:
        """Offer the party these formats, unless an offer is under way; the end of that one brings the next look.

        ``False`` where it is known that the party will have none of them.
        """
        line = self._leg.connected()
        if not codecs or not line.session.idle:
            return True
        if self.declines(codecs) or (self._kernel.translates and self._leg.stream.passed_over(conversation(codecs))):
            return False
        try:
            body = self._leg.stream.offer(codecs)
            line.do(line.session.offer(body, self._told()))
        except Refused:
            if self._kernel.translates:
                return False
            self._leg.media_problem("it is not to be offered what the other side has: the formats stay as they were")
        return True

    def repeat(self) -> None:
        """Offer what is in force already, which refreshes the session and changes nothing (RFC 4028 7.4)."""
        line = self._leg.connected()
        line.do(line.session.offer(self._leg.stream.again()))

    def asked_by(self, asker: Leg) -> None:
        """Whoever's party made the offer that goes to ours next; it is told what ours says."""
        self._asker = asker

    def peer_agreed(self, peer: Leg) -> None:
        """The far side took something of our party's offer: that is the answer."""
        body, self._waiting = self._waiting, b""
        if self._leg.over:
            return
        if not body:
            _again(self._leg)
            return
        try:
            if peer.stream.fax is not None:
                self._answer_fax(body, peer.stream.fax)
            else:
                self._answer(body, peer.stream.heard())
        except WRONG as error:
            self._leg.media_problem(str(error))
            line = self._leg.connected()
            line.do(line.session.refuse_offer(488))
            self.settled()

    def peer_refused(self, status: int) -> None:
        """The far side took none of them: the session stays as it was, unless we translate."""
        waiting, self._waiting = self._waiting, b""
        if not waiting or self._leg.over:
            return
        line = self._leg.connected()
        if status == 488 and self._kernel.translates and self._wanted:
            try:
                self._answer(waiting, self._wanted)
            except WRONG as error:
                self._leg.media_problem(str(error))
            else:
                return
        line.do(line.session.refuse_offer(status))
        self.settled()

    def abandoned(self) -> None:
        """The leg is over; whoever waits for its party's answer waits no longer."""
        asker, self._asker = self._asker, None
        if asker is not None:
            asker.offers.peer_refused(488)

    def _answer(self, body: bytes, codecs: tuple[Codec, ...]) -> None:
        line = self._leg.connected()
        line.do(line.session.answer_offer(self._leg.stream.answer(body, codecs), self._kernel.now))
        self._look()
        _again(self._leg)

    def _answer_fax(self, body: bytes, agreed: Fax) -> None:
        line = self._leg.connected()
        line.do(line.session.answer_offer(self._leg.stream.answer_fax(body, agreed.attributes), self._kernel.now))
        self._look()
        _again(self._leg)

    def _fax(self, peer: Leg | None, body: bytes, wanted: Fax) -> None:
        """The party offers a fax (T.38): the far side is asked, which alone can tell whether it takes one."""
        leg = self._leg
        if peer is None or not (peer.answered and peer.stream.takes_fax and leg.stream.takes_fax):
            line = leg.connected()
            line.do(line.session.refuse_offer(488))
        elif leg.stream.fax is not None and peer.stream.fax is not None:
            self._answer_fax(body, peer.stream.fax)
        else:
            self._pass_on(peer, body, lambda: peer.stream.offer_fax(wanted.attributes))

    def _ask(self, peer: Leg, body: bytes, codecs: tuple[Codec, ...]) -> None:
        self._pass_on(peer, body, lambda: peer.stream.offer(self._leg.stream.wishes.told(codecs)), codecs)

    def _pass_on(self, peer: Leg, body: bytes, offer: Callable[[], bytes], wanted: tuple[Codec, ...] = ()) -> None:
        """Have the far side offered what our party offers, whom its answer is told; ``wanted`` can be translated."""
        line, far = self._leg.connected(), peer.connected()
        if not far.session.calm:
            line.do(line.session.refuse_offer(491))
            return
        offered = offer()
        self._waiting, self._wanted = body, wanted
        peer.offers.asked_by(self._leg)
        far.do(far.session.offer(offered))

    def _look(self) -> None:
        """Tell of hold and of fax, where they have changed."""
        leg, agreed, faxes = self._leg, self._leg.stream.agreed, self._leg.stream.fax is not None
        if faxes is not self._faxes:
            self._faxes = faxes
            self._kernel.bus.emit(LegFax(at=self._kernel.wall, call=leg.call, leg=leg.id, party=leg.party, fax=faxes))
        if agreed is not None and agreed.peer_holds is not leg.held:
            leg.held = agreed.peer_holds
            leg.emit(LegHeld if leg.held else LegResumed)


def _names(codecs: Sequence[Codec]) -> frozenset[tuple[str, int, int]]:
    return frozenset(codec.name for codec in conversation(codecs))


def _again(leg: Leg) -> None:
    if not leg.over and leg.bridge is not None:
        leg.bridge.reconcile()
