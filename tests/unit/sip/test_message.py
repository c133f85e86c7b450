"""Requests and responses: views, building, changing, answering."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.headers import Headers
from pbxd.sip.message import REASONS, Request, Response, reason_for, response_to
from pbxd.sip.parse import parse_message
from pbxd.sip.uri import Uri, sip_uri
from pbxd.sip.values import CSeq

BASE = (
    ("Via", "SIP/2.0/UDP a;branch=z9hG4bK1;rport, SIP/2.0/TCP b;branch=z9hG4bK2"),
    ("Via", "SIP/2.0/TLS c;branch=z9hG4bK3"),
    ("From", "Anna <sip:anna@h>;tag=f"),
    ("To", "<sip:bo@h>"),
    ("Call-ID", "id@h"),
    ("CSeq", "7 INVITE"),
)


def invite(*more: tuple[str, str], body: bytes = b"") -> Request:
    return Request("INVITE", Uri.parse("sip:bo@h"), Headers((*BASE, *more)), body)


def test_views() -> None:
    request = invite(
        ("m", "<sip:a@1>, Bo <sip:b@2>;q=0.5"),
        ("Contact", "<sip:c@3>"),
        ("Route", "<sip:p1;lr>,<sip:p2;lr>"),
        ("Record-Route", "<sip:p3;lr>"),
        ("Max-Forwards", "70"),
        ("Expires", "300"),
        ("c", "Application/SDP;charset=x"),
        ("Require", "100Rel"),
        ("k", "timer, Path"),
        ("Supported", "outbound"),
        ("Allow", "INVITE, ack"),
    )
    assert (request.via.transport, request.via.branch) == ("UDP", "z9hG4bK1")
    assert [via.host for via in request.vias] == ["a", "b", "c"]
    assert (request.from_.display, request.from_.tag, request.to.tag) == ("Anna", "f", None)
    assert (request.call_id, request.cseq) == ("id@h", CSeq(7, "INVITE"))
    assert request.contacts != "*"
    assert [contact.uri.user for contact in request.contacts] == ["a", "b", "c"]
    assert request.contact is not None
    assert request.contact.uri.host == "1"
    assert [str(route.uri) for route in request.routes] == ["sip:p1;lr", "sip:p2;lr"]
    assert [str(route.uri) for route in request.record_routes] == ["sip:p3;lr"]
    assert (request.max_forwards, request.expires, request.content_type) == (70, 300, "application/sdp")
    assert request.require == {"100rel"}
    assert request.supported == {"timer", "path", "outbound"}
    assert request.allow == {"INVITE", "ACK"}


def test_views_of_what_is_absent() -> None:
    request = invite()
    assert (request.contacts, request.contact, request.routes, request.record_routes) == ((), None, (), ())
    assert (request.max_forwards, request.expires, request.content_length, request.content_type) == (None,) * 3 + ("",)
    assert (request.require, request.supported, request.allow) == (frozenset(),) * 3


def test_the_star_contact() -> None:
    request = invite(("Contact", "*"))
    assert request.contacts == "*"
    assert request.contact is None
    with pytest.raises(MalformedMessage):
        _ = invite(("Contact", "*"), ("Contact", "<sip:a@1>")).contacts


@pytest.mark.parametrize(
    ("name", "value", "view"),
    [
        ("Contact", "<sip:a@1", "contacts"),
        ("Route", "<sip:p1>,,", "routes"),
        ("Record-Route", "x", "record_routes"),
        ("Expires", "-1", "expires"),
        ("Expires", str(2**32), "expires"),
        ("Max-Forwards", "256", "max_forwards"),
        ("Content-Type", "sdp", "content_type"),
        ("Require", "a b", "require"),
        ("Supported", '"', "supported"),
        ("Allow", "()", "allow"),
        ("Content-Length", "x", "content_length"),
    ],
)
def test_a_bad_header_is_named_when_its_view_is_read(name: str, value: str, view: str) -> None:
    with pytest.raises(MalformedMessage) as caught:
        getattr(invite((name, value)), view)
    assert caught.value.header == name


def test_single_headers_may_stand_once() -> None:
    with pytest.raises(MalformedMessage):
        _ = invite(("Expires", "1"), ("Expires", "1")).expires
    with pytest.raises(MalformedMessage):
        _ = invite(("Content-Length", "1"), ("l", "2")).content_length
    assert invite(("Content-Length", "1"), ("l", "1")).content_length == 1


def test_a_view_is_parsed_once() -> None:
    request = invite()
    assert request.from_ is request.from_
    assert request.to_bytes() is request.to_bytes()


def test_writing_sets_the_content_length() -> None:
    request = invite(("l", "999"), ("X", "1"), body=b"abc")
    head, _, body = request.to_bytes().partition(b"\r\n\r\n")
    assert head.startswith(b"INVITE sip:bo@h SIP/2.0\r\nVia: SIP/2.0/UDP a;")
    assert head.endswith(b"X: 1\r\nContent-Length: 3")
    assert head.count(b"999") == 0
    assert body == b"abc"
    assert parse_message(request.to_bytes()) == request


def test_no_start_line_can_forge_a_header() -> None:
    with pytest.raises(ValueError, match="line break"):
        Response(200, "OK\r\nX: y", Headers(BASE)).to_bytes()


def test_bodies_change_with_their_type() -> None:
    request = invite().with_body("application/sdp", b"v=0")
    assert (request.content_type, request.body) == ("application/sdp", b"v=0")
    assert "Content-Type" not in request.with_body("", b"").headers
    response = response_to(request, 200).with_body("text/plain", b"x").with_headers(Headers(BASE))
    assert response.to_bytes().endswith(b"Content-Length: 1\r\n\r\nx")


def test_the_top_via_is_changed_alone() -> None:
    data = invite(("Subject", "as\udcff is")).to_bytes()
    request = parse_message(data)
    assert isinstance(request, Request)
    changed = request.with_top_via(request.via.with_param("received", "192.0.2.1").with_param("rport", "5062"))
    assert changed.to_bytes() == data.replace(b";rport,", b";rport=5062;received=192.0.2.1,").replace(
        b"\r\nContent-Length: 0", b""
    ).replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n")
    assert (changed.via.received, len(changed.vias)) == ("192.0.2.1", 3)
    assert changed.from_ is request.from_
    assert request.to_bytes() == data


def test_a_response_repeats_what_the_rfc_says() -> None:
    request = invite(("Timestamp", "54"), ("Record-Route", "<sip:p;lr>"), ("Subject", "x"))
    trying = response_to(request, 100)
    assert trying.headers.lines == (*request.headers.lines[:6], "Timestamp: 54")
    ringing = response_to(request, 180, to_tag="t", headers=[("Contact", "<sip:b@2>")])
    assert (ringing.status, ringing.reason, ringing.to.tag) == (180, "Ringing", "t")
    assert list(ringing.headers)[-1] == ("Contact", "<sip:b@2>")
    assert "Timestamp" not in ringing.headers
    ok = response_to(request, 200, "Fine", body=b"v=0", content_type="application/sdp")
    assert ok.to_bytes().startswith(b"SIP/2.0 200 Fine\r\n")
    assert (ok.content_type, ok.body) == ("application/sdp", b"v=0")


def test_a_to_tag_is_not_replaced() -> None:
    request = invite().with_headers(Headers(BASE).setting("To", "<sip:bo@h>;tag=old"))
    assert response_to(request, 200, to_tag="new").to.tag == "old"


def test_phrases() -> None:
    assert (reason_for(486), reason_for(499), reason_for(699)) == ("Busy Here", "Bad Request", "Busy Everywhere")
    assert all(100 <= status < 700 and phrase for status, phrase in REASONS.items())


def test_messages_show_their_start_line() -> None:
    assert repr(invite()) == "<Request INVITE sip:bo@h>"
    assert repr(response_to(invite(), 404)) == "<Response 404 Not Found>"


def test_equality_is_that_of_the_bytes() -> None:
    assert invite() == invite()
    assert hash(invite()) == hash(invite())
    assert invite() != Request("INVITE", sip_uri("cy", "h"), Headers(BASE))
    assert invite() != "INVITE"
