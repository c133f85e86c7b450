"""Session descriptions: what is read, what is refused, and that nothing else changes."""

from __future__ import annotations

import time

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.sdp import (
    MAX_FORMATS,
    MAX_LINES,
    MAX_MEDIA,
    MAX_SIZE,
    Attribute,
    Codec,
    Connection,
    Direction,
    Media,
    Origin,
    SessionDescription,
)


def description(*lines: str) -> SessionDescription:
    head = ("v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "t=0 0")
    return SessionDescription.parse("".join(f"{line}\r\n" for line in (*head, *lines)))


def audio(*lines: str, formats: str = "0", session: tuple[str, ...] = ()) -> Media:
    return description(*session, f"m=audio 4000 RTP/AVP {formats}", *lines).media[0]


BROWSER = (
    b"v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    b"a=fingerprint:sha-256 AA:BB\r\na=group:BUNDLE 0 1\r\na=ice-options:trickle\r\n"
    b"m=audio 9 UDP/TLS/RTP/SAVPF 109 9\r\nc=IN IP4 0.0.0.0\r\n"
    b"a=candidate:0 1 UDP 2122252543 192.0.2.7 50000 typ host\r\n"
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
    b"a=mid:0\r\na=rtpmap:109 opus/48000/2\r\n"
    b"m=video 0 UDP/TLS/RTP/SAVPF 120\r\nc=IN IP4 0.0.0.0\r\nb=AS:1024\r\na=inactive\r\n"
    b"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP6 ::\r\na=sctp-port:5000\r\n"
)


@pytest.mark.parametrize(
    "wire",
    [
        BROWSER,
        BROWSER.replace(b"\r\n", b"\n"),
        BROWSER.rstrip(b"\r\n"),
        b"v=0\no=- 0 0 IN IP4 h\ns=\xff\xfe latin \xe6\nc=IN  IP4  192.0.2.1\nm=audio  4000  RTP/AVP  0\nx=unknown\n",
    ],
)
def test_unchanged_description_gives_its_own_bytes_back(wire: bytes) -> None:
    assert SessionDescription.parse(wire).to_bytes() == wire


def test_rebuilt_description_keeps_every_line_that_was_not_changed() -> None:
    parsed = SessionDescription.parse(BROWSER)
    assert SessionDescription.build(parsed.lines, parsed.media).to_bytes() == BROWSER
    refused = SessionDescription.build(parsed.lines, (parsed.media[0].replace(port=0), *parsed.media[1:]))
    assert refused.to_bytes() == BROWSER.replace(b"m=audio 9 ", b"m=audio 0 ")


def test_media_of_every_kind() -> None:
    found = description(
        "c=IN IP4 192.0.2.1",
        "m=audio 49170/2 RTP/AVP 0 8",
        "m=image 5002 udptl t38",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    ).media
    assert [(one.kind, one.port, one.port_count, one.protocol, one.formats) for one in found] == [
        ("audio", 49170, 2, "RTP/AVP", ("0", "8")),
        ("image", 5002, 1, "udptl", ("t38",)),
        ("application", 9, 1, "UDP/DTLS/SCTP", ("webrtc-datachannel",)),
    ]
    assert Media(kind="audio", port=8, port_count=2, protocol="RTP/AVP", formats=("0",)).line == "m=audio 8/2 RTP/AVP 0"


def test_codecs_by_attribute_and_by_rfc_3551() -> None:
    media = audio(
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 useinbandfec=1; stereo=0",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        formats="96 9 0 13 101 77 127 300 96",
    )
    assert media.rtpmaps() == (
        Codec(payload_type=96, encoding="opus", clock_rate=48000, channels=2, parameters="useinbandfec=1; stereo=0"),
        Codec(payload_type=9, encoding="G722", clock_rate=8000),
        Codec(payload_type=0, encoding="PCMU", clock_rate=8000),
        Codec(payload_type=13, encoding="CN", clock_rate=8000),
        Codec(payload_type=101, encoding="telephone-event", clock_rate=8000),
    )


@pytest.mark.parametrize(
    "mapping", ["", "opus", "opus/", "/8000", "opus/0", "opus/9999999999999", "opus/8000/x", "x/٣"]
)
def test_format_whose_rtpmap_makes_no_sense_is_left_out(mapping: str) -> None:
    assert audio(f"a=rtpmap:96 {mapping}", formats="96 8").rtpmaps() == (
        Codec(payload_type=8, encoding="PCMA", clock_rate=8000),
    )


def test_connection_and_direction_of_the_media_level_win_over_the_session_s() -> None:
    session = ("c=IN IP4 192.0.2.1", "a=sendonly")
    inherited = audio(session=session)
    own = audio("c=IN IP6 2001:DB8::0:1", "a=inactive", session=session)
    assert inherited.connection == Connection("192.0.2.1")
    assert inherited.direction is Direction.SENDONLY
    assert own.connection is not None
    assert own.connection.host == "2001:db8::1"
    assert own.direction is Direction.INACTIVE
    assert audio().direction is Direction.SENDRECV
    assert audio().connection is None


@pytest.mark.parametrize(
    ("address", "host", "unspecified"),
    [
        ("IN IP4 192.0.2.1", "192.0.2.1", False),
        ("IN IP4 0.0.0.0", None, True),
        ("IN IP6 ::", None, True),
        ("IN IP4 df7jal23ls0d.invalid", None, True),
        ("IN IP4 phone.example.com", None, False),
        ("IN IP4 224.2.1.1/127/3", None, False),
        ("IN IP4 255.255.255.255", None, False),
        ("IN IP6 ff15::101/3", None, False),
        ("IN IP4 2001:db8::5", "2001:db8::5", False),
    ],
)
def test_where_a_connection_lets_us_send(address: str, host: str | None, unspecified: bool) -> None:
    connection = Connection.parse(address)
    assert (connection.host, connection.unspecified) == (host, unspecified)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a=rtcp:53020", (None, 53020)),
        ("a=rtcp:53020 IN IP4 192.0.2.9", ("192.0.2.9", 53020)),
        ("a=rtcp:53020 IN IP6 2001:db8::9", ("2001:db8::9", 53020)),
        ("a=rtcp:0", None),
        ("a=rtcp:99999", None),
        ("a=rtcp:", None),
        ("a=rtcp:53020 IN IP4", None),
        ("a=rtcp-mux", None),
    ],
)
def test_rtcp_attribute(line: str, expected: tuple[str | None, int] | None) -> None:
    assert audio(line).rtcp == expected


def test_other_attributes() -> None:
    media = audio("a=ptime:30", "a=rtcp-mux", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x", "b=AS:64", "a=x:")
    assert media.ptime == 30
    assert media.rtcp_mux
    assert media.attribute("rtcp-mux") == ""
    assert media.attribute("crypto") == "1 AES_CM_128_HMAC_SHA1_80 inline:x"
    assert media.attribute("cryp") is None
    assert media.attributes[1:] == (
        Attribute("rtcp-mux", None),
        Attribute("crypto", "1 AES_CM_128_HMAC_SHA1_80 inline:x"),
        Attribute("x", ""),
    )


@pytest.mark.parametrize("value", ["", "0", "-20", "20.0", "5000", "9" * 5000, "٢٠"])
def test_ptime_that_makes_no_sense_counts_as_absent(value: str) -> None:
    assert audio(f"a=ptime:{value}").ptime is None


HEAD = "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\n"


@pytest.mark.covers("SEC-3")
@pytest.mark.parametrize(
    "wire",
    [
        "",
        "\r\n",
        "v=1\r\n",
        "v=0",
        "o=- 1 1 IN IP4 h\r\nv=0\r\n",
        "v=0\r\no=- 1 1 IN IP4\r\n",
        "v=0\r\no=- 1 1 IN IP4 h\r\no=- 1 1 IN IP4 h\r\n",
        HEAD + "\r\nm=audio 1 RTP/AVP 0\r\n",
        HEAD + "a\r\n",
        HEAD + " a=x\r\n",
        HEAD + "a=x\ry\r\n",
        HEAD + "a=x\0y\r\n",
        HEAD + "m=audio 1 RTP/AVP\r\n",
        HEAD + "m=audio 65536 RTP/AVP 0\r\n",
        HEAD + "m=audio -1 RTP/AVP 0\r\n",
        HEAD + "m=audio 1/0 RTP/AVP 0\r\n",
        HEAD + "m=audio 1/ RTP/AVP 0\r\n",
        HEAD + f"m=audio {'9' * 5000} RTP/AVP 0\r\n",
        HEAD + "m=audio 1 RTP/AVP" + " 0" * (MAX_FORMATS + 1),
        HEAD + "c=IN IP4 999.0.2.1\r\n",
        HEAD + "c=IN IP4 192.0.2.01\r\n",
        HEAD + "c=IN IP6 fe80::1%eth0\r\n",
        HEAD + "c=IN IP6 :::\r\n",
        HEAD + "c=IN IP4 bad host\r\n",
        HEAD + "c=IN IP5 192.0.2.1\r\n",
        HEAD + "c=ATM NSAP 47.0091\r\n",
        HEAD + "m=audio 1 RTP/AVP 0\r\n" * (MAX_MEDIA + 1),
        HEAD + "a=x\n" * MAX_LINES,
        HEAD + "a=" + "x" * MAX_SIZE,
    ],
)
def test_what_breaks_the_rules_is_refused(wire: str) -> None:
    with pytest.raises(MalformedMessage):
        SessionDescription.parse(wire)


@pytest.mark.covers("SEC-3")
@pytest.mark.parametrize(
    "piece", ["a=rtpmap:0 x/", "m=audio 1 RTP/AVP " + "0 " * 60 + "\r\n", "c=IN IP4 a.\r\n", "1/", "\r\n"]
)
def test_hostile_description_costs_little(piece: str) -> None:
    wire = (HEAD + piece * MAX_SIZE)[:MAX_SIZE].encode()
    started = time.perf_counter()
    try:
        for media in SessionDescription.parse(wire).media:
            media.rtpmaps()
    except MalformedMessage:
        pass
    assert time.perf_counter() - started < 0.2


def test_origin_grows_by_one() -> None:
    origin = Origin(session_id=77, version=4, address="2001:db8::1")
    assert origin.next().line == "o=- 77 5 IN IP6 2001:db8::1"
    assert SessionDescription.build(("v=0", origin.line, "s=-"), ()).origin == origin
    assert SessionDescription.parse("v=0\no=- 12345678901234567 3 IN IP4 h\n").origin.session_id == 12345678901234567
    with pytest.raises(MalformedMessage):
        _ = SessionDescription.parse("v=0\no=- abc 1 IN IP4 h\n").origin


@pytest.mark.parametrize("direction", Direction)
def test_direction_arithmetic(direction: Direction) -> None:
    assert direction.reversed.reversed is direction
    assert direction.restricted_by(Direction.SENDRECV) is direction
    assert direction.restricted_by(Direction.INACTIVE) is Direction.INACTIVE
    assert (direction.reversed.sends, direction.reversed.receives) == (direction.receives, direction.sends)
