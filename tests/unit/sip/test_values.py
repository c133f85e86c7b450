"""Addresses, Via, CSeq, Reason and the small values."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.uri import Uri, sip_uri
from pbxd.sip.values import (
    MAX_CSEQ,
    CSeq,
    NameAddr,
    Reason,
    Via,
    parse_content_type,
    parse_retry_after,
)


@pytest.mark.parametrize(
    ("text", "display", "uri", "params"),
    [
        ("sip:a@h", "", "sip:a@h", ()),
        ("sip:a@h;tag=1", "", "sip:a@h", (("tag", "1"),)),
        ("<sip:a@h;lr>;tag=1", "", "sip:a@h;lr", (("tag", "1"),)),
        ("Anna Andersen <sip:a@h>", "Anna Andersen", "sip:a@h", ()),
        ('"Anna"<sip:a@h> ; tag = 1', "Anna", "sip:a@h", (("tag", "1"),)),
        ('"<sip:evil@x>;tag=0" <sip:a@h>', "<sip:evil@x>;tag=0", "sip:a@h", ()),
        (r'"a\"b\\ \r\n, c" <sip:a@h>', 'a"b\\ rn, c', "sip:a@h", ()),
        ("Søren <sip:a@h>", "Søren", "sip:a@h", ()),
        ("caller (private) <sip:a@h>", "caller (private)", "sip:a@h", ()),
        ('"" <sip:a@h>', "", "sip:a@h", ()),
        ("<tel:+4588887702>;q=0.5", "", "tel:+4588887702", (("q", "0.5"),)),
    ],
)
def test_addresses(text: str, display: str, uri: str, params: tuple[tuple[str, str | None], ...]) -> None:
    address = NameAddr.parse(text)
    assert (address.display, str(address.uri), address.params) == (display, uri, params)
    assert str(address) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Anna",
        "<sip:a@h",
        '"Anna <sip:a@h>',
        "Bell, Alexander <sip:a@h>",
        "< sip:a@h>",
        "<sip:a@h >",
        "<<sip:a@h>>",
        "sip:a@h?Subject=x",
        "<sip:a@h>tag=1",
        "<sip:a@h>;tag=1;tag=2",
        "<sip:a@h>, <sip:b@h>",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(MalformedMessage):
        NameAddr.parse(text)


def test_parameters_are_read_without_quotes() -> None:
    address = NameAddr.parse('<sip:a@h>;+sip.instance="<urn:uuid:1>";reg-id=1;ob;q="";tag=')
    assert address.param("+sip.instance") == "<urn:uuid:1>"
    assert (address.param("reg-id"), address.param("ob"), address.param("q"), address.param("x")) == ("1", "", "", None)
    assert address.tag is None


def test_a_tag_is_added_to_the_text_as_it_is() -> None:
    assert str(NameAddr.parse("Bo  <sip:b@h>;x ").with_tag("1")) == "Bo  <sip:b@h>;x;tag=1"
    assert str(NameAddr.parse("sip:b@h").with_tag("1")) == "sip:b@h;tag=1"
    changed = NameAddr.parse("Bo  <sip:b@h>;tag=0;x").with_tag("1")
    assert (str(changed), changed.tag) == ('"Bo" <sip:b@h>;tag=1;x', "1")
    assert str(NameAddr.parse("<sip:b@h>;tag=").with_tag("1")) == "<sip:b@h>;tag=1"


def test_a_built_address_is_quoted_and_bracketed() -> None:
    address = NameAddr('Anna "A" Andersen', sip_uri("anna", "h", lr=None)).with_param("expires", "60")
    assert str(address) == '"Anna \\"A\\" Andersen" <sip:anna@h;lr>;expires=60'
    assert NameAddr.parse(str(address)) == address
    assert str(NameAddr("", Uri.parse("sip:h"))) == "<sip:h>"


def test_lists_of_addresses() -> None:
    first, second = NameAddr.parse_list('"A, B" <sip:a@h;x=1,2>;q=1 ,<sip:b@h>')
    assert (first.display, str(first.uri), second.uri.user) == ("A, B", "sip:a@h;x=1,2", "b")


@pytest.mark.parametrize(
    ("text", "transport", "host", "port", "branch"),
    [
        ("SIP/2.0/UDP 192.0.2.1", "UDP", "192.0.2.1", None, ""),
        ("SIP/2.0/udp h:5060;branch=z9hG4bKx;rport", "UDP", "h", 5060, "z9hG4bKx"),
        ("SIP  / 2.0 / TCP\t a.example.com : 5061 ;\tbranch = z9hG4bK9", "TCP", "a.example.com", 5061, "z9hG4bK9"),
        ("SIP/2.0/TLS [2001:db8::9:1]:61;received=2001:db8::9;branch=z9", "TLS", "2001:db8::9:1", 61, "z9"),
        ("SIP/2.0/TLS-SCTP h", "TLS-SCTP", "h", None, ""),
    ],
)
def test_vias(text: str, transport: str, host: str, port: int | None, branch: str) -> None:
    via = Via.parse(text)
    assert (via.protocol, via.transport, via.host, via.port, via.branch) == ("SIP/2.0", transport, host, port, branch)
    assert str(via) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0 h",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP h:x",
        "SIP/2.0/UDP h:99999",
        "SIP/2.0/UDP 2001:db8::1;branch=x",
        "SIP/2.0/UDP h;;branch=x",
        "SIP/2.0/UDP h;branch=a;branch=b",
        "SIP/2.0/UDP h g",
    ],
)
def test_what_is_no_via(text: str) -> None:
    with pytest.raises(MalformedMessage):
        Via.parse(text)


@pytest.mark.parametrize("received", ["2001:db8::1", "[2001:db8::1]"])
def test_received_is_read_with_and_without_brackets(received: str) -> None:
    assert Via.parse(f"SIP/2.0/UDP [::1];received={received}").received == "2001:db8::1"


def test_rport_is_asked_for_and_filled_in() -> None:
    via = Via.parse("SIP/2.0/UDP [::1]:5060;branch=b;rport;x=y")
    assert (via.asks_rport, via.rport, via.received) == (True, None, None)
    filled = via.with_param("rport", "9").with_param("received", "::2")
    assert (filled.rport, filled.received) == (9, "::2")
    assert str(filled) == "SIP/2.0/UDP [::1]:5060;branch=b;rport=9;x=y;received=::2"
    assert (via.param("x"), via.param("y")) == ("y", None)
    assert not Via.parse("SIP/2.0/UDP h").asks_rport


@pytest.mark.parametrize(("text", "value"), [("1 INVITE", CSeq(1, "INVITE")), ("0009 \t !x", CSeq(9, "!x"))])
def test_cseq(text: str, value: CSeq) -> None:
    assert CSeq.parse(text) == value
    assert CSeq.parse(str(value)) == value


@pytest.mark.parametrize(
    "text", ["", "1", "INVITE", "-1 INVITE", f"{MAX_CSEQ + 1} INVITE", "1 IN VITE", "1\u00a0INVITE"]
)
def test_what_is_no_cseq(text: str) -> None:
    with pytest.raises(MalformedMessage):
        CSeq.parse(text)


def test_reasons() -> None:
    value = 'Q.850 ;cause=16;text="Terminated, \\"x\\"", SIP;cause=200;text="Call completed elsewhere", X'
    assert Reason.parse_list(value) == (
        Reason("Q.850", 16, 'Terminated, "x"'),
        Reason("SIP", 200, "Call completed elsewhere"),
        Reason("X"),
    )
    assert str(Reason("SIP", 200, "Call completed elsewhere")) == 'SIP;cause=200;text="Call completed elsewhere"'
    assert str(Reason("SIP", 487)) == "SIP;cause=487"
    for bad in ("", ";cause=1", "SIP;cause=x", "SIP cause=1", "SIP;cause=1000"):
        with pytest.raises(MalformedMessage):
            Reason.parse(bad)


def test_retry_after() -> None:
    assert parse_retry_after("120") == 120
    assert parse_retry_after("18000 ;duration=3600") == 18000
    assert parse_retry_after("120 (I'm in a meeting)") == 120
    for bad in ("", "soon", "-1", "1 (x", str(2**32)):
        with pytest.raises(MalformedMessage):
            parse_retry_after(bad)


def test_content_types() -> None:
    assert parse_content_type("application/SDP") == ("application/sdp", ())
    assert parse_content_type('Multipart / Mixed ;boundary="a b"') == ("multipart/mixed", (("boundary", '"a b"'),))
    for bad in ("", "application", "application/", "/sdp", "application/s dp", "a/b;;"):
        with pytest.raises(MalformedMessage):
            parse_content_type(bad)
