"""Odd messages that are right, or wrong in ways that real phones are: all are read, and written back as they came.

The ideas are those of RFC 4475 section 3.1.1 and RFC 5118 section 4; the messages are our own.
"""

from __future__ import annotations

import pytest

from pbxd.sip.message import Message, Request, Response
from pbxd.sip.parse import parse_message
from tests.torture.messages import OK, message


def read(data: bytes) -> Message:
    parsed = parse_message(data)
    assert parsed.to_bytes() == data
    return parsed


def test_folding_everywhere() -> None:
    data = message(
        {
            "Via": "Via:\r\n  SIP  / 2.0\r\n / UDP\r\n\t192.0.2.2 ; branch = \r\n z9hG4bKfold\r\n ;rport",
            "From": 'From:\r\n\t"An\r\n na" \r\n <sip:anna@example.com>\r\n  ;\r\n  tag \r\n = \r\n f0ld',
            "CSeq": "CSeq: 0009\r\n  INVITE",
            "Call-ID": "Call-ID:\r\n folded@x \r\n ",
            "Max-Forwards": "Max-Forwards:\r\n \r\n 068",
        }
    )
    parsed = read(data)
    assert (parsed.via.host, parsed.via.branch, parsed.via.asks_rport) == ("192.0.2.2", "z9hG4bKfold", True)
    assert (parsed.from_.display, parsed.from_.tag) == ("An na", "f0ld")
    assert (parsed.cseq.number, parsed.call_id, parsed.max_forwards) == (9, "folded@x", 68)


def test_compact_forms_and_any_case() -> None:
    data = message(
        {
            "Via": "v: SIP/2.0/UDP a;branch=z9hG4bK1",
            "From": "F: <sip:anna@example.com>;tag=f",
            "To": "TO:sip:bo@example.com",
            "Call-ID": "I : x",
            "CSeq": "cSEQ:1 INVITE",
            "Max-Forwards": "MAX-forwards\t: 70",
            "Content-Length": "L:0",
        },
        "m:<sip:anna@192.0.2.1>",
        "k:timer",
        "c:text/plain",
    )
    parsed = read(data)
    assert parsed.contact is not None
    assert (parsed.content_type, parsed.max_forwards) == ("text/plain", 70)
    assert parsed.supported == {"timer"}


def test_several_values_in_one_line_and_several_lines() -> None:
    data = message(
        {"Via": 'Via: SIP/2.0/UDP a;branch=1, SIP/2.0/TCP b\r\nv: SIP/2.0/TLS c;x="1,2"\r\nVIA: SIP/2.0/WS d'},
        'Route: <sip:p1;lr>, "two, three" <sip:a,b@p2;lr>;a="<",<sip:p3>',
    )
    parsed = read(data)
    assert [via.transport for via in parsed.vias] == ["UDP", "TCP", "TLS", "WS"]
    assert [route.uri.host for route in parsed.routes] == ["p1", "p2", "p3"]
    assert parsed.routes[1].display == "two, three"


def test_a_wide_range_of_characters() -> None:
    method = "!interesting-Method0123456789_*+`.%indeed'~"
    uri = "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com"
    data = message(
        {"CSeq": f"CSeq: 139122385 {method}", "Call-ID": "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"},
        "extensionHeader-!.%*+_`'~: \ufeff大停電",
        'Contact: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:x@h>',
        start=f"{method} {uri} SIP/2.0",
    )
    parsed = read(data)
    assert isinstance(parsed, Request)
    assert (parsed.method, parsed.cseq.method) == (method, method)
    assert parsed.uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert parsed.uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert parsed.headers.get("EXTENSIONHEADER-!.%*+_`'~") == "\ufeff大停電"
    assert parsed.contact is not None
    assert parsed.contact.display == "BEL:\x07 NUL:\x00 DEL:\x7f"


def test_escapes_are_not_line_ends() -> None:
    data = message(
        {
            "From": 'From: "CR\\LF %0d%0a \\\\" <sip:%0d%0aVia%3a@example.com>;tag=f',
            "To": "To: <sip:null-%00-null@example.com>",
        },
        start="INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0",
    )
    parsed = read(data)
    assert isinstance(parsed, Request)
    assert parsed.uri.user == "sips:user@example.com"
    assert parsed.from_.display == "CRLF %0d%0a \\"
    assert parsed.from_.uri.user == "\r\nVia:"
    assert str(parsed.from_.uri.replace()) == "sip:%0D%0AVia%3A@example.com"
    assert parsed.to.uri.user == "null-\0-null"


def test_a_method_that_looks_escaped_is_only_a_token() -> None:
    parsed = read(message({"CSeq": "CSeq: 1 RE%47IST%45R"}, start="RE%47IST%45R sip:h SIP/2.0"))
    assert isinstance(parsed, Request)
    assert parsed.method == "RE%47IST%45R"


def test_no_white_space_between_name_and_address() -> None:
    parsed = read(message({"From": 'From: "caller"<sip:caller@example.com>;tag=323'}))
    assert (parsed.from_.display, parsed.from_.tag) == ("caller", "323")


@pytest.mark.covers("SEC-3")
def test_long_values() -> None:
    data = message(
        {
            "From": f'From: "{"I have a very long name. " * 100}" <sip:{"a" * 900}@example.com>;tag={"1" * 2000}',
            "Call-ID": f"Call-ID: {'longcallid' * 200}",
            "Via": "Via: " + ", ".join(f"SIP/2.0/UDP h{n};branch=z9hG4bK{'x' * 50}{n}" for n in range(70)),
        },
        f"{'UnknownHeaderName' * 20}: {'long value ' * 300}",
        start=f"INVITE sip:bo@{'sub.' * 100}example.com;{'p' * 300}={'v' * 300} SIP/2.0",
    )
    parsed = read(data)
    assert len(parsed.vias) == 70
    assert len(parsed.from_.tag or "") == 2000
    assert len(parsed.call_id) == 2000


@pytest.mark.parametrize(
    "uri", ["nobodyKnows:totallyopaque", "soap.beep://192.0.2.103:3002", "tel:+45", "urn:service:sos"]
)
def test_schemes_that_are_not_sip_are_for_the_core_to_refuse(uri: str) -> None:
    changes = {"To": "To: <isbn:2983792873>", "CSeq": "CSeq: 1 OPTIONS"}
    parsed = read(message(changes, start=f"OPTIONS {uri} SIP/2.0"))
    assert isinstance(parsed, Request)
    assert (str(parsed.uri), parsed.to.uri.scheme) == (uri, "isbn")


def test_no_max_forwards() -> None:
    assert read(message({"Max-Forwards": None})).max_forwards is None


def test_the_old_protocol_without_branch_and_tags() -> None:
    parsed = read(message({"Via": "Via: SIP/2.0/UDP h", "From": "From: sip:anna@h", "Max-Forwards": None}))
    assert (parsed.via.branch, parsed.from_.tag, parsed.to.tag) == ("", None, None)


def test_line_ends_before_a_message_are_ignored() -> None:
    data = message()
    assert parse_message(b"\r\n\r\n" + data).to_bytes() == data


def test_what_follows_the_body_is_cut_off() -> None:
    data = message({"Content-Length": "Content-Length: 3"}, body=b"abc")
    parsed = parse_message(data + b"INVITE sip:joe@example.com SIP/2.0\r\n")
    assert (parsed.body, parsed.to_bytes()) == (b"abc", data)


def test_a_datagram_without_content_length_is_body_to_its_end() -> None:
    assert read(message({"Content-Length": None}, body=b"abc")).body == b"abc"


def test_content_lengths_that_agree() -> None:
    assert read(message(None, "l: 00")).body == b""


@pytest.mark.parametrize("start", ["SIP/2.0 200 ", "SIP/2.0 200", "sip/2.0 200 OK", "SIP/2.0 299 = 2**3 * пять \udcff"])
def test_status_lines(start: str) -> None:
    parsed = read(message(start=start))
    assert isinstance(parsed, Response)
    assert parsed.status // 100 == 2
    assert parsed.reason == start[12:]


def test_bad_utf8_survives() -> None:
    data = message({"From": 'From: "S\udcf8ren" <sip:s\udcf8ren@h>;tag=f'}, "Subject: \udc80\udcfe", body=b"")
    parsed = read(data)
    assert parsed.from_.display.encode("utf-8", "surrogateescape") == b"S\xf8ren"
    assert str(parsed.from_).encode("utf-8", "surrogateescape") in data


def test_bodies_are_bytes() -> None:
    body = b"\r\n\r\n\x00\xff--boundary\r\n"
    assert read(message({"Content-Length": f"Content-Length: {len(body)}"}, body=body)).body == body


def test_ipv6_references() -> None:
    data = message(
        {
            "Via": "Via: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111",
            "Call-ID": "Call-ID: 6@[2001:db8::1]",
        },
        'Contact: "Caller" <sip:caller@[2001:db8::1]:5070>',
        start="REGISTER sip:[2001:db8::10] SIP/2.0",
    ).replace(b"1 INVITE", b"1 REGISTER")
    parsed = read(data)
    assert isinstance(parsed, Request)
    assert (parsed.uri.host, parsed.uri.port) == ("2001:db8::10", None)
    assert (parsed.via.host, parsed.via.received) == ("2001:db8::9:1", "2001:db8::9:255")
    assert parsed.contact is not None
    assert (parsed.contact.uri.host, parsed.contact.uri.port) == ("2001:db8::1", 5070)


def test_a_port_that_could_be_a_group_of_the_address_is_neither_guessed_nor_lost() -> None:
    parsed = read(message(start="INVITE sip:[2001:db8::10:5070] SIP/2.0"))
    assert isinstance(parsed, Request)
    assert (parsed.uri.host, parsed.uri.port) == ("2001:db8::10:5070", None)


def test_received_without_brackets() -> None:
    parsed = read(message({"Via": "Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3"}))
    assert (parsed.via.received, parsed.via.branch) == ("2001:db8::9:255", "z9hG4bKas3")


def test_ipv4_in_ipv6() -> None:
    parsed = read(message(None, "Contact: <sip:user@[::ffff:192.0.2.10]>", start=OK))
    assert parsed.contact is not None
    assert parsed.contact.uri.host == "::ffff:192.0.2.10"


def test_an_unquoted_name_in_other_letters() -> None:
    parsed = read(message({"From": "From: Åse Ødegård <sip:ase@example.com>;tag=1"}))
    assert parsed.from_.display == "Åse Ødegård"
