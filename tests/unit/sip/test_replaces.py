"""INVITEs with Replaces or Join: RFC 3891 3, RFC 3911 4."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.message import Request
from pbxd.sip.replaces import Meant, of_invite
from pbxd.sip.uri import Uri
from tests.machines.sessions import theirs


def invite(*headers: str) -> Request:
    return theirs("INVITE", 1, *headers, to_tag=None, sdp=True)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((), None),
        (
            ("Replaces: one@phone;to-tag=ours;from-tag=theirs",),
            ("Replaces", Meant("one@phone", local_tag="ours", remote_tag="theirs")),
        ),
        (
            ("Replaces: one@phone ; from-tag=theirs;to-tag=ours;early-only",),
            ("Replaces", Meant("one@phone", "ours", "theirs", early_only=True)),
        ),
        (("Join: two@phone;to-tag=ours;from-tag=theirs",), ("Join", Meant("two@phone", "ours", "theirs"))),
    ],
)
def test_which_dialog_is_meant(headers: tuple[str, ...], found: tuple[str, Meant] | None) -> None:
    assert of_invite(invite(*headers)) == found


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ("", None),
        ("?X=1", None),
        ("?X=1&replaces=one%40phone%3Bto-tag%3Dours%3Bfrom-tag%3Dtheirs", Meant("one@phone", "ours", "theirs")),
        ("?Replaces=one@phone%3Bto-tag%3Dours%3Bfrom-tag%3Dtheirs", Meant("one@phone", "ours", "theirs")),  # as some do
        ("?Replaces=one%40phone;to-tag=ours;from-tag=theirs;early-only", Meant("one@phone", "ours", "theirs", True)),
    ],
)
def test_which_dialog_a_refer_means(headers: str, found: Meant | None) -> None:
    assert Meant.in_uri(Uri.parse(f"sip:203@nordhavn.example{headers}")) == found


@pytest.mark.parametrize(
    "headers",
    [
        ("Replaces: one@phone",),
        ("Replaces: one@phone;to-tag=ours",),
        ("Replaces: ;to-tag=ours;from-tag=theirs",),
        ("Replaces: a;to-tag=b;from-tag=c", "Replaces: a;to-tag=b;from-tag=c"),
        ("Replaces: a;to-tag=b;from-tag=c", "Join: a;to-tag=b;from-tag=c"),
    ],
)
def test_what_makes_no_sense(headers: tuple[str, ...]) -> None:
    with pytest.raises(MalformedMessage):
        of_invite(invite(*headers))
