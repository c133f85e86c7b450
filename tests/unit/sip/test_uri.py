"""URIs: parts, escapes, comparison (RFC 3261 19.1, RFC 3966, RFC 5118)."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.grammar import MAX_PARAMS
from pbxd.sip.uri import MAX_URI, Uri, sip_uri


def test_all_parts_of_a_sip_uri() -> None:
    uri = Uri.parse("SIPS:anna:pa%20ss@Example.COM:5061;Transport=TCP;lr;x=%41?Subject=hi%20you&Priority=urgent")
    assert (uri.scheme, uri.user, uri.password) == ("sips", "anna", "pa ss")
    assert (uri.host, uri.port) == ("Example.COM", 5061)
    assert uri.params == (("transport", "TCP"), ("lr", None), ("x", "%41"))
    assert uri.headers == "Subject=hi%20you&Priority=urgent"
    assert uri.transport == "tcp"
    assert (uri.param("lr"), uri.param("ob"), uri.param("x")) == ("", None, "%41")


@pytest.mark.parametrize(
    ("text", "user", "host"),
    [
        ("sip:example.com", "", "example.com"),
        ("sip:*@example.com", "*", "example.com"),
        ("sip:*21*123#@example.com", "*21*123#", "example.com"),
        ("sip:user;par=u%40example.net@example.com", "user;par=u@example.net", "example.com"),
        ("sip:a?b/c;d=e@example.com", "a?b/c;d=e", "example.com"),
        ("sip:null-%00-null@example.com", "null-\0-null", "example.com"),
        ("sip:+4588887702;phone-context=x@pbx", "+4588887702;phone-context=x", "pbx"),
        ("sip:s%C3%B8ren@example.com", "søren", "example.com"),
        ("sip:søren@example.com", "søren", "example.com"),
        ("sip:%ff@example.com", "\udcff", "example.com"),
        ("sip:sip%3Auser%40example.com@company.com", "sip:user@example.com", "company.com"),
        ("sip:@192.0.2.1", "", "192.0.2.1"),
        ("sip:bo@[2001:db8::10]", "bo", "2001:db8::10"),
        ("sip:bo@under_score.example", "bo", "under_score.example"),
    ],
)
def test_odd_but_clear_uris(text: str, user: str, host: str) -> None:
    uri = Uri.parse(text)
    assert (uri.user, uri.host) == (user, host)
    assert str(uri) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "anna@example.com",
        "sip:anna@",
        "sip:anna@exa mple.com",
        " sip:anna@example.com",
        "sip:anna@example.com ",
        "<sip:anna@example.com>",
        "sip:anna@bo@example.com",
        "sip:anna@example.com:port",
        "sip:anna@example.com:65536",
        "sip:anna@example.com:123456",
        "sip:anna@example.com;",
        "sip:anna@example.com;=x",
        "sip:anna@example.com;lr;LR",
        "sip:anna@2001:db8::1",
        "sip:anna@[2001:db8::1",
        "sip:anna@[1::2::3]",
        "sip:an%zzna@example.com",
        "sip:an%4",
        'sip:"anna"@example.com',
        "sip:anna@ex\rample.com",
        "sip:anna@exämple.com",
        "tel:",
        "tel:anna",
        "1http:x",
        "http:",
    ],
)
def test_what_is_no_uri(text: str) -> None:
    with pytest.raises(MalformedMessage):
        Uri.parse(text)


@pytest.mark.covers("SEC-3")
def test_a_long_uri_is_refused_with_414() -> None:
    with pytest.raises(MalformedMessage) as caught:
        Uri.parse("sip:" + "a" * MAX_URI + "@example.com")
    assert caught.value.status == 414


@pytest.mark.covers("SEC-3")
def test_parameters_are_bounded() -> None:
    Uri.parse("sip:h" + "".join(f";p{n}" for n in range(MAX_PARAMS)))
    with pytest.raises(MalformedMessage):
        Uri.parse("sip:h" + "".join(f";p{n}" for n in range(MAX_PARAMS + 1)))


def test_tel_keeps_the_number_and_its_parameters() -> None:
    uri = Uri.parse("tel:+45-8888-7702;phone-context=example.com;ext=1")
    assert (uri.scheme, uri.user, uri.host) == ("tel", "+45-8888-7702", "")
    assert uri.param("phone-context") == "example.com"
    assert str(uri.replace(user="+4588887703", params=())) == "tel:+4588887703"


@pytest.mark.parametrize(
    "text", ["urn:service:sos", "nobodyKnowsThisScheme:totallyopaquecontent", "soap.beep://192.0.2.103:3002", "im:a@b"]
)
def test_other_schemes_are_carried_unread(text: str) -> None:
    uri = Uri.parse(text)
    assert (uri.scheme, uri.opaque) == (text.partition(":")[0].lower(), text.partition(":")[2])
    assert str(uri) == text
    assert str(uri.replace()) == f"{uri.scheme}:{uri.opaque}"


def test_building_escapes_what_the_grammar_demands() -> None:
    assert str(sip_uri("anna", "example.com")) == "sip:anna@example.com"
    assert str(sip_uri("", "example.com", 5070, transport="tcp", lr=None)) == "sip:example.com:5070;transport=tcp;lr"
    assert str(sip_uri("a b@c:d\r\n#", "example.com")) == "sip:a%20b%40c%3Ad%0D%0A%23@example.com"
    assert str(sip_uri("bo", "2001:db8::1", 5060)) == "sip:bo@[2001:db8::1]:5060"
    assert str(sip_uri("bo", "[2001:db8::1]", scheme="sips")) == "sips:bo@[2001:db8::1]"
    assert str(sip_uri("bo", "h", x_y="a;b=c")) == "sip:bo@h;x-y=a%3Bb%3Dc"
    assert str(Uri("sip", "bo", "p:w", "h")) == "sip:bo:p%3Aw@h"


def test_replacing_a_part_forgets_the_text() -> None:
    uri = Uri.parse("SIP:bo@h;lr?a=b").replace(host="example.com", port=5080)
    assert str(uri) == "sip:bo@example.com:5080;lr?a=b"


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Uri.parse("sip:bo:secret@h"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        ("sip:biloxi.com;transport=tcp;method=REGISTER", "sip:biloxi.com;method=REGISTER;transport=tcp"),
        ("sip:a@h?to=x&from=y", "sip:a@h?From=y&to=x"),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]"),
        ("tel:+45-8888-7702", "tel:+4588887702"),
        ("urn:service:sos", "URN:service:sos"),
    ],
)
def test_equivalent_uris(one: str, other: str) -> None:
    assert Uri.parse(one).equivalent(Uri.parse(other))
    assert Uri.parse(other).equivalent(Uri.parse(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sip:ALICE@atlanta.com", "sip:alice@atlanta.com"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com;transport=udp", "sip:bob@biloxi.com;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:bob@biloxi.com", "sip:bob:pw@biloxi.com"),
        ("sip:a@h;user=phone", "sip:a@h"),
        ("sip:a@h", "sips:a@h"),
        ("sip:a@h", "sip:a@g"),
        ("tel:+4588887702", "tel:+4588887702;ext=1"),
        ("tel:+4588887702", "tel:+4588887703"),
        ("urn:service:sos", "urn:service:sos.fire"),
    ],
)
def test_different_uris(one: str, other: str) -> None:
    assert not Uri.parse(one).equivalent(Uri.parse(other))
    assert not Uri.parse(other).equivalent(Uri.parse(one))
