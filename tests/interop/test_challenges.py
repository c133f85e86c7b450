"""A carrier that wants the password within calls, too: for re-INVITE and BYE, whoever called (RFC 3261 22)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import pytest

from tests.interop.part import Part, audio
from tests.interop.stage import SippPhone, Stage

pytestmark = [pytest.mark.interop, pytest.mark.covers("TRK-1")]

CHALLENGE = 'WWW-Authenticate: Digest realm="carrier.example", nonce="{}", algorithm=MD5, qop="auth"'
VERIFY = '<verifyauth assign_to="right" username="house" password="its-secret"/></action></recv>'
OTHERWISE, LAST = 90, 91
"""Labels: the part that takes a REGISTER, and the end."""


class CarrierPart(Part):
    """A carrier that asks for credentials, and has SIPp compute for itself whether they are right."""

    @classmethod
    def registrar_or_called(cls) -> Self:
        """Answer a REGISTER, or the call that follows; :meth:`or_registers` must be the end."""
        return cls.called()._command(f'<recv request="REGISTER" optional="true" next="{OTHERWISE}"/>')

    def or_registers(self) -> Self:
        """What was a REGISTER is granted."""
        self._command(f'<nop next="{LAST}"/>')._command(f'<label id="{OTHERWISE}"/>')
        return self.replies(200, headers=["Expires: 300"])._command(f'<label id="{LAST}"/>')._command("<nop/>")

    def challenges(self, nonce: str) -> Self:
        """Refuse the request that came last, which is not a first INVITE."""
        return self.replies(401, headers=[CHALLENGE.format(nonce)])

    def waits_for_proof(self, method: str, nonce: str, count: int) -> Self:
        """Wait for a request with credentials for ``nonce``, used the ``count``-th time, that prove the password."""
        self.waits_for(method, where={"Authorization": f'nonce="{nonce}".*nc={count:08}'})
        right = self._commands
        self._steps[-1] = (
            self._steps[-1].replace("</action></recv>", VERIFY).replace("<recv", f'<recv next="{right}" test="right"')
        )
        self._command('<recv request="NOTHING" timeout="10"/>')  # a wrong password fails the part
        return self._command(f'<label id="{right}"/>')


def trunk(carrier: SippPhone) -> Mapping[str, Any]:
    """A trunk at ``carrier`` with an account."""
    return {
        "name": carrier.name,
        "address": f"sip:{carrier.host}:5060",
        "match": [f"{carrier.host}:5060"],
        "number_format": "e164",
        "options_every": 0,
        "organizations": ["house"],
        "register": {"username": "house", "password": "its-secret", "domain": "carrier.example", "expires": 300},
    }


def speaking(number: int, *, version: int = 1) -> str:
    """A description with one format only."""
    return audio(version=version).replace("RTP/AVP 8 0 101", f"RTP/AVP {number}")


def wait_until_registered(stage: Stage) -> None:
    deadline = time.monotonic() + 10
    while not any(trunk.get("registered") for trunk in stage.server.status()["trunks"]):
        assert time.monotonic() < deadline, stage.server.story()
        time.sleep(0.1)


def test_the_reinvite_and_the_bye_of_a_call_to_a_carrier(stage: Stage) -> None:
    """Both are challenged; the BYE brings credentials for the re-INVITE's nonce, which is not good enough any more."""
    carrier = stage.stranger("carrier")
    stage.house = replace(stage.house, trunks=[trunk(carrier)])
    far = CarrierPart.registrar_or_called().waits_for("INVITE").answers(180)
    far.answers(200, speaking(8), repeated=True).waits_for("ACK")
    far.waits_for("INVITE", without={"Authorization": "."}).challenges("one").waits_for("ACK")
    far.waits_for_proof("INVITE", "one", 1).answers(200, speaking(0, version=2), repeated=True)
    far.waits_for("ACK", where={"Authorization": 'nonce="one"'})
    far.waits_for_proof("BYE", "one", 2).replies(401, headers=[f"{CHALLENGE.format('two')}, stale=true"])
    far.waits_for_proof("BYE", "two", 1).replies(200)
    carrier.waits(far.or_registers(), calls=2)
    wait_until_registered(stage)
    anna = Part.calling("12345678", user="anna-desk").invites_with_credentials(audio()).gets(180).gets(200).acks()
    anna.pauses(0.2).invites(speaking(0, version=2), headers=["[authentication]"]).gets(200).acks()
    stage.phone("anna-desk").calls("12345678", anna.pauses(0.2).sends("BYE").gets(200))
    stage.plays()


def test_our_bye_to_a_carrier_that_called(stage: Stage) -> None:
    carrier = stage.stranger("carrier")
    stage.house = replace(stage.house, trunks=[trunk(carrier)])
    bo = Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")
    stage.phone("bo-desk").waits(bo.pauses(0.3).sends("BYE").gets(200))
    call = CarrierPart.calling("4588887702", user="4512345678", domain=stage.house.address)
    call.invites(audio()).gets(180).gets(200).acks()
    call.waits_for("BYE", without={"Authorization": "."}).challenges("one")
    call.waits_for_proof("BYE", "one", 1).replies(200)
    # Not SippPhone.calls: with credentials of its own SIPp would check ours for its own URI.
    stage.sipp("carrier-calls", call, carrier.local, waiting=False, remote=stage.server.address)
    stage.plays()
