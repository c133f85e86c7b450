"""How phones are told to ring, and what colleagues may tell each other's phones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbxd.config import ConfigError
from pbxd.events import RouteDecided
from pbxd.sip.message import Request
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

pytestmark = pytest.mark.covers("CLI-8")

RINGTONES = """\
settings: {ringtones: {internal: alert-internal, external: Bellcore-dr2}}
groups:
  - {name: quiet, settings: {ringtones: {internal: "urn:alert:duration:short"}}}
"""
AUTOMATIC = [
    ("Call-Info", "<sip:house.example>;answer-after=0"),
    ("Alert-Info", "<http://127.0.0.1>;info=alert-autoanswer"),
]


@pytest_asyncio.fixture
async def ringing_house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """A house with ringtones; Cora is in a group with one of its own."""
    organization = ORGANIZATION.replace("    name: Cora Beck\n", "    name: Cora Beck\n    groups: [quiet]\n")
    async with House(configure(tmp_path, organization=organization + RINGTONES), network, clock) as house:
        yield house


async def invited(phone: Phone) -> Request:
    call = await phone.rings()
    assert call.invite is not None
    return call.invite


async def test_a_colleague_calls(ringing_house: House) -> None:
    anna, bo, cora = await ringing_house.phones("anna", "bo", "cora")
    async with anna.calls("202"):
        assert (await invited(bo)).headers.all("Alert-Info") == ("<http://127.0.0.1>;info=alert-internal",)
    async with anna.calls("203"):
        assert (await invited(cora)).headers.all("Alert-Info") == ("<urn:alert:duration:short>",)
    trail = ringing_house.happened(RouteDecided)[-1].trail
    assert "presentation: ringtones.internal is urn:alert:duration:short (set on group quiet)" in trail


async def test_somebody_outside_calls(ringing_house: House) -> None:
    bo, cora = await ringing_house.phones("bo", "cora")
    trunk = ringing_house.trunk()
    async with trunk.calls("+4588887702", headers=[*AUTOMATIC, ("Subject", "Offer"), ("Priority", "non-urgent")]):
        invite = await invited(bo)
        assert invite.headers.all("Alert-Info") == ("<http://127.0.0.1/Bellcore-dr2>",)
        assert "Call-Info" not in invite.headers
        assert (invite.headers.get("Subject"), invite.headers.get("Priority")) == ("Offer", "non-urgent")
        await bo.redirects("sip:203@house.example")
        assert (await invited(cora)).headers.all("Alert-Info") == ("<http://127.0.0.1/Bellcore-dr2>",)


async def test_a_colleague_makes_a_phone_answer(ringing_house: House) -> None:
    anna, bo, cora = await ringing_house.phones("anna", "bo", "cora")
    async with anna.calls("202", headers=AUTOMATIC):
        invite = await invited(bo)
        assert [(name, invite.headers.get(name)) for name, _ in AUTOMATIC] == AUTOMATIC
        assert invite.headers.count("Alert-Info") == 1
        await bo.redirects("sip:203@house.example")
        sent_on = await invited(cora)
        assert "Call-Info" not in sent_on.headers
        assert sent_on.headers.all("Alert-Info") == ("<urn:alert:duration:short>",)


async def test_nobody_makes_the_worlds_phones_answer(house: House) -> None:
    (anna,) = await house.phones("anna")
    trunk = house.trunk()
    async with anna.calls("+4533123456", headers=AUTOMATIC):
        invite = await invited(trunk)
        assert not any(name in invite.headers for name, _ in AUTOMATIC)


async def test_a_house_without_ringtones_says_nothing(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        assert "Alert-Info" not in (await invited(bo)).headers


@pytest.mark.parametrize("ringtone", ['"a b"', '"<x>"', '"x:y>;z"'])
def test_what_is_no_ringtone(tmp_path: Path, ringtone: str) -> None:
    settings = f"settings: {{ringtones: {{internal: {ringtone}}}}}\n"
    with pytest.raises(ConfigError, match="ringtone"):
        configure(tmp_path, organization=ORGANIZATION + settings)
