"""Two parties talk until one of them leaves."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pbxd.calls.announcing import announce
from pbxd.calls.leg import Leg
from pbxd.calls.media_plan import for_callee, for_caller
from pbxd.calls.recorder import wish
from pbxd.calls.reports import Gone
from pbxd.calls.stages import Conversation, Left
from pbxd.calls.tape import Tape
from pbxd.dialplan.treatment import Completed, Outcome, Unreachable
from pbxd.errors import MalformedMessage, Refused
from pbxd.sip.headers import Reason
from pbxd.speech.sayings import Message

if TYPE_CHECKING:
    from pbxd.calls.call import Call


async def converse(call: Call, peer: Leg) -> Outcome:
    """Answer the subject, bridge it with ``peer``, and wait for the peer to leave, or for a transfer.

    The subject's leaving interrupts the call, so nothing is written about it here.
    """
    subject = call.subject
    try:
        call.bridge.pair(subject, peer)
        if not subject.answered:
            subject.accept(answer_for(call, peer))
    except (MalformedMessage, Refused) as error:
        subject.media_problem(str(error))
        peer.hangup(Reason(protocol="SIP", cause=488, text="Not Acceptable Here"))
        return Unreachable(status=488, reason="Not Acceptable Here")
    call.answered()
    call.bridge.reconcile()
    with call.conversing(peer) as conversation:
        call.through()
        wanted = wish(call, peer) if call.kernel.translates else None
        with Tape(call, wanted) as tape:
            if wanted is not None and wanted.announced:
                ended = await announce(call, wanted.organization, [Message("recording-started")])
                if ended is not None:
                    return ended
            if not tape.runs:  # where it was demanded meanwhile, it does
                tape.begin()
            return await _until_left(call, conversation, tape)


async def _until_left(call: Call, conversation: Conversation, tape: Tape) -> Outcome:
    while True:
        news = tape.news()
        if news is not None:
            ended = await announce(call, news.organization, [news.message])
            if ended is not None:
                return ended
        match await call.inbox.next():
            case Gone(leg=leg, reason=reason) if leg is conversation.peer:
                return Completed(reason=reason or "the callee hung up")
            case Left(outcome):
                return outcome


def answer_for(call: Call, peer: Leg) -> bytes:
    """Our description for the subject: what it was told before, or an answer (or offer) of the peer's formats.

    Raises :class:`Refused` (488) when the two have nothing in common, and nothing that could be translated.
    """
    stream = call.subject.stream
    if stream.ours is not None:
        # RFC 3261 13.2.1: what an earlier provisional response answered, the 200 must repeat. Where the peer's
        # formats differ by now, the bridge offers others once the call is up.
        return stream.ours.to_bytes()
    offer, heard, allowed = call.subject.inbound_session.offer_body, peer.stream.heard(), call.kernel.codecs
    if not call.kernel.translates:
        return stream.answer(offer, heard) if offer else stream.offer(heard)
    if not offer:
        return stream.offer(for_callee(heard, allowed))
    for codecs in for_caller(heard, allowed):
        with suppress(Refused):
            return stream.answer(offer, codecs)
    raise Refused(488, "Not Acceptable Here")
