"""INVITEs with Replaces or Join: RFC 3891 3, RFC 3911 4."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.message import Request
from pbxd.sip.replaces import refusal
from tests.machines.sessions import theirs


def invite(*headers: str) -> Request:
    return theirs("INVITE", 1, *headers, to_tag=None, sdp=True)


def known(call_id: str, tag: str) -> bool:
    return (call_id, tag) == ("one@phone", "ours")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), None),
        (("Replaces: one@phone;to-tag=ours;from-tag=theirs",), 603),
        (("Replaces: one@phone ; from-tag=theirs;to-tag=ours;early-only",), 603),
        (("Replaces: one@phone;to-tag=theirs;from-tag=ours",), 481),
        (("Replaces: two@phone;to-tag=ours;from-tag=theirs",), 481),
        (("Join: two@phone;to-tag=ours;from-tag=theirs",), 481),
    ],
)
def test_what_it_is_refused_with(headers: tuple[str, ...], status: int | None) -> None:
    assert refusal(invite(*headers), known) == status


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
        refusal(invite(*headers), known)
