"""Offers and answers by RFC 3264: which stream, which formats, whose numbers, which way."""

from __future__ import annotations

import pytest

from pbxd.errors import ProtocolViolation, Refused
from pbxd.network import Address
from pbxd.sip.offer_answer import Agreed, LocalMedia, accept_answer, make_answer, make_offer, reoffer
from pbxd.sip.sdp import Codec, Direction, Origin, SessionDescription

LOCAL = LocalMedia(rtp=Address("192.0.2.1", 4000), rtcp=Address("192.0.2.1", 4001))
MUXED = LocalMedia(rtp=Address("192.0.2.1", 4000), rtcp=Address("192.0.2.1", 4001), rtcp_mux=True)
ORIGIN = Origin(session_id=7, version=1, address="192.0.2.1")
PCMA = Codec(payload_type=8, encoding="PCMA", clock_rate=8000)
PCMU = Codec(payload_type=0, encoding="PCMU", clock_rate=8000)
OPUS = Codec(payload_type=107, encoding="opus", clock_rate=48000, channels=2, parameters="useinbandfec=1")
EVENTS = Codec(payload_type=101, encoding="telephone-event", clock_rate=8000)
WIDE_EVENTS = Codec(payload_type=102, encoding="telephone-event", clock_rate=48000)


def remote(*lines: str, connection: str = "IN IP4 198.51.100.7") -> SessionDescription:
    head = ("v=0", "o=phone 5 9 IN IP4 198.51.100.7", "s=-", f"c={connection}", "t=0 0")
    return SessionDescription.parse("\r\n".join((*head, *lines)))


def answer(
    *lines: str, codecs: tuple[Codec, ...] = (PCMA, PCMU, EVENTS), wish: Direction = Direction.SENDRECV
) -> Agreed:
    return make_answer(remote(*lines), LOCAL, codecs, direction=wish, origin=ORIGIN)


def written(agreed: Agreed) -> list[str]:
    assert agreed.description is not None
    return agreed.description.to_bytes().decode().splitlines()


def test_offer_as_it_goes_on_the_wire() -> None:
    offer = make_offer(MUXED, (OPUS, PCMA, EVENTS), direction=Direction.SENDONLY, origin=ORIGIN)
    assert offer.to_bytes().decode().splitlines() == [
        "v=0",
        "o=- 7 1 IN IP4 192.0.2.1",
        "s=-",
        "c=IN IP4 192.0.2.1",
        "t=0 0",
        "m=audio 4000 RTP/AVP 107 8 101",
        "a=rtpmap:107 opus/48000/2",
        "a=fmtp:107 useinbandfec=1",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=ptime:20",
        "a=rtcp-mux",
        "a=sendonly",
    ]


@pytest.mark.parametrize(
    ("rtcp", "line"),
    [
        (Address("192.0.2.1", 4001), None),
        (Address("192.0.2.1", 5001), "a=rtcp:5001"),
        (Address("2001:db8::1", 5001), "a=rtcp:5001 IN IP6 2001:db8::1"),
    ],
)
def test_rtcp_is_said_where_it_is_not_next_to_rtp(rtcp: Address, line: str | None) -> None:
    offer = make_offer(LocalMedia(rtp=LOCAL.rtp, rtcp=rtcp), (PCMA,), origin=ORIGIN)
    assert [one for one in offer.media[0].lines if one.startswith("a=rtcp")] == ([line] if line else [])


def test_answer_has_the_common_codecs_in_the_offer_s_order_under_the_offer_s_numbers() -> None:
    agreed = answer(
        "m=audio 6000 RTP/AVP 18 96 0 8 97",
        "a=rtpmap:96 OPUS/48000/2",
        "a=fmtp:96 maxplaybackrate=16000",
        "a=rtpmap:97 telephone-event/8000",
        "a=fmtp:97 0-15",
        codecs=(PCMA, OPUS, PCMU, EVENTS, WIDE_EVENTS),
    )
    assert [(pair.sent.payload_type, pair.received.payload_type) for pair in agreed.codecs] == [
        (number, number) for number in (96, 0, 8, 97)
    ]
    opus, events = agreed.codecs[0], agreed.codecs[3]
    assert (opus.received.parameters, opus.sent.parameters) == ("useinbandfec=1", "maxplaybackrate=16000")
    assert (events.received.parameters, events.sent.parameters) == ("0-16", "0-15")
    assert "m=audio 4000 RTP/AVP 96 0 8 97" in written(agreed)
    assert "a=fmtp:96 useinbandfec=1" in written(agreed)


def test_answer_in_our_own_order_when_asked() -> None:
    offer = remote("m=audio 6000 RTP/AVP 0 101 8", "a=rtpmap:101 telephone-event/8000")
    agreed = make_answer(offer, LOCAL, (PCMA, PCMU, EVENTS), origin=ORIGIN, prefer_local=True)
    assert [pair.sent for pair in agreed.codecs][:2] == [PCMA, PCMU]


def test_telephone_event_stays_only_at_the_clock_rate_of_a_chosen_codec() -> None:
    lines = (
        "m=audio 6000 RTP/AVP 96 101 102",
        "a=rtpmap:96 opus/48000/2",
        "a=rtpmap:101 telephone-event/8000",
        "a=rtpmap:102 telephone-event/48000",
    )
    agreed = answer(*lines, codecs=(OPUS, PCMA, EVENTS, WIDE_EVENTS))
    assert [pair.sent.name for pair in agreed.codecs] == [OPUS.name, WIDE_EVENTS.name]


def test_codecs_with_shared_parameters_repeat_the_offer_s() -> None:
    g729 = Codec(payload_type=18, encoding="G729", clock_rate=8000)
    agreed = answer("m=audio 6000 RTP/AVP 18", "a=fmtp:18 annexb=no", codecs=(g729,))
    assert "a=fmtp:18 annexb=no" in written(agreed)


@pytest.mark.parametrize(
    "lines",
    [
        ("m=audio 6000 RTP/AVP 18",),
        ("m=audio 0 RTP/AVP 8",),
        ("m=audio 6000 RTP/SAVP 8",),
        ("m=audio 6000/2 RTP/AVP 8",),
        ("m=audio 6000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"),
        ("m=video 6000 RTP/AVP 8",),
        ("m=image 6000 udptl t38",),
        (),
    ],
)
def test_offer_without_a_usable_stream_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as refused:
        answer(*lines)
    assert refused.value.status == 488


def test_stream_without_any_address_is_refused() -> None:
    offer = SessionDescription.parse("v=0\no=- 1 1 IN IP4 h\ns=-\nt=0 0\nm=audio 6000 RTP/AVP 8\n")
    with pytest.raises(Refused):
        make_answer(offer, LOCAL, (PCMA,), origin=ORIGIN)


def test_every_other_media_line_is_refused_in_its_place() -> None:
    agreed = answer(
        "m=video 6000 RTP/AVP 31",
        "a=rtpmap:31 H261/90000",
        "m=audio 6002 RTP/SAVP 8",
        "m=audio 6004 RTP/AVPF 8",
        "m=audio 6006 RTP/AVP 8",
        "m=image 6008 udptl t38",
        "a=T38FaxVersion:0",
    )
    assert agreed.index == 2
    assert agreed.remote == Address("198.51.100.7", 6004)
    assert [line for line in written(agreed) if line.startswith("m=")] == [
        "m=video 0 RTP/AVP 31",
        "m=audio 0 RTP/SAVP 8",
        "m=audio 4000 RTP/AVPF 8",
        "m=audio 0 RTP/AVP 8",
        "m=image 0 udptl t38",
    ]


@pytest.mark.parametrize(
    ("offered", "wish", "ours", "peer_holds"),
    [
        ("sendrecv", Direction.SENDRECV, Direction.SENDRECV, False),
        ("sendonly", Direction.SENDRECV, Direction.RECVONLY, True),
        ("recvonly", Direction.SENDRECV, Direction.SENDONLY, False),
        ("inactive", Direction.SENDRECV, Direction.INACTIVE, True),
        ("sendrecv", Direction.SENDONLY, Direction.SENDONLY, False),
        ("sendonly", Direction.SENDONLY, Direction.INACTIVE, True),
    ],
)
def test_direction_of_the_answer(offered: str, wish: Direction, ours: Direction, peer_holds: bool) -> None:
    agreed = answer("m=audio 6000 RTP/AVP 8", f"a={offered}", wish=wish)
    assert (agreed.direction, agreed.peer_holds) == (ours, peer_holds)
    assert f"a={ours.value}" in written(agreed)
    assert agreed.remote == Address("198.51.100.7", 6000)


@pytest.mark.parametrize("connection", ["IN IP4 0.0.0.0", "IN IP6 ::", "IN IP4 hold.invalid"])
@pytest.mark.parametrize(
    ("offered", "ours"), [("sendrecv", "recvonly"), ("sendonly", "recvonly"), ("inactive", "inactive")]
)
def test_hold_in_the_old_way(connection: str, offered: str, ours: str) -> None:
    offer = remote("m=audio 6000 RTP/AVP 8", f"a={offered}", connection=connection)
    agreed = make_answer(offer, LOCAL, (PCMA,), origin=ORIGIN)
    assert (agreed.remote, agreed.direction.value, agreed.peer_holds) == (None, ours, True)


def test_host_name_in_the_connection_is_legal_and_not_sent_to() -> None:
    offer = remote("m=audio 6000 RTP/AVP 8", "a=rtcp:6009", connection="IN IP4 phone.example.com")
    agreed = make_answer(offer, LOCAL, (PCMA,), origin=ORIGIN)
    assert (agreed.remote, agreed.remote_rtcp, agreed.direction) == (None, None, Direction.SENDRECV)
    assert not agreed.peer_holds


@pytest.mark.parametrize(
    ("local", "line", "muxed"), [(MUXED, "a=rtcp-mux", True), (LOCAL, "a=rtcp-mux", False), (MUXED, "a=x", False)]
)
def test_rtcp_mux_when_both_sides_want_it(local: LocalMedia, line: str, muxed: bool) -> None:
    agreed = make_answer(remote("m=audio 6000 RTP/AVP 8", line, "a=rtcp:7000"), local, (PCMA,), origin=ORIGIN)
    assert agreed.rtcp_mux is muxed
    assert ("a=rtcp-mux" in written(agreed)) is muxed
    assert agreed.remote_rtcp == (None if muxed else Address("198.51.100.7", 7000))


def test_answer_repeats_the_offer_s_time_and_packet_length() -> None:
    offer = SessionDescription.parse(
        "v=0\no=- 1 1 IN IP4 h\ns=-\nc=IN IP4 198.51.100.7\nt=2873397496 2873404696\n"
        "m=audio 6000 RTP/AVP 8\na=ptime:30\n"
    )
    agreed = make_answer(offer, LOCAL, (PCMA,), origin=ORIGIN)
    assert agreed.ptime == 30
    assert {"t=2873397496 2873404696", "a=ptime:30"} <= set(written(agreed))


OFFER = make_offer(MUXED, (OPUS, PCMA, PCMU, EVENTS), origin=ORIGIN)


def test_answerer_may_want_other_numbers_than_we_do() -> None:
    agreed = accept_answer(
        OFFER,
        remote(
            "m=audio 6000 RTP/AVP 8 111 97 3",
            "a=rtpmap:111 opus/48000/2",
            "a=rtpmap:97 telephone-event/8000",
            "a=ptime:40",
        ),
    )
    assert [(pair.sent.payload_type, pair.received.payload_type) for pair in agreed.codecs] == [
        (8, 8),
        (111, 107),
        (97, 101),
    ]
    assert agreed.codecs[1].received.parameters == "useinbandfec=1"
    assert (agreed.index, agreed.ptime, agreed.description) == (0, 40, None)
    assert (agreed.remote, agreed.rtcp_mux) == (Address("198.51.100.7", 6000), False)


def test_number_without_rtpmap_in_an_answer_means_what_we_offered_under_it() -> None:
    agreed = accept_answer(OFFER, remote("m=audio 6000 RTP/AVP 107 101"))
    assert [pair.sent.name for pair in agreed.codecs] == [OPUS.name, EVENTS.name]


@pytest.mark.parametrize(
    ("offered", "answered", "ours", "peer_holds"),
    [
        (Direction.SENDRECV, "sendrecv", Direction.SENDRECV, False),
        (Direction.SENDRECV, "recvonly", Direction.SENDONLY, False),
        (Direction.SENDRECV, "sendonly", Direction.RECVONLY, True),
        (Direction.SENDRECV, "inactive", Direction.INACTIVE, True),
        (Direction.SENDONLY, "recvonly", Direction.SENDONLY, False),
        (Direction.SENDONLY, "sendrecv", Direction.SENDONLY, False),
        (Direction.RECVONLY, "sendonly", Direction.RECVONLY, False),
        (Direction.INACTIVE, "inactive", Direction.INACTIVE, False),
    ],
)
def test_direction_after_an_answer(offered: Direction, answered: str, ours: Direction, peer_holds: bool) -> None:
    offer = make_offer(LOCAL, (PCMA,), direction=offered, origin=ORIGIN)
    agreed = accept_answer(offer, remote("m=audio 6000 RTP/AVP 8", f"a={answered}"))
    assert (agreed.direction, agreed.peer_holds) == (ours, peer_holds)


@pytest.mark.parametrize(
    "lines",
    [(), ("m=audio 6000 RTP/AVP 8", "m=video 0 RTP/AVP 31"), ("m=video 6000 RTP/AVP 8",), ("m=audio 6000 udptl 8",)],
)
def test_answer_that_does_not_fit_the_offer(lines: tuple[str, ...]) -> None:
    with pytest.raises(ProtocolViolation):
        accept_answer(OFFER, remote(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        ("m=audio 0 RTP/AVP 8",),
        ("m=audio 6000 RTP/AVP 18",),
        ("m=audio 6000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"),
        ("m=audio 6000 RTP/SAVP 8",),
    ],
)
def test_answer_that_leaves_nothing(lines: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as refused:
        accept_answer(OFFER, remote(*lines))
    assert refused.value.status == 488


def test_reoffer_that_changes_nothing_is_the_same_description() -> None:
    assert reoffer(OFFER, MUXED, (OPUS, PCMA, PCMU, EVENTS)) is OFFER


def test_reoffer_keeps_the_lines_and_counts_the_version() -> None:
    session = answer("m=video 6000 RTP/AVP 31", "m=audio 6002 RTP/AVPF 8 0", "m=image 0 udptl t38").description
    assert session is not None
    held = reoffer(session, LOCAL, (PCMA, PCMU), direction=Direction.SENDONLY)
    assert [media.line for media in held.media] == [
        "m=video 0 RTP/AVP 31",
        "m=audio 4000 RTP/AVPF 8 0",
        "m=image 0 udptl t38",
    ]
    assert (held.origin.session_id, held.origin.version) == (7, 2)
    assert held.media[1].direction is Direction.SENDONLY
    assert reoffer(held, LOCAL, (PCMA, PCMU)).origin.version == 3


def test_reoffer_keeps_a_codec_s_number_and_never_gives_it_to_another() -> None:
    session = answer("m=audio 6000 RTP/AVP 8 107", "a=rtpmap:107 telephone-event/8000").description
    assert session is not None
    again = reoffer(session, LOCAL, (PCMA, OPUS, EVENTS, WIDE_EVENTS))
    numbers = {codec.name: codec.payload_type for codec in again.media[0].rtpmaps()}
    assert numbers[EVENTS.name] == 107
    assert numbers[OPUS.name] not in (8, 107)
    assert len(set(numbers.values())) == 4


def test_answer_to_a_reoffer_continues_our_origin() -> None:
    first = answer("m=audio 6000 RTP/AVP 8")
    refresh = make_answer(remote("m=audio 6000 RTP/AVP 8"), LOCAL, (PCMA,), origin=ORIGIN, previous=first.description)
    assert refresh.description is first.description
    hold = make_answer(
        remote("m=audio 6000 RTP/AVP 8", "a=sendonly"), LOCAL, (PCMA,), origin=ORIGIN, previous=first.description
    )
    assert hold.description is not None
    assert hold.description.origin.version == 2


def test_keys_of_another_rate_are_better_than_none() -> None:
    lines = (
        "m=audio 6000 RTP/AVP 96 101 13",
        "a=rtpmap:96 opus/48000/2",
        "a=rtpmap:101 telephone-event/8000",
        "a=rtpmap:13 CN/8000",
    )
    noise = Codec(payload_type=13, encoding="CN", clock_rate=8000)
    agreed = answer(*lines, codecs=(OPUS, PCMA, EVENTS, WIDE_EVENTS, noise))
    assert [pair.sent.name for pair in agreed.codecs] == [OPUS.name, EVENTS.name]


def test_versions_go_on_from_the_highest_that_was_sent() -> None:
    first = make_offer(LOCAL, (PCMA,), origin=ORIGIN)
    assert reoffer(first, LOCAL, (PCMU,), used=4).origin.version == 5
    assert reoffer(first, LOCAL, (PCMA,), used=4) is first
