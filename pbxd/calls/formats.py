"""From the names in the configuration to RTP formats, and from SDP's words to the media engine's. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from pbxd.media.engine import Format, Keying, RemoteEnd, Sdes, Suite, Unencrypted
from pbxd.sip.offer_answer import AUXILIARY, Agreed
from pbxd.sip.sdp import Codec
from pbxd.sip.sdp_crypto import Clear, Keys, Terms

CODECS = {
    "opus": Codec(payload_type=107, encoding="opus", clock_rate=48000, channels=2, parameters="useinbandfec=1"),
    "g722": Codec(payload_type=9, encoding="G722", clock_rate=8000),
    "pcma": Codec(payload_type=8, encoding="PCMA", clock_rate=8000),
    "pcmu": Codec(payload_type=0, encoding="PCMU", clock_rate=8000),
}
"""What ``media.codecs`` may name, as we offer it on our own account (RFC 3551, RFC 7587)."""
NO_FORMATS: Final[frozenset[tuple[str, int, int]]] = frozenset()
"""Formats by name: none. One for all legs, because each ``frozenset()`` is another object of 200 bytes."""
TELEPHONE_EVENT = "telephone-event"
EVENTS = (
    Codec(payload_type=101, encoding="telephone-event", clock_rate=8000, parameters="0-16"),
    Codec(payload_type=102, encoding="telephone-event", clock_rate=48000, parameters="0-16"),
)

COMFORT_NOISE = ("cn", 8000, 1)
"""How silence sounds (RFC 3389): passed on where both sides have it, and never offered on our own account."""
DYNAMIC = range(96, 128)
"""Payload types that mean what a session says (RFC 3551 6)."""


def offered_codecs(names: Iterable[str]) -> tuple[Codec, ...]:
    """Codecs in the order of ``names``, and telephone-event at each of their clock rates (RFC 4733 2.5.1.2)."""
    codecs = tuple(CODECS[name] for name in names)
    rates = {codec.clock_rate for codec in codecs}
    return codecs + tuple(event for event in EVENTS if event.clock_rate in rates)


def joined(first: Sequence[Codec], more: Iterable[Codec]) -> tuple[Codec, ...]:
    """``first``, and what of ``more`` it lacks, under numbers that are free."""
    found = list(first)
    names, taken = {codec.name for codec in found}, {codec.payload_type for codec in found}
    for codec in more:
        if codec.name not in names:
            number = next(free for free in (codec.payload_type, *DYNAMIC) if free not in taken)
            names.add(codec.name)
            taken.add(number)
            found.append(codec if number == codec.payload_type else replace(codec, payload_type=number))
    return tuple(found)


def permitted(offered: Iterable[Codec], allowed: Collection[Codec]) -> tuple[Codec, ...]:
    """What of an offer a call may use; empty where nobody could talk with that."""
    names = {codec.name for codec in allowed} | {COMFORT_NOISE}
    usable = tuple(codec for codec in offered if codec.name in names)
    return usable if conversation(usable) else ()


def conversation(codecs: Iterable[Codec]) -> tuple[Codec, ...]:
    """Those that people can talk with."""
    return tuple(codec for codec in codecs if codec.name[0] not in AUXILIARY)


def heard_from(agreed: Agreed) -> tuple[Codec, ...]:
    """What the party of ``agreed`` can be sent: what another party may be offered, so that nothing is transcoded."""
    return tuple(pair.sent for pair in agreed.codecs)


def may_send_in_vain(one: Agreed | None, other: Agreed | None) -> bool:
    """Whether the party of ``one`` may talk in a format that the party of ``other`` has not agreed to hear."""
    if one is None or other is None:
        return False
    heard = {pair.sent.name for pair in other.codecs}
    return any(pair.received.name not in heard for pair in one.codecs if pair.received.name[0] not in AUXILIARY)


def speaks_in_vain(one: Agreed | None, other: Agreed | None) -> bool:
    """Whether the format that the party of ``one`` talks in unless it changes its mind is one that the other lacks."""
    if one is None or other is None:
        return False
    heard = {pair.sent.name for pair in other.codecs}
    spoken = conversation(pair.received for pair in one.codecs)
    return bool(spoken) and spoken[0].name not in heard


def remote_end(agreed: Agreed) -> RemoteEnd:
    """What was agreed, in the words of the media engine."""
    return RemoteEnd(
        rtp=agreed.remote,
        rtcp=agreed.remote_rtcp,
        rtcp_mux=agreed.rtcp_mux,
        sends_as=_formats([pair.received for pair in agreed.codecs]),
        receives_as=_formats([pair.sent for pair in agreed.codecs]),
        hears=agreed.direction.sends,
        speaks=agreed.direction.receives,
        ptime=agreed.ptime,
        keying=_keying(agreed.terms),
    )


def _keying(terms: Terms) -> Keying:
    match terms:
        case Clear():
            return Unencrypted()
        case Keys(received=received, sent=sent):
            return Sdes(suite=Suite(sent.suite.value), sends_with=received.key, receives_with=sent.key)


def _formats(codecs: Sequence[Codec]) -> tuple[Format, ...]:
    return tuple([_format(codec) for codec in codecs])


@lru_cache(512)
def _format(codec: Codec) -> Format:
    """Calls share them: the same few are agreed all day."""
    return Format(
        payload_type=codec.payload_type,
        encoding=codec.encoding,
        clock_rate=codec.clock_rate,
        channels=codec.channels,
        parameters=codec.parameters,
    )
