"""What to do about an offer that a party makes in an established call. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pbxd.calls.formats import conversation
from pbxd.sip.offer_answer import usable_streams
from pbxd.sip.sdp import Codec, SessionDescription
from pbxd.sip.sdp_crypto import PLAIN_ONLY, Security


@dataclass(frozen=True, slots=True)
class AnswerNow:
    """Answer with those of ``codecs`` that the offer has: hold, resume, a new address, a refresh."""

    codecs: tuple[Codec, ...]


@dataclass(frozen=True, slots=True)
class AskPeer:
    """The room has none of these formats; the far side must be asked whether it takes one of ``codecs``."""

    codecs: tuple[Codec, ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing in the offer can be used; the session stays as it is."""

    status: int


Plan: TypeAlias = AnswerNow | AskPeer | Refuse


def media_plan(
    offer: SessionDescription, *, room: Sequence[Codec], allowed: Sequence[Codec], security: Security = PLAIN_ONLY
) -> Plan:
    """``room`` is what the far side has agreed to hear, ``allowed`` what the configuration lets a call use.

    ``security`` is what we are willing to do about encryption toward the party that offers.
    """
    offered = _audio(offer, security)
    names = {codec.name for codec in offered}
    if any(codec.name in names for codec in conversation(room)):
        return AnswerNow(tuple(room))
    names_allowed = {codec.name for codec in allowed}
    usable = tuple(codec for codec in offered if codec.name in names_allowed)
    if conversation(usable):
        return AskPeer(usable)
    return Refuse(488)


def usable_codecs(
    offer: SessionDescription, allowed: Sequence[Codec], security: Security = PLAIN_ONLY
) -> tuple[Codec, ...]:
    """What of an offer may be offered on to another party, with the offer's own numbers and parameters."""
    names = {codec.name for codec in allowed}
    usable = tuple(codec for codec in _audio(offer, security) if codec.name in names)
    return usable if conversation(usable) else ()


def _audio(offer: SessionDescription, security: Security) -> tuple[Codec, ...]:
    return next((offer.media[index].rtpmaps() for index, _ in usable_streams(offer, security)), ())
