"""Offers and answers of one audio stream (RFC 3264, with the practice of RFC 6337), as pure functions.

We offer one audio ``m=`` line. Of an offer we take the first audio stream that RTP can carry, an encrypted one before
a plain one (:mod:`pbxd.sip.sdp_crypto`), and refuse every other ``m=`` line, in its place, with port 0. All directions
in :class:`Agreed` are ours.

Where a peer says no address to send to, ``remote`` is ``None``: on hold in the old way (c=0.0.0.0), or a host name in
``c=``, which is legal, not used by phones, and not resolved here. The media port answers such a peer at the address
that it is heard from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pbxd.address import Address
from pbxd.errors import ProtocolViolation, Refused
from pbxd.plain import plain
from pbxd.sip.sdp import Codec, Direction, Media, Origin, SessionDescription, connection_fields
from pbxd.sip.sdp_crypto import PLAIN, PLAIN_ONLY, SECURE, Clear, Keys, Security, Terms, of_answer, of_offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PROTOCOLS = PLAIN | SECURE
"""What a stream may be carried by; an answer repeats the offer's (RFC 3264 6)."""
AUXILIARY = frozenset({"telephone-event", "cn", "red"})
"""Formats that accompany a codec at its clock rate and are no conversation alone (RFC 4733 2.5.1.2, RFC 3389 4)."""
EVENTS = "0-16"
"""Telephone events that we take where a codec's parameters don't say: the 16 keys and flash (RFC 4733 3.2)."""
SHARED_PARAMETERS = frozenset({"g729", "ilbc", "amr", "amr-wb"})
"""Codecs whose a=fmtp holds for both directions, so that the answer repeats the offer's (RFC 7261, 3952, 4867)."""
FIRST_DYNAMIC, LAST_DYNAMIC = 96, 127
DEFAULT_PTIME = 20


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class LocalMedia:
    """Our end of the stream, as the party may be told about it."""

    rtp: Address
    rtcp: Address
    rtcp_mux: bool = False
    """Whether RTCP may share RTP's port: offered, and granted to a peer that offers it (RFC 5761 5.1.1)."""
    security: Security = PLAIN_ONLY


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedCodec:
    """A format both sides have, under the number (and the parameters) that each direction knows it by."""

    received: Codec
    """As the peer sends it to us: our number, our a=fmtp."""
    sent: Codec
    """As the peer wants to get it: its number, its a=fmtp."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What a completed exchange means for the media port."""

    description: SessionDescription | None
    """Our answer; ``None`` where the peer answered our offer."""
    index: int
    """Which ``m=`` line carries the stream."""
    codecs: tuple[AgreedCodec, ...]
    """In order of preference (the answer's), telephone-event included."""
    direction: Direction
    """Ours: whether we may send, and whether what we receive counts."""
    remote: Address | None
    """Where the peer wants RTP; ``None``: nowhere, or not said in numbers."""
    remote_rtcp: Address | None
    """Where a=rtcp says that the peer wants RTCP; ``None``: RTP's port plus one, or RTP's own with ``rtcp_mux``."""
    rtcp_mux: bool
    peer_holds: bool
    """Whether the peer, asked or on its own, does not want to hear us: we are on hold."""
    ptime: int
    """Milliseconds per packet that the peer prefers."""
    terms: Terms
    """Whether the stream is encrypted, and with what keys."""


def make_offer(
    local: LocalMedia,
    codecs: Sequence[Codec],
    *,
    direction: Direction = Direction.SENDRECV,
    origin: Origin,
    ptime: int | None = DEFAULT_PTIME,
) -> SessionDescription:
    """The first offer of a session: one audio stream with these codecs under these numbers (RFC 3264 5)."""
    security = local.security
    stream = _stream(security.protocol, local, codecs, direction, ptime, mux=local.rtcp_mux, cryptos=security.lines())
    return describe(origin, local, [stream])


def make_answer(
    offer: SessionDescription,
    local: LocalMedia,
    codecs: Sequence[Codec],
    *,
    direction: Direction = Direction.SENDRECV,
    origin: Origin,
    previous: SessionDescription | None = None,
    used: int = 0,
    prefer_local: bool = False,
    ptime: int | None = None,
) -> Agreed:
    """Answer an offer (RFC 3264 6) with those of ``codecs`` that it has, under its numbers.

    ``direction`` is what we would like; the offer restricts it. ``previous`` is the last description of ours that is in
    force in this session, if any: our ``o=`` line goes on from it and ``origin`` is not used. ``used`` is the highest
    version that we have sent, be it in an offer that was refused. Codecs come in the order of the offer, or of
    ``codecs`` with ``prefer_local``. ``ptime`` is what we prefer, the offer's wish if ``None``.

    Raises :class:`Refused` (488) when no stream is usable.
    """
    index, pairs, terms = _choose(offer, codecs, local.security, prefer_local=prefer_local)
    offered = offer.media[index]
    wish = _wish(offered)
    mux = local.rtcp_mux and offered.rtcp_mux
    ours = direction.restricted_by(wish.reversed)
    stream = _stream(
        offered.protocol,
        local,
        [pair.received for pair in pairs],
        ours,
        ptime or offered.ptime,
        mux=mux,
        cryptos=(terms.sent.line,) if isinstance(terms, Keys) else (),
    )
    media = [stream if place == index else refusal_of(one) for place, one in enumerate(offer.media)]
    times = tuple(line for line in offer.lines if line.startswith("t=")) or ("t=0 0",)  # the offer's: RFC 3264 6
    description = succeeding(previous, used, describe(origin, local, media, times[:1]))
    return _agreed(description, index, pairs, ours, offered, terms, mux=mux, holds=not wish.receives)


def accept_answer(offer: SessionDescription, answer: SessionDescription, *, plain: bool = True) -> Agreed:
    """Read the peer's answer to our offer (RFC 3264 7).

    Formats that we did not offer are ignored. ``plain`` says whether plain RTP will do. Raises
    :class:`ProtocolViolation` when the answer does not fit the offer line by line, and :class:`Refused` (488) when it
    leaves no stream that we can use.
    """
    if len(answer.media) != len(offer.media):
        raise ProtocolViolation(f"answer has {len(answer.media)} media lines, offer has {len(offer.media)}")
    for index, (ours, theirs) in enumerate(zip(offer.media, answer.media, strict=True)):
        if theirs.kind != ours.kind:
            raise ProtocolViolation(f"media line {index + 1} of the answer is {theirs.kind}, offered was {ours.kind}")
        if ours.port and theirs.port and theirs.protocol not in PROTOCOLS:
            raise ProtocolViolation(f"answer has {theirs.protocol}, offered was {ours.protocol}")
        pairs = _matching(ours, theirs) if ours.port and _usable(theirs) else ()
        terms = of_answer(ours, theirs, plain=plain) if pairs else None
        if terms is not None:
            wish = _wish(theirs)
            return _agreed(
                None,
                index,
                pairs,
                ours.direction.restricted_by(wish.reversed),
                theirs,
                terms,
                mux=ours.rtcp_mux and theirs.rtcp_mux,
                holds=ours.direction.sends and not wish.receives,
            )
    raise Refused(488, "Not Acceptable Here")


def reoffer(
    previous: SessionDescription,
    local: LocalMedia,
    codecs: Sequence[Codec],
    *,
    direction: Direction = Direction.SENDRECV,
    used: int = 0,
    ptime: int | None = DEFAULT_PTIME,
) -> SessionDescription:
    """A new offer in a session where ``previous`` is the last description of ours that is in force (RFC 3264 8).

    The ``m=`` lines keep their number and order, and what was refused stays so. A codec keeps the number that the
    session knows it by, and a new one gets another if its own is taken (8.3.2). When nothing changed the result is
    ``previous`` itself; otherwise the version of ``o=`` is one above its own and above ``used``, the highest that we
    have sent: an offer that was refused has had one, too.
    """
    index = slot(previous)
    known = previous.media[index]
    security = local.security
    protocol = known.protocol if known.protocol in PROTOCOLS else security.protocol
    numbered, mux = _numbered(codecs, known.rtpmaps()), local.rtcp_mux
    stream = _stream(protocol, local, numbered, direction, ptime, mux=mux, cryptos=security.lines())
    media = [stream if place == index else refusal_of(one) for place, one in enumerate(previous.media)]
    return succeeding(previous, used, describe(previous.origin, local, media))


def usable_streams(offer: SessionDescription, security: Security) -> list[tuple[int, Terms]]:
    """The ``m=`` lines of an offer that we can carry, by their index, those that will be encrypted first."""
    judged = ((index, of_offer(one, security)) for index, one in enumerate(offer.media) if _usable(one))
    return sorted(
        ((index, terms) for index, terms in judged if terms is not None), key=lambda each: isinstance(each[1], Clear)
    )


def _usable(theirs: Media) -> bool:
    """Whether this is audio that we can carry; several ports in one line are layers that no phone sends."""
    return (
        theirs.kind == "audio"
        and theirs.port > 0
        and theirs.port_count == 1
        and theirs.protocol in PROTOCOLS
        and theirs.connection is not None
    )


def _choose(
    offer: SessionDescription, codecs: Sequence[Codec], security: Security, *, prefer_local: bool
) -> tuple[int, tuple[AgreedCodec, ...], Terms]:
    """The first stream of the offer that we can talk on, its formats and its keys; raises :class:`Refused`."""
    for index, terms in usable_streams(offer, security):
        if pairs := _common(offer.media[index], codecs, prefer_local=prefer_local):
            return index, pairs, terms
    raise Refused(488, "Not Acceptable Here")


def _wish(theirs: Media) -> Direction:
    """The peer's direction; an unspecified address means that it receives nothing, whatever it says (8.4)."""
    connection = theirs.connection
    if connection is not None and connection.unspecified:
        return theirs.direction.restricted_by(Direction.SENDONLY)
    return theirs.direction


def _common(offered: Media, codecs: Sequence[Codec], *, prefer_local: bool) -> tuple[AgreedCodec, ...]:
    """The formats of the offer that we have too; empty when there is nothing to talk with."""
    local = {codec.name: codec for codec in reversed(codecs)}
    pairs: dict[tuple[str, int, int], AgreedCodec] = {}
    for theirs in offered.rtpmaps():
        name = theirs.name
        if name in local and name not in pairs:
            parameters = theirs.parameters if name[0] in SHARED_PARAMETERS else _parameters(local[name])
            ours = theirs if parameters == theirs.parameters else replace(theirs, parameters=parameters)
            pairs[name] = AgreedCodec(received=ours, sent=theirs)
    order = [codec.name for codec in codecs if codec.name in pairs] if prefer_local else list(pairs)
    rates = {rate for encoding, rate, _ in order if encoding not in AUXILIARY}
    if not rates:
        return ()
    kept = [name for name in dict.fromkeys(order) if name[1] in rates]
    if not any(encoding == "telephone-event" for encoding, _, _ in kept):
        # Phones that offer Opus often have keys at 8000 only. RFC 4733 2.5.1.2 wants them at each codec's rate, but
        # to refuse them would leave such a phone without any.
        kept += [name for name in dict.fromkeys(order) if name[0] == "telephone-event"]
    return tuple(pairs[name] for name in kept)


def _matching(ours: Media, theirs: Media) -> tuple[AgreedCodec, ...]:
    """The formats of the answer that we offered, by name: the answerer may use numbers of its own (RFC 3264 6.1)."""
    offered = ours.rtpmaps()
    by_name = {codec.name: codec for codec in reversed(offered)}
    # A number without a=rtpmap is an answerer's shorthand for what we offered under it.
    answered = {str(codec.payload_type): codec for codec in (*offered, *theirs.rtpmaps())}
    pairs: dict[tuple[str, int, int], AgreedCodec] = {}
    for number in theirs.formats:
        codec = answered.get(number)
        if codec is not None and codec.name in by_name:
            pairs.setdefault(codec.name, AgreedCodec(received=by_name[codec.name], sent=codec))
    return tuple(pairs.values()) if any(name[0] not in AUXILIARY for name in pairs) else ()


def _agreed(
    description: SessionDescription | None,
    index: int,
    pairs: tuple[AgreedCodec, ...],
    direction: Direction,
    theirs: Media,
    terms: Terms,
    *,
    mux: bool,
    holds: bool,
) -> Agreed:
    connection = theirs.connection
    host = connection.host if connection is not None else None
    rtcp = None if mux else theirs.rtcp
    rtcp_host = (rtcp[0] or host) if rtcp else None
    return Agreed(
        description=description,
        index=index,
        codecs=pairs,
        direction=direction,
        remote=Address(host, theirs.port) if host else None,
        remote_rtcp=Address(rtcp_host, rtcp[1]) if rtcp and rtcp_host else None,
        rtcp_mux=mux,
        peer_holds=holds,
        ptime=theirs.ptime or DEFAULT_PTIME,
        terms=terms,
    )


def _stream(
    protocol: str,
    local: LocalMedia,
    codecs: Iterable[Codec],
    direction: Direction,
    ptime: int | None,
    *,
    mux: bool,
    cryptos: tuple[str, ...],
) -> Media:
    """Our ``m=`` line for one audio stream."""
    lines = []
    formats = []
    for codec in codecs:
        number = str(codec.payload_type)
        formats.append(number)
        channels = f"/{codec.channels}" if codec.channels > 1 else ""
        lines.append(f"a=rtpmap:{number} {codec.encoding}/{codec.clock_rate}{channels}")
        if parameters := _parameters(codec):
            lines.append(f"a=fmtp:{number} {parameters}")
    if ptime:
        lines.append(f"a=ptime:{ptime}")
    if mux:
        lines.append("a=rtcp-mux")
    elif local.rtcp.host != local.rtp.host:
        lines.append(f"a=rtcp:{local.rtcp.port} {connection_fields(local.rtcp.host)}")
    elif local.rtcp.port != local.rtp.port + 1:
        lines.append(f"a=rtcp:{local.rtcp.port}")
    lines.extend(cryptos)
    lines.append(f"a={direction.value}")
    return Media(kind="audio", port=local.rtp.port, protocol=protocol, formats=tuple(formats), lines=tuple(lines))


def _parameters(codec: Codec) -> str:
    return codec.parameters or (EVENTS if codec.name[0] == "telephone-event" else "")


def refusal_of(theirs: Media) -> Media:
    """The same line with port 0; at least one format has to stay (RFC 3264 6)."""
    return Media(kind=theirs.kind, port=0, protocol=theirs.protocol, formats=theirs.formats)


def describe(
    origin: Origin, local: LocalMedia, media: Iterable[Media], times: tuple[str, ...] = ("t=0 0",)
) -> SessionDescription:
    lines = ("v=0", origin.line, "s=-", f"c={connection_fields(local.rtp.host)}", *times)
    return SessionDescription.build(lines, tuple(media))


def succeeding(previous: SessionDescription | None, used: int, new: SessionDescription) -> SessionDescription:
    """``new`` as what follows ``previous``: the version of ``o=`` grows exactly when something differs (8)."""
    if previous is None:
        return new
    unchanged = (previous.lines[1], *new.lines[2:])
    same = SessionDescription.build((new.lines[0], *unchanged), new.media)
    if same == previous:
        return previous
    origin = previous.origin
    origin = replace(origin, version=max(origin.version, used)).next()
    return SessionDescription.build((new.lines[0], origin.line, *new.lines[2:]), new.media)


def slot(previous: SessionDescription) -> int:
    """Where the stream goes: its own line, or any that was refused and may be used again (RFC 3264 8.1)."""
    live = (index for index, media in enumerate(previous.media) if media.port)
    return next(live, 0)


def _numbered(codecs: Iterable[Codec], known: Sequence[Codec]) -> list[Codec]:
    """These codecs under numbers that contradict nothing that the session has used (RFC 3264 8.3.2)."""
    numbers = {codec.name: codec.payload_type for codec in reversed(known)}
    owners = {codec.payload_type: codec.name for codec in known}
    numbered = []
    for codec in codecs:
        number = numbers.get(codec.name, codec.payload_type)
        if owners.setdefault(number, codec.name) != codec.name:
            number = next(free for free in range(FIRST_DYNAMIC, LAST_DYNAMIC + 1) if free not in owners)
            owners[number] = codec.name
        numbered.append(codec if number == codec.payload_type else replace(codec, payload_type=number))
    return numbered
