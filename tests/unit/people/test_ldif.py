"""LDIF (RFC 2849) as directories write it, and as nobody should."""

from __future__ import annotations

import base64
from contextlib import suppress
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.people.ldif import Record, parse
from pbxd.people.tables import TableError


def records(text: str, encoding: str = "utf-8") -> list[Record]:
    return parse("x.ldif", dedent(text).encode(encoding))


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(TableError) as caught:
        records(text)
    return caught.value.problems


def values(record: Record) -> dict[str, str | None]:
    return {value.attribute: value.text for value in record.values}


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_entry(encoding: str, end: str) -> None:
    text = dedent(f"""\
        version: 1

        # somebody, in a comment
          that is folded
        dn:: {base64_of("CN=Åse Holm,DC=nordhavn,DC=example")}
        objectClass: top
        objectClass: user
        displayName:: {base64_of("Åse Holm")}
        telephoneNumber;lang-da:   +45 88 88 77
          01
        objectGUID:: {base64.b64encode(bytes(range(240, 256))).decode()}
        jpegPhoto:< file:///etc/passwd
        description:
        """)
    [found] = parse("x.ldif", text.replace("\n", end).encode(encoding))
    assert (found.dn, found.change, found.line) == ("CN=Åse Holm,DC=nordhavn,DC=example", None, 5)
    assert [(one.attribute, one.text, one.line) for one in found.values] == [
        ("objectclass", "top", 6),
        ("objectclass", "user", 7),
        ("displayname", "Åse Holm", 8),
        ("telephonenumber", "+45 88 88 77 01", 9),
        ("objectguid", None, 11),
        ("jpegphoto", None, 12),
        ("description", "", 13),
    ]


def test_changes() -> None:
    added, gone, changed, renamed = records("""\
        dn: CN=A
        changetype: add
        cn: A

        dn: CN=B
        control: 1.2.840.113556.1.4.805 true
        changetype: delete

        dn: CN=C
        changetype: modify
        replace: telephoneNumber
        telephoneNumber: 201
        -
        delete: mail
        -
        add: memberOf
        memberOf: CN=X
        memberOf: CN=Y

        dn: CN=D
        changetype: modrdn
        newrdn: CN=E
        deleteoldrdn: 1
        """)
    assert (added.change, values(added)) == ("add", {"cn": "A"})
    assert (gone.dn, gone.change) == ("CN=B", "delete")
    assert [(one.operation, one.attribute, [value.text for value in one.values]) for one in changed.modifications] == [
        ("replace", "telephonenumber", ["201"]),
        ("delete", "mail", []),
        ("add", "memberof", ["CN=X", "CN=Y"]),
    ]
    assert (renamed.change, values(renamed)["newrdn"]) == ("modrdn", "CN=E")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cn: A\n", "x.ldif:1: a record begins with `dn:`"),
        ("dn:< file:///etc/passwd\n", "x.ldif:1: a record begins with `dn:`"),
        ("dn: A\n\ndn: B\nnonsense\n", "x.ldif:4: neither `attribute: value` nor the rest of the line before"),
        ("dn: A\ncn:: a*b=\n", "x.ldif:2: not base64"),
        ("dn: A\nchangetype: explode\n", "x.ldif:2: no change is called `explode`"),
        ("dn: A\nchangetype: modify\nmail: x\n", "x.ldif:3: a change begins with `add:`"),
        ("dn: A\nchangetype: modify\nreplace: mail\ncn: x\n", "x.ldif:4: `cn` stands in a change of `mail`"),
        ("dn: A\ncn: x\ndn: B\n", "x.ldif:3: `dn:` stands inside a record: an empty line is missing"),
        ("dn: A\ncn: x\n-\n", "x.ldif:1: a `-` stands in a record"),
        ("-\n", "x.ldif:1: a record begins with `dn:`"),
    ],
)
def test_what_is_no_ldif_is_said_by_line(text: str, words: str) -> None:
    assert problems(text)[0].startswith(words)


def test_a_value_folded_a_million_times_takes_no_longer_for_it() -> None:
    [found] = parse("x.ldif", b"dn: A\ncn: x" + b"\n x" * 1_000_000 + b"\n")
    assert values(found) == {"cn": "x" * 1_000_001}


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(raw: bytes) -> None:
    for text in (raw, b"dn: A\n" + raw, b"dn: A\nchangetype: modify\n" + raw):
        with suppress(TableError):
            parse("x.ldif", text)
