"""Session descriptions hold for any input: bytes survive, and nothing but MalformedMessage comes out."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pbxd.errors import MalformedMessage, ProtocolViolation, Refused
from pbxd.network import Address
from pbxd.sip.offer_answer import LocalMedia, accept_answer, make_answer, make_offer
from pbxd.sip.sdp import Codec, Direction, Origin, SessionDescription
from pbxd.sip.sdp_crypto import PLAIN_ONLY, Crypto, Keys, Security, Suite

LOCAL = LocalMedia(rtp=Address("192.0.2.1", 4000), rtcp=Address("192.0.2.1", 4001), rtcp_mux=True)
ORIGIN = Origin(session_id=1, version=1, address="192.0.2.1")
CODECS = (
    Codec(payload_type=8, encoding="PCMA", clock_rate=8000),
    Codec(payload_type=0, encoding="PCMU", clock_rate=8000),
    Codec(payload_type=96, encoding="opus", clock_rate=48000, channels=2, parameters="useinbandfec=1"),
    Codec(payload_type=101, encoding="telephone-event", clock_rate=8000, parameters="0-16"),
)
KEYS = tuple(
    Crypto(tag=tag, suite=suite, key=bytes([tag]) * suite.key_length) for tag, suite in enumerate(Suite, start=1)
)
securities = st.sampled_from([PLAIN_ONLY, Security(keys=KEYS), Security(keys=KEYS, plain=False)])

line = st.sampled_from(
    [
        "c=IN IP4 192.0.2.9",
        "c=IN IP4 0.0.0.0",
        "c=IN IP6 2001:db8::9",
        "c=IN IP4 phone.example.com",
        "a=sendonly",
        "a=recvonly",
        "a=inactive",
        "a=rtcp-mux",
        "a=rtcp:4711",
        "a=ptime:30",
        "a=rtpmap:96 opus/48000/2",
        "a=rtpmap:97 opus/48000/2",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{'A' * 40}",
        f"a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:{'B' * 40}|2^31",
    ]
) | st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=30).map("a={}".format)
media_line = st.builds(
    "m={} {} {} {}".format,
    st.sampled_from(["audio", "audio", "audio", "video", "image"]),
    st.sampled_from([0, 4000, 4000, "4000/2"]),
    st.sampled_from(["RTP/AVP", "RTP/AVP", "RTP/AVPF", "RTP/SAVP", "udptl"]),
    st.lists(st.sampled_from(["0", "8", "9", "96", "97", "101", "t38", "999"]), min_size=1, max_size=6).map(" ".join),
)
stream = st.builds(lambda first, rest: [first, *rest], media_line, st.lists(line, max_size=8))
lines = st.builds(
    lambda session, streams: [
        "v=0",
        "o=- 1 1 IN IP4 h",
        "s=-",
        "t=0 0",
        *session,
        *(one for s in streams for one in s),
    ],
    st.lists(line, max_size=3),
    st.lists(stream, max_size=4),
)


@given(lines, st.sampled_from(["\r\n", "\n"]))
def test_bytes_survive_and_lines_survive_a_rebuild(lines: list[str], end: str) -> None:
    wire = "".join(one + end for one in lines).encode("utf-8", "surrogateescape")
    parsed = SessionDescription.parse(wire)
    assert parsed.to_bytes() == wire
    rebuilt = SessionDescription.build(parsed.lines, parsed.media)
    assert rebuilt.to_bytes() == wire.replace(end.encode(), b"\r\n")
    assert SessionDescription.parse(rebuilt.to_bytes()) == parsed


@given(st.binary(max_size=400) | st.binary(max_size=200).map(b"v=0\no=- 1 1 IN IP4 h\nm=audio 1 RTP/AVP 0\na=".__add__))
def test_any_bytes_are_read_or_refused(wire: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        parsed = SessionDescription.parse(wire)
        assert parsed.to_bytes() == wire
        for media in parsed.media:
            _ = media.rtpmaps(), media.rtcp, media.ptime, media.connection, media.direction, media.attributes


@given(lines, st.sampled_from(Direction), st.booleans(), securities)
def test_any_offer_is_answered_by_the_rules_or_refused(
    lines: list[str], wish: Direction, prefer_local: bool, security: Security
) -> None:
    offer = SessionDescription.parse("\r\n".join(lines))
    local = replace(LOCAL, security=security)
    try:
        agreed = make_answer(offer, local, CODECS, direction=wish, origin=ORIGIN, prefer_local=prefer_local)
    except Refused:
        return
    assert agreed.description is not None
    answer = SessionDescription.parse(agreed.description.to_bytes())
    assert answer == agreed.description
    assert [(one.kind, one.protocol) for one in answer.media] == [(one.kind, one.protocol) for one in offer.media]
    assert [bool(one.port) for one in answer.media] == [place == agreed.index for place in range(len(offer.media))]
    ours, theirs = answer.media[agreed.index], offer.media[agreed.index]
    assert set(ours.formats) <= set(theirs.formats)
    assert {(one.name, one.payload_type) for one in ours.rtpmaps()} <= {
        (one.name, one.payload_type) for one in theirs.rtpmaps()
    }
    assert isinstance(agreed.terms, Keys) is bool(ours.attribute("crypto"))
    assert isinstance(agreed.terms, Keys) or (security.plain and "SAVP" not in ours.protocol)
    assert ours.direction is agreed.direction
    assert agreed.direction.sends <= (wish.sends and theirs.direction.receives)
    assert agreed.direction.receives <= (wish.receives and theirs.direction.sends)
    if theirs.connection is not None and theirs.connection.unspecified:
        assert not agreed.direction.sends


@given(lines, securities)
def test_any_answer_is_accepted_or_refused(lines: list[str], security: Security) -> None:
    offer = make_offer(replace(LOCAL, security=security), CODECS, origin=ORIGIN)
    with contextlib.suppress(ProtocolViolation, Refused):
        agreed = accept_answer(offer, SessionDescription.parse("\r\n".join(lines)), plain=security.plain)
        assert security.plain or isinstance(agreed.terms, Keys)
        offered = offer.media[0].rtpmaps()
        assert agreed.codecs
        assert all(pair.received in offered and pair.sent.name == pair.received.name for pair in agreed.codecs)


@given(st.sampled_from(Direction), st.sampled_from(Direction))
def test_both_sides_of_an_exchange_see_the_same_thing(offered: Direction, wish: Direction) -> None:
    other = LocalMedia(rtp=Address("2001:db8::1", 6000), rtcp=Address("2001:db8::2", 6007))
    offer = make_offer(LOCAL, CODECS, direction=offered, origin=ORIGIN)
    theirs = make_answer(offer, other, CODECS[1:], direction=wish, origin=ORIGIN)
    assert theirs.description is not None
    ours = accept_answer(offer, theirs.description)
    assert ours.direction is theirs.direction.reversed
    assert (ours.remote, ours.remote_rtcp) == (other.rtp, other.rtcp)
    assert (theirs.remote, theirs.remote_rtcp) == (LOCAL.rtp, None)
    assert ours.rtcp_mux is theirs.rtcp_mux is False
    assert [one.received for one in ours.codecs] == [one.sent for one in theirs.codecs]
    assert [one.sent for one in ours.codecs] == [one.received for one in theirs.codecs]
