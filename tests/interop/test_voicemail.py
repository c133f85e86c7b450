"""Voicemail with phones that are not ours: what was said is what is heard, and survives whatever ends the server."""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.interop.baresip import BARESIP, Baresip
from tests.interop.buddies import Buddies
from tests.interop.operator import eventually
from tests.interop.stage import Stage
from tests.interop.tones import ANNAS, Voice, listen, read

pytestmark = [pytest.mark.interop, pytest.mark.sound]

TALK = 4.0
MAILBOXES: dict[str, Any] = {"voicemail_numbers": [{"number": "290", "kind": "user"}]}


@contextmanager
def baresip(stage: Stage, device: str, voice: Voice) -> Iterator[Baresip]:
    """A registered phone; it is gone at the end."""
    if BARESIP is None:
        pytest.skip("baresip (Debian package baresip-core) is not installed")
    phone = Baresip(
        device, voice, host=stage.place(), registrar=stage.server.address, directory=stage.directory / device
    )
    try:
        phone.registers()
        yield phone
    finally:
        phone.stop()


def said(stage: Stage, text: str) -> bool:
    """Whether the server has begun to say this."""
    return any(text in line["text"] for line in stage.server.events("said"))


def leaves(stage: Stage, anna: Baresip) -> None:
    """Call Bo's mailbox and speak after the tone."""
    anna.calls("*1*202*")
    anna.waits_for("CALL_ESTABLISHED")
    eventually(lambda: said(stage, "(beep)"), "the tone")
    time.sleep(TALK)


def messages(stage: Stage) -> list[dict[str, Any]]:
    """What is in Bo's mailbox."""
    found: list[dict[str, Any]] = json.loads(stage.server.command("mailbox", "show", "bo", "--json"))["messages"]
    return found


@pytest.mark.covers("VM-6", "VM-4")
def test_the_owner_hears_what_the_caller_said_and_his_lamp_lights(stage: Stage) -> None:
    stage.house = replace(stage.house, organization=MAILBOXES)
    directory = stage.directory / "bo"
    with baresip(stage, "anna-desk", ANNAS) as anna:
        bo = Buddies("bo-desk", "201", host=stage.place(), registrar=stage.server.address, directory=directory)
        try:
            bo.registers()
            bo.is_told("Voice-Message: 0/0")
            leaves(stage, anna)
            anna.hangs_up()
            bo.is_told("Voice-Message: 1/0")
            bo.calls("290")
            bo.waits_for("CALL_ESTABLISHED")
            eventually(lambda: said(stage, "(recording)"), "the message")
            time.sleep(TALK - 1)
            bo.hangs_up()
            bo.waits_for("CALL_CLOSED")
            samples, rate = bo.heard()
        finally:
            bo.stop()
    [message] = messages(stage)
    assert message["state"] == "new", "he hung up in the middle of it"
    copy = stage.directory / "copy.flac"
    stage.server.command("mailbox", "export", "bo", message["id"], str(copy))
    assert copy.read_bytes().startswith(b"fLaC")
    assert "1 new" in stage.server.command("mailbox", "list")
    assert stage.server.command("mailbox", "delete", "bo", "all") == "1 message deleted\n"
    last = array("h", samples[-int((TALK - 1.5) * rate) :])
    heard = listen(last, rate, ANNAS)
    assert abs(heard.level) < 1.5, "decibels"
    assert heard.worst <= 0.06


@pytest.mark.covers("VM-9", "REL-2")
def test_a_server_that_is_killed_while_somebody_speaks_has_what_he_said_up_to_a_second_before(stage: Stage) -> None:
    with baresip(stage, "anna-desk", ANNAS) as anna:
        leaves(stage, anna)
        stage.server.kill()
        stage.server.start()
        [message] = eventually(lambda: messages(stage), "the message")
    assert TALK - 1.0 <= message["seconds"] <= TALK + 1.5
    assert (message["state"], message["caller"]) == ("new", "201")
    heard = listen(*read(Path(message["path"])), ANNAS)
    assert heard.worst <= 0.06
