"""Offers and answers of a fax instead of sound: ``m=image`` with ``udptl`` and ``t38`` (ITU-T T.38 annex D). Pure.

The two ends negotiate: their ``a=T38...`` attributes are passed through as they are, only addresses are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pbxd.address import Address
from pbxd.errors import ProtocolViolation, Refused
from pbxd.sip.offer_answer import describe, refusal_of, slot, succeeding
from pbxd.sip.sdp import Media, SessionDescription

if TYPE_CHECKING:
    from pbxd.sip.offer_answer import LocalMedia
    from pbxd.sip.sdp import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Fax:
    """The peer's side of a fax."""

    remote: Address | None
    """Where it wants UDPTL; ``None``: not said in numbers."""
    attributes: tuple[str, ...]
    """What it says of itself, as whole lines."""


def offered(description: SessionDescription) -> Fax | None:
    """The fax that takes the place of sound; ``None`` where sound may go on, or something else is meant."""
    live = [media for media in description.media if media.port]
    return _read(live[0]) if len(live) == 1 and _is_fax(live[0]) else None


def make_offer(
    previous: SessionDescription, local: LocalMedia, attributes: tuple[str, ...], *, used: int
) -> SessionDescription:
    """A fax in the place of the stream of ``previous``, our last description in force (RFC 3264 8.3.3).

    ``used`` is the highest version that we have sent.
    """
    index = slot(previous)
    media = [_ours(local, attributes) if at == index else refusal_of(one) for at, one in enumerate(previous.media)]
    return succeeding(previous, used, describe(previous.origin, local, media))


def make_answer(
    offer: SessionDescription,
    local: LocalMedia,
    attributes: tuple[str, ...],
    *,
    origin: Origin,
    previous: SessionDescription | None,
    used: int,
) -> SessionDescription:
    """Take the fax of ``offer``; everything else that is in it is refused. See :func:`make_offer`."""
    media = [_ours(local, attributes) if _is_fax(one) and one.port else refusal_of(one) for one in offer.media]
    return succeeding(previous, used, describe(origin, local, media))


def accept_answer(offer: SessionDescription, answer: SessionDescription) -> Fax:
    """Read the answer to an offer of ours. Raises :class:`ProtocolViolation` where it does not fit the offer, and
    :class:`Refused` (488) where the fax is refused.
    """
    if len(answer.media) != len(offer.media):
        raise ProtocolViolation(f"answer has {len(answer.media)} media lines, offer has {len(offer.media)}")
    theirs = answer.media[slot(offer)]
    if not theirs.port or not _is_fax(theirs):
        raise Refused(488, "Not Acceptable Here")
    return _read(theirs)


def _is_fax(media: Media) -> bool:
    t38 = any(each.lower() == "t38" for each in media.formats)
    return media.kind == "image" and media.protocol.lower() == "udptl" and t38 and media.port_count == 1


def _read(media: Media) -> Fax:
    host = media.connection.host if media.connection is not None else None
    attributes = tuple(line for line in media.lines if line[:5].upper() == "A=T38")
    return Fax(remote=Address(host, media.port) if host else None, attributes=attributes)


def _ours(local: LocalMedia, attributes: tuple[str, ...]) -> Media:
    return Media(kind="image", port=local.rtp.port, protocol="udptl", formats=("t38",), lines=attributes)
