"""Encrypted sound with baresip's own SRTP, on one side of a call and in the clear on the other."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.interop.stage import Stage
from tests.interop.test_sound import LONGEST_GAP, TALK, assert_clear, two_baresips
from tests.interop.tones import ANNAS, BOS, listen

pytestmark = [pytest.mark.interop, pytest.mark.sound, pytest.mark.covers("SEC-4")]

SUITE = "AES_CM_128_HMAC_SHA1_80"


def encrypted(stage: Stage) -> list[tuple[str, str]]:
    """Whose sound the server says was encrypted, and how."""
    return [(line["party"], line["suite"]) for line in stage.server.events("leg-encrypted")]


@pytest.mark.parametrize(
    ("caller", "srtp", "encryption"),
    [
        ("anna", "offer", "srtp"),
        ("anna", "offer", "srtp-mand"),
        ("anna", "require", "srtp"),
        ("anna", "require", "srtp-mand"),
        ("bo", "offer", "srtp"),
        ("bo", "require", "srtp-mand"),
    ],
)
def test_an_encrypting_phone_and_a_plain_one_talk(stage: Stage, caller: str, srtp: str, encryption: str) -> None:
    """Anna's phone encrypts, Bo's does not; either calls."""
    stage.house = replace(stage.house, srtp={"anna-desk": srtp})
    with two_baresips(stage, encryption=(encryption, "")) as (anna, bo):
        calls, called, number = (anna, bo, "202") if caller == "anna" else (bo, anna, "201")
        calls.calls(number)
        called.answers()
        calls.waits_for("CALL_ESTABLISHED")
        time.sleep(TALK)
        calls.hangs_up()
        called.waits_for("CALL_CLOSED")
        assert_clear(listen(*bo.heard(), ANNAS))
        assert_clear(listen(*anna.heard(), BOS))
    assert encrypted(stage) == [("anna-desk", SUITE)]


@pytest.mark.parametrize("engine", ["embedded", "child"])
def test_both_phones_encrypt(stage: Stage, engine: str) -> None:
    media = {"engine": engine, "rtp_ports": "20000-39999", "codecs": ["pcma"], "srtp": "require"}
    stage.house = replace(stage.house, server={"media": media})
    with two_baresips(stage, encryption=("srtp-mand", "srtp-mand")) as (anna, bo):
        anna.calls("202")
        bo.answers()
        anna.waits_for("CALL_ESTABLISHED")
        time.sleep(TALK)
        anna.hangs_up()
        bo.waits_for("CALL_CLOSED")
        assert_clear(listen(*bo.heard(), ANNAS))
        assert_clear(listen(*anna.heard(), BOS))
    assert encrypted(stage) == [("bo-desk", SUITE), ("anna-desk", SUITE)]


def test_sound_comes_back_after_a_hold(stage: Stage) -> None:
    """baresip offers the same key again, and begins both of its contexts anew."""
    stage.house = replace(stage.house, srtp={"anna-desk": "require"})
    with two_baresips(stage, encryption=("srtp-mand", "")) as (anna, bo):
        anna.calls("202")
        bo.answers()
        anna.waits_for("CALL_ESTABLISHED")
        time.sleep(1)
        anna.holds()
        time.sleep(1)
        anna.resumes()
        time.sleep(2)
        anna.hangs_up()
        bo.waits_for("CALL_CLOSED")
        samples, rate = bo.heard()
        assert 2.5 < len(samples) / rate < 3.7
        assert listen(samples[-int(1.6 * rate) :], rate, ANNAS).worst <= LONGEST_GAP
    assert encrypted(stage) == [("anna-desk", SUITE)]


def test_where_encryption_is_required_a_plain_phone_can_t_call(stage: Stage) -> None:
    stage.house = replace(stage.house, srtp={"anna-desk": "require"})
    with two_baresips(stage) as (anna, bo):
        anna.calls("202")
        closed = anna.waits_for("CALL_CLOSED")
        assert "488" in closed["param"]
        bo.calls("201")
        closed = bo.waits_for("CALL_CLOSED")
        assert "488" in closed["param"]
    assert encrypted(stage) == []
    assert [line["status"] for line in stage.server.events("call-ended")] == [488, 488]
    assert len(stage.server.events("leg-ringing")) <= 1, "a phone that can't encrypt may ring before it says so"
