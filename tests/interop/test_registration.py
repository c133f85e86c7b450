"""Phones that nobody here wrote register, refresh, query and go, and are there after a restart."""

from __future__ import annotations

import pytest

from tests.interop.part import Part, audio
from tests.interop.stage import Stage

pytestmark = [pytest.mark.interop, pytest.mark.covers("DEV-1")]


def test_a_phone_registers_refreshes_queries_and_unregisters(stage: Stage) -> None:
    bo = stage.stranger("bo-desk")
    here = f"<sip:sipp@{bo.host}:5060"
    bo.registers(
        part=Part.registering("bo-desk")
        .registers(expires=600)
        .challenged()
        .registers(expires=600)
        .gets(200, where={"Contact": f"{here}.*;expires=600"})
        .registers(expires=300)
        .gets(200, where={"Contact": f"{here}.*;expires=300"})
        .registers(expires=0)
        .gets(200, without={"Contact": "sip:"})
    )
    assert [line["refresh"] for line in stage.server.events("registered")] == [False]
    assert len(stage.server.events("unregistered")) == 1


def test_too_short_an_interval_is_told_the_shortest(stage: Stage) -> None:
    stage.stranger("bo-desk").registers(
        part=Part.registering("bo-desk")
        .registers(expires=5)
        .challenged()
        .registers(expires=5)
        .gets(423, where={"Min-Expires": "60"})
    )


@pytest.mark.covers("SEC-1")
def test_a_wrong_password_is_challenged_again_and_never_let_in(stage: Stage) -> None:
    stage.stranger("bo-desk").registers(
        password="guessed",
        part=Part.registering("bo-desk").registers(expires=600).challenged().registers(expires=600).challenged(),
    )
    assert not stage.server.events("registered")
    assert "guessed" not in stage.server.story()


@pytest.mark.covers("SEC-1")
def test_an_unknown_account_cannot_be_told_from_a_wrong_password(stage: Stage) -> None:
    part = Part.registering("nobody").registers(expires=600).challenged().registers(expires=600).challenged()
    stage.stranger("nobody").registers(part=part)
    assert not stage.server.events("registered")


def test_a_phone_may_have_several_contacts(stage: Stage) -> None:
    for place in (stage.phone("bo-desk"), stage.phone("bo-desk")):
        ringing = Part.called().waits_for("INVITE").answers(180).waits_for("CANCEL").replies(200)
        place.waits(ringing.answers(487, repeated=True).waits_for("ACK"))
    anna = stage.phone("anna-desk")
    part = Part.calling("202", user="anna-desk").invites_with_credentials(audio()).gets(180).pauses(0.3).cancels()
    anna.calls("202", part.gets(200).gets(487).acks(failure=True))
    stage.plays()


@pytest.mark.covers("REL-2")
def test_bindings_survive_a_server_that_was_killed(stage: Stage) -> None:
    bo, anna = stage.phone("bo-desk"), stage.phone("anna-desk")
    stage.server.kill()
    stage.server.start()
    bo.waits(Part.called().waits_for("INVITE").answers(486, repeated=True).waits_for("ACK"))
    anna.calls(
        "202", Part.calling("202", user="anna-desk").invites_with_credentials(audio()).gets(486).acks(failure=True)
    )
    stage.plays()
