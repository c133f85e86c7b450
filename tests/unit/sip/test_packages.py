"""What event packages say, byte for byte where an administrator can read it in docs/presence.md."""

from __future__ import annotations

import re
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.address import Address
from pbxd.errors import MalformedMessage
from pbxd.sip.flow import Flow
from pbxd.sip.packages import PACKAGES, dialog_info, message_summary, presence, reg
from pbxd.sip.packages.dialog_info import DialogState, Participant
from pbxd.sip.packages.markup import MAX_DEPTH, MAX_ELEMENTS, MAX_SIZE, document, element
from pbxd.sip.packages.presence import Presence
from pbxd.sip.registrar import Binding
from pbxd.sip.uri import Uri

TEXT = (Path(__file__).parents[3] / "docs" / "presence.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```xml\n(.*?)```", TEXT, re.DOTALL)
NOW = 1_800_000_000.0

RINGING = DialogState(
    id="c1.2",
    call_id="5f2c",
    local_tag="bo-tag",
    remote_tag="pbxd-tag",
    direction="recipient",
    state="early",
    local=Participant(identity="sip:202@house.example", display="Bo Lind", target="sip:bo-desk@192.0.2.11:5060"),
    remote=Participant(identity="sip:201@house.example", display="Anna Holm", target="sip:201@192.0.2.1:5060"),
)
BINDING = Binding(
    contact=Uri.parse("sip:bo-desk@192.0.2.11:5060"),
    flow=Flow("udp", Address("192.0.2.1", 5060), Address("192.0.2.11", 5060)),
    expires=NOW + 540,
    call_id="reg-1",
    cseq=7,
    q=Fraction(1, 2),
)


def same(written: bytes, documented: str) -> None:
    """Equal but for white space between elements."""
    first, second = (ElementTree.canonicalize(xml, strip_text=True) for xml in (written.decode(), documented))
    assert first == second


def test_a_lamp() -> None:
    content = dialog_info.render("sip:202@house.example", (RINGING,), 1)
    assert content.content_type == "application/dialog-info+xml"
    same(content.body, EXAMPLES[0])


def test_a_dialog_of_which_little_is_known() -> None:
    stranger = Participant(identity="sip:anonymous@anonymous.invalid")
    bare = DialogState(
        id="c1.2", call_id="5f2c", local_tag=None, remote_tag="x", direction="recipient", state="trying",
        local=stranger, remote=stranger,
    )  # fmt: skip
    body = dialog_info.render("sip:202@house.example", (bare,), 0).body.decode()
    assert '<dialog id="c1.2" call-id="5f2c" remote-tag="x" direction="recipient">' in body
    assert "<local><identity>sip:anonymous@anonymous.invalid</identity></local>" in body


def test_nothing_to_show() -> None:
    body = dialog_info.render("sip:202@house.example", (), 3).body
    assert body == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="3" '
        b'state="full" entity="sip:202@house.example"/>\n'
    )


def test_presence() -> None:
    state = Presence(open=True, activities=("lunch", "on-the-phone"), note="back at one")
    content = presence.render("sip:202@house.example", state)
    assert content.content_type == "application/pidf+xml"
    same(content.body, EXAMPLES[1])
    assert presence.parse(content.body) == state
    assert presence.parse(EXAMPLES[1].encode()) == state


def test_registrations() -> None:
    registrations = (
        reg.Registration(aor="sip:bo-desk@house.example", id="bo-desk", bindings=(BINDING,)),
        reg.Registration(aor="sip:bo-soft@house.example", id="bo-soft", bindings=()),
    )
    content = reg.render(registrations, 0, NOW)
    assert content.content_type == "application/reginfo+xml"
    same(content.body, EXAMPLES[2])


def test_message_summary() -> None:
    content = message_summary.render("sip:bo@house.example", 2, 8)
    head = b"Messages-Waiting: yes\r\nMessage-Account: sip:bo@house.example\r\n"
    assert content.body == head + b"Voice-Message: 2/8\r\n"
    assert b"Messages-Waiting: no" in message_summary.render("sip:bo@house.example", 0, 8).body


def test_the_page_names_every_package() -> None:
    for package in PACKAGES:
        assert f"`{package}`" in TEXT


@pytest.mark.parametrize(
    ("published", "registered", "in_a_call", "expected"),
    [
        ((), False, False, Presence(open=False)),
        ((), True, False, Presence(open=True)),
        ((), True, True, Presence(open=True, activities=("on-the-phone",))),
        ((Presence(open=False),), True, False, Presence(open=False)),
        ((Presence(open=False), Presence(open=True)), False, False, Presence(open=True)),
        ((Presence(open=None, activities=("away",)),), True, False, Presence(open=True, activities=("away",))),
        (
            (Presence(open=True, activities=("away", "busy"), note="old"), Presence(open=True, activities=("busy",))),
            True,
            True,
            Presence(open=True, activities=("away", "busy", "on-the-phone"), note="old"),
        ),
        (
            (Presence(open=None, note="old"), Presence(open=None, note="new")),
            True,
            False,
            Presence(open=True, note="new"),
        ),
    ],
)
def test_presence_is_composed(
    published: tuple[Presence, ...], registered: bool, in_a_call: bool, expected: Presence
) -> None:
    assert presence.composed(published, registered=registered, in_a_call=in_a_call) == expected


def pidf(inside: str, *, before: str = "") -> bytes:
    return f'{before}<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a@b">{inside}</presence>'.encode()


def test_what_a_softphone_publishes() -> None:
    """Own prefixes, comments, CDATA, several tuples, elements that nobody knows."""
    body = b"""<p:presence xmlns:p="urn:ietf:params:xml:ns:pidf" xmlns:r="urn:ietf:params:xml:ns:pidf:rpid"
        xmlns:d="urn:ietf:params:xml:ns:pidf:data-model" xmlns:x="urn:x"><!-- hello -->
        <p:tuple id="a"><p:status><p:basic> closed </p:basic><x:mood>fine</x:mood></p:status></p:tuple>
        <p:tuple id="b"><p:status><p:basic>open</p:basic></p:status><p:note>a <![CDATA[&]]> b</p:note></p:tuple>
        <d:person id="c"><r:activities><r:away/><r:flying/><x:away/><r:away/></r:activities></d:person></p:presence>"""
    assert presence.parse(body) == Presence(open=True, activities=("away",), note="a & b")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<presence",
        b"<presence/>",
        b'<html xmlns="urn:ietf:params:xml:ns:pidf"/>',
        pidf("<a></b>"),
        pidf("&lol;", before='<!DOCTYPE presence [<!ENTITY lol "lol">]>'),
        pidf("", before='<!DOCTYPE presence SYSTEM "http://example.com/x.dtd">'),
        pidf("", before='<?xml version="1.0" encoding="nonsense"?>'),
        pidf("<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1)),
        pidf("<a/>" * (MAX_ELEMENTS + 1)),
        pidf("x" * MAX_SIZE),
        pidf("").decode().encode("utf-16")[:-3],
    ],
)
def test_documents_that_are_not_taken(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        presence.parse(body)


@given(st.binary(max_size=200))
def test_whatever_is_published_raises_nothing_else(body: bytes) -> None:
    with suppress(MalformedMessage):
        presence.parse(body)


@given(st.text(max_size=50), st.text(max_size=50))
def test_any_text_makes_a_document_that_can_be_read(text: str, attribute: str) -> None:
    """Names and numbers come from strangers: they end no element and break no parser."""
    root = ElementTree.fromstring(document(element("a", text=text, b_c=attribute)))
    assert (root.tag, list(root)) == ("a", [])
    if text.isprintable() and attribute.isprintable() and (text + attribute).isascii():
        assert (root.text or "", root.get("b-c")) == (text, attribute)
