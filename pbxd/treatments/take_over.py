"""INVITE with Replaces (RFC 3891): the caller takes the place of a party, or answers what rings elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.calls.media_plan import usable_codecs
from pbxd.dialplan.treatment import Completed, Outcome, TakeOver, Unreachable
from pbxd.errors import MalformedMessage, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.calls.call import Call
    from pbxd.calls.leg import Leg
    from pbxd.calls.stages import Parked
    from pbxd.sip.sdp import Codec

GONE = Unreachable(status=481, reason="Call/Transaction Does Not Exist")


async def take_over(call: Call, treatment: TakeOver) -> Outcome:
    """Answer the caller as what he takes over is spoken in. This call is then over, and he is in the other one.

    Whom that is allowed was asked when he came (:mod:`pbxd.calls.replacing`).
    """
    new = call.subject
    try:
        await new.stream.open(new.inbound_session.dialog.flow.remote)
        old = call.kernel.legs.find(treatment.dialog)
        if old is None or old.owner is None:
            return GONE
        if not old.answered:
            return _early(new, old)
        parked = old.owner.parked if old is old.owner.subject else None
        return _confirmed(new, old, call.kernel.codecs) if parked is None else _retrieved(new, old, parked)
    except Refused as refused:
        return Unreachable(status=refused.status, reason=refused.reason)
    except MalformedMessage as error:
        return Unreachable(status=error.status, reason=error.reason)


def _confirmed(new: Leg, old: Leg, allowed: Sequence[Codec]) -> Outcome:
    owner = old.owner
    peer = owner.bridge.peer_of(old) if owner is not None else None
    if owner is None or peer is None or not peer.answered:
        return GONE
    body = answer_in(new, peer.stream.heard(), allowed)
    if not owner.swap(old, new):
        return GONE
    new.accept(body)
    old.replaced_by(new)
    return Completed(reason=f"took over from {old.party}")


def _early(new: Leg, old: Leg) -> Outcome:
    """What rings at ``old`` is answered by ``new``: it arrives where ``old`` would have."""
    if old.meets is None or old.meets.winner is not None:
        return GONE
    meets, body = old.meets, answer_in(new, old.stream.offered(), old.stream.offered())
    new.accept(body)
    return Completed(reason=f"answered for {old.party}") if meets.arrive(new) else GONE


def _retrieved(new: Leg, old: Leg, parked: Parked) -> Outcome:
    """Whoever waits at ``old`` is met by ``new``."""
    if parked.meeting.winner is not None:
        return GONE
    new.accept(answer_in(new, old.stream.heard(), old.stream.heard()))
    return Completed(reason=f"retrieved {old.party}") if parked.meeting.arrive(new) else GONE


def answer_in(new: Leg, codecs: Sequence[Codec], allowed: Sequence[Codec]) -> bytes:
    """What the far end is talked to in, and otherwise whatever is allowed, which is then offered to the far end.

    Raises :class:`Refused` (488) where nothing that the caller offers may be used.
    """
    offer = new.inbound_session.offer_body
    if not offer:
        return new.stream.offer(codecs)
    description, security = new.stream.read(offer), new.stream.security
    usable = usable_codecs(description, codecs, security) or usable_codecs(description, allowed, security)
    return new.stream.answer(offer, usable)
