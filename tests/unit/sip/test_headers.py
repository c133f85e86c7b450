"""The header of a message: look-ups, changes, and every byte that was not changed."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.headers import MAX_HEADERS, MAX_LINE, Headers, key_of

WIRE = (
    "v: SIP/2.0/UDP a\r\n"
    "VIA :SIP/2.0/UDP b\r\n"
    "sUBJECT:  a\r\n \t folded\r\n  value \r\n"
    "X-Odd\t:\t\r\n"
    "Call-ID: x"
)  # fmt: skip


def test_names_are_found_in_any_case_and_compact() -> None:
    headers = Headers.parse(WIRE)
    assert headers.all("via") == headers.all("V") == headers.all("Via") == ("SIP/2.0/UDP a", "SIP/2.0/UDP b")
    assert headers.get("i") == headers.get("CALL-ID") == "x"
    assert headers.get("s") == "a folded value"
    assert headers.get("x-odd") == ""
    assert headers.get("From") is None
    assert headers.all("From") == ()
    assert "Subject" in headers
    assert "from" not in headers
    assert 1 not in headers
    assert (headers.count("Via"), headers.count("To"), len(headers)) == (2, 0, 5)


def test_lines_stay_as_they_were() -> None:
    headers = Headers.parse(WIRE)
    assert "\r\n".join(headers.lines) == WIRE
    assert list(headers) == [
        ("v", "SIP/2.0/UDP a"),
        ("VIA", "SIP/2.0/UDP b"),
        ("sUBJECT", "a folded value"),
        ("X-Odd", ""),
        ("Call-ID", "x"),
    ]
    changed = headers.setting("Call-ID", "y").prepending("Via", "SIP/2.0/UDP c").having(("To", "<sip:b@h>"))
    assert changed.lines == ("Via: SIP/2.0/UDP c", *headers.lines[:-1], "Call-ID: y", "To: <sip:b@h>")
    assert headers.get("Call-ID") == "x"


def test_changes() -> None:
    headers = Headers([("A", "1"), ("B", "2"), ("a", "3"), ("C", "4")])
    assert list(headers.setting("a", "9")) == [("a", "9"), ("B", "2"), ("C", "4")]
    assert list(headers.setting("D", "9"))[-1] == ("D", "9")
    assert list(headers.without("A", "c")) == [("B", "2")]
    assert list(headers.only("A")) == [("A", "1"), ("a", "3")]
    assert list(headers.replacing(2, "A", "9")) == [("A", "1"), ("B", "2"), ("A", "9"), ("C", "4")]
    assert headers.without("D") == headers
    assert headers.only("B") + headers.only("C") == Headers([("B", "2"), ("C", "4")])
    assert hash(headers.only("B")) == hash(Headers([("B", "2")]))
    assert headers != Headers()
    assert repr(headers) == "<Headers A, B, a, C>"


@pytest.mark.parametrize("value", ["x\r\nEvil: 1", "x\n", "\r"])
def test_no_value_can_forge_a_line(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        Headers([("Subject", value)])
    with pytest.raises(ValueError, match="line break"):
        Headers([("Subject", "x")]).setting("Subject", value)


@pytest.mark.parametrize(
    "text",
    [
        "Subject",
        ": x",
        "Sub ject: x",
        "Sub\r\n ject: x",
        "Sübject: x",
        " Subject: x",
        "A: 1\nB: 2",
        "A: 1\rB: 2",
        "A: 1\r\n\r\nB: 2",
        "A: 1\n\rB: 2",
    ],
)
def test_bad_lines(text: str) -> None:
    with pytest.raises(MalformedMessage):
        Headers.parse(text)


def test_names_that_are_none() -> None:
    with pytest.raises(MalformedMessage):
        key_of("a b")


@pytest.mark.covers("SEC-3")
def test_bounds() -> None:
    assert len(Headers.parse("\r\n".join(["A: 1"] * MAX_HEADERS))) == MAX_HEADERS
    with pytest.raises(MalformedMessage):
        Headers.parse("\r\n".join(["A: 1"] * (MAX_HEADERS + 1)))
    assert Headers.parse("A:" + "x" * (MAX_LINE - 2)).get("A")
    with pytest.raises(MalformedMessage):
        Headers.parse("A:" + "x" * (MAX_LINE - 1))
