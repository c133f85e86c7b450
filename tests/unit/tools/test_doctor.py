"""The doctor's verdicts on calls, from their events."""

from __future__ import annotations

import pytest

from pbxd.events import (
    CallArrived,
    CallCrashed,
    CallEvent,
    CallId,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegId,
    LegSilent,
    MediaProblem,
    Transcoding,
)
from pbxd.tools.doctor import verdicts

CALL = CallId("5-1")
ONE, TWO = LegId("5-1-1"), LegId("5-1-2")
ARRIVED = CallArrived(
    at=1.0, call=CALL, leg=ONE, party="anna-desk", organization="house", caller="201", caller_name="", called="202",
    sip_call_id="a", address="udp:203.0.113.7:40000",
)  # fmt: skip
DIALLED = LegDialled(
    at=2.0, call=CALL, leg=TWO, party="bo-desk", number="202", sip_call_id="b", address="udp:192.0.2.11:5060"
)
TALK: list[CallEvent] = [ARRIVED, DIALLED, LegAnswered(at=3.0, call=CALL, leg=TWO, party="bo-desk")]


def silent(leg: LegId, party: str, expected: str = "") -> LegSilent:
    return LegSilent(at=9.0, call=CALL, leg=leg, party=party, seconds=20.0, expected=expected)


def words(*more: CallEvent) -> list[tuple[str, str]]:
    return [(one.kind, one.words) for one in verdicts([*TALK, *more])]


def test_nothing_strikes_the_eye() -> None:
    assert words() == []


@pytest.mark.covers("TOOL-9")
def test_a_phone_behind_nat() -> None:
    (sound, heard), (nat, why) = words(silent(ONE, "anna-desk", "192.168.1.20:11000"))
    assert (sound, nat) == ("sound", "nat")
    assert heard == "one-way sound: nothing came from anna-desk for 20 s; bo-desk was heard"
    assert "behind NAT: it wants its sound at 192.168.1.20" in why
    assert "203.0.113.7" in why


def test_sound_by_another_way_and_none_at_all() -> None:
    found = words(silent(ONE, "anna-desk", "8.8.4.4:11000"), silent(TWO, "bo-desk", "192.0.2.11:4000"))
    assert [kind for kind, _ in found] == ["sound", "nat", "sound"]
    assert "another way (8.8.4.4)" in found[1][1]
    assert "nor from anybody else" in found[2][1]
    problem = MediaProblem(at=4.0, call=CALL, leg=ONE, party="anna-desk", reason="no port is free")
    assert words(problem) == [("sound", "no sound for anna-desk: no port is free")]


@pytest.mark.covers("TOOL-9")
def test_codecs_and_keys() -> None:
    mixed = Transcoding(at=4.0, call=CALL, leg=ONE, party="anna-desk", heard="opus", made="PCMA")
    keys = Transcoding(at=4.0, call=CALL, leg=TWO, party="bo-desk", heard="PCMA", made="PCMA")
    (codec, first), (dtmf, second) = words(mixed, keys)
    assert (codec, dtmf) == ("codec", "dtmf")
    assert "opus is made into PCMA" in first
    assert "telephone-event" in second


def test_signalling_and_bugs() -> None:
    unanswered = LegEnded(at=4.0, call=CALL, leg=LegId("5-1-3"), party="bo-soft", status=408, reason="x", by_peer=False)
    refused = LegEnded(at=4.0, call=CALL, leg=LegId("5-1-4"), party="trunk", status=503, reason="Full", by_peer=True)
    found = words(unanswered, refused, CallCrashed(at=5.0, call=CALL, error="..."))
    assert [kind for kind, _ in found] == ["signalling", "signalling", "server"]
    assert "nothing was heard of bo-soft" in found[0][1]
    assert found[1][1] == "trunk could not be had: 503 Full"
