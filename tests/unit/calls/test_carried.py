"""What of a caller's INVITE the callee gets, and how ringtones are written."""

from __future__ import annotations

import pytest

from pbxd.calls.carried import MOST, alert_info, answers_by_itself, carried
from pbxd.sip.headers import Headers, NameAddr

pytestmark = pytest.mark.covers("CLI-8")
AUTOMATIC = "<http://127.0.0.1>;info=alert-autoanswer"
INVITE = Headers(
    [
        ("Subject", "Lunch"),
        ("Priority", "urgent"),
        ("User-to-User", "00ab;encoding=hex"),
        ("Call-Info", "<http://house.example/anna.png>;purpose=icon"),
        ("Call-Info", "<sip:house.example>;answer-after=0"),
        ("Alert-Info", AUTOMATIC),
        ("Alert-Info", "<http://elsewhere.example/scream.wav>"),
        ("X-Other", "1"),
    ]
)


def test_between_colleagues() -> None:
    assert [name for name, _ in carried(INVITE, inside=True)] == [
        "User-to-User",
        "Subject",
        "Priority",
        "Call-Info",
        "Call-Info",
        "Alert-Info",
    ]
    assert dict(carried(INVITE, inside=True))["Alert-Info"] == AUTOMATIC


def test_between_strangers() -> None:
    assert [name for name, _ in carried(INVITE, inside=False)] == ["User-to-User", "Subject", "Priority"]


def test_nobody_fills_an_invite() -> None:
    assert len(carried(Headers([("Subject", "Lunch")] * 50), inside=False)) == MOST


@pytest.mark.parametrize(
    ("value", "automatic"),
    [
        (AUTOMATIC, True),
        ('<http://127.0.0.1>;info="Auto Answer"', True),
        ("info=Auto-Answer", True),
        ("<sip:house.example>;answer-after=0", True),
        ("<http://x>;Answer-After = 2", True),
        ("info=RING ANSWER", True),
        ("<http://x>;intercom=true", True),
        ("<http://127.0.0.1>;info=alert-external", False),
        ("<http://127.0.0.1/Bellcore-dr3>", False),
        ("", False),
    ],
)
def test_what_makes_a_phone_answer(value: str, automatic: bool) -> None:
    assert answers_by_itself(value) is automatic


@pytest.mark.parametrize(
    ("ringtone", "written"),
    [
        ("alert-external", "<http://127.0.0.1>;info=alert-external"),
        ("ring-1", "<http://127.0.0.1>;info=ring-1"),
        ("Bellcore-dr2", "<http://127.0.0.1/Bellcore-dr2>"),
        ("urn:alert:source:internal", "<urn:alert:source:internal>"),
        ("http://192.0.2.5/ring.wav", "<http://192.0.2.5/ring.wav>"),
    ],
)
def test_a_ringtone_as_phones_know_it(ringtone: str, written: str) -> None:
    assert alert_info(ringtone) == written
    NameAddr.parse(written)
