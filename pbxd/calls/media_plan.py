"""What to do about an offer that a party makes in an established call. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pbxd.calls.formats import TELEPHONE_EVENT, conversation, joined, permitted
from pbxd.calls.wishes import without_events
from pbxd.sip.offer_answer import usable_streams
from pbxd.sip.sdp import Codec, SessionDescription
from pbxd.sip.sdp_crypto import PLAIN_ONLY, Security

NARROW = frozenset({"pcmu", "pcma"})
"""Encodings with nothing above 4 kHz."""


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
    usable = permitted(offered, allowed)
    return AskPeer(usable) if usable else Refuse(488)


def usable_codecs(
    offer: SessionDescription, allowed: Sequence[Codec], security: Security = PLAIN_ONLY
) -> tuple[Codec, ...]:
    """What of an offer may be offered on to another party, with the offer's own numbers and parameters."""
    return permitted(_audio(offer, security), allowed)


def for_callee(has: Sequence[Codec], allowed: Sequence[Codec]) -> tuple[Codec, ...]:
    """What to offer to somebody who is to talk to a party that has these: those first, and what can be translated."""
    events = any(codec.name[0] == TELEPHONE_EVENT for codec in has)
    return joined(has, allowed if events else without_events(allowed)) if has else ()


def for_caller(heard: Sequence[Codec], allowed: Sequence[Codec]) -> Iterator[tuple[Codec, ...]]:
    """What to answer a caller with whose callee has agreed to hear these; the first that the caller has some of.

    A caller whose sound must be translated is not asked for more of it than the callee can hear.
    """
    yield tuple(heard)
    events = any(codec.name[0] == TELEPHONE_EVENT for codec in heard)
    others = tuple(allowed) if events else without_events(allowed)
    if all(codec.name[0] in NARROW for codec in conversation(heard)):
        yield tuple(codec for codec in others if codec.name[0] in NARROW or codec.name[0] == TELEPHONE_EVENT)
    yield others


def _audio(offer: SessionDescription, security: Security) -> tuple[Codec, ...]:
    return next((offer.media[index].rtpmaps() for index, _ in usable_streams(offer, security)), ())
