"""Numbers as carriers find them: converted, barred, limited, shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbxd.events import EmergencyCalled, LimitedCallBegan
from pbxd.journal import Level, level_of
from tests.support.clock import VirtualClock
from tests.support.gadget import gadget
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

NUMBERS = """\
emergency:
  callback_number: "+4588887799"
  location: "Kajgade 1"
  location_uri: "https://lis.example/kajgade-1"
  notify: [bo, cora]
number_conversions: {own: [{prefix: "1", digits: 3, only: ["800-899"], rewrite: "+451"}]}
number_types: {costly: {prefixes: ["+88"]}, premium: {prefixes: ["+4590"]}}
barring:
  - {name: guard, limit: {types: [costly], simultaneous: 1, per_hour: 2}}
  - {name: no-premium, deny: {types: [premium]}}
settings: {barring: [guard, no-premium], display_number: mobile}
"""


@pytest.fixture
async def guarded(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    async with House(configure(tmp_path, organization=ORGANIZATION + NUMBERS), network, clock) as house:
        yield house


async def refused(phone: Phone) -> int:
    """The status that the phone's call is refused with."""
    await phone.watch.until(lambda: phone.call.state == "over", "a refusal", 5)
    assert phone.call.status is not None
    return phone.call.status


@pytest.mark.covers("NUM-2", "NUM-3")
async def test_a_number_is_converted_on_its_way_out(guarded: House) -> None:
    (anna,) = await guarded.phones("anna")
    trunk = guarded.trunk()
    async with anna.calls("1813"):
        call = await trunk.rings()
        assert call.invite is not None
        assert call.invite.uri.user == "+451813"
    await guarded.settles()


@pytest.mark.covers("NUM-4")
async def test_a_call_for_help_shows_the_number_to_call_back(guarded: House) -> None:
    (anna,) = await guarded.phones("anna")
    trunk = guarded.trunk()
    async with anna.calls("112", headers=[("Privacy", "id")]):
        call = await trunk.rings(from_="+4588887799")
    assert call.invite is not None
    assert call.invite.headers.get("Geolocation") == "<https://lis.example/kajgade-1>"
    await guarded.settles()


@pytest.mark.covers("NUM-4")
async def test_who_is_named_learns_at_once_of_a_call_for_help(guarded: House) -> None:
    (anna,) = await guarded.phones("anna")
    bo, cora = gadget(guarded, "bo"), gadget(guarded, "cora")
    await bo.registers()
    trunk = guarded.trunk()
    words = "Emergency call: Anna Holm (201) has called 112 from anna-desk. Kajgade 1."
    async with anna.calls("112"):
        await trunk.rings()
        await bo.gets_messages(words)
    (called,) = guarded.happened(EmergencyCalled)
    assert (called.user, called.number, called.callback) == ("anna", "112", "+4588887799")
    assert level_of(called) is Level.EMERGENCY > Level.ERROR
    await cora.registers()  # was away
    await cora.gets_messages(words)
    await guarded.settles()


@pytest.mark.covers("NUM-6", "SEC-6")
async def test_costly_calls_are_limited_at_once_and_within_an_hour(guarded: House, clock: VirtualClock) -> None:
    anna, soft = await guarded.phones("anna", "anna-soft")
    trunk = guarded.trunk()
    async with anna.calls("+881612345678"):
        await trunk.rings()
        await trunk.answers()
        async with soft.calls("+881612345678"):
            assert await refused(soft) == 403
    async with anna.calls("+881612345678"):
        await trunk.rings()
    async with anna.calls("+881612345678"):
        assert await refused(anna) == 403
    async with anna.calls("+4533123456"):
        await trunk.rings()
    await guarded.settles()


@pytest.mark.covers("NUM-6", "REL-2")
async def test_a_restart_forgets_no_costly_call(guarded: House) -> None:
    (anna,) = await guarded.phones("anna")
    trunk = guarded.trunk()
    for _ in range(2):
        async with anna.calls("+881612345678"):
            await trunk.rings()
    await guarded.settles()
    began = guarded.happened(LimitedCallBegan)
    assert [(event.organization, event.account, event.groups) for event in began] == [("house", "anna", ("guard",))] * 2
    await guarded.stop()
    await guarded.start()
    async with anna.calls("+881612345678"):
        assert await refused(anna) == 403
    await anna.pause(3600)
    await anna.registers(3600)
    async with anna.calls("+881612345678"):
        await trunk.rings()


@pytest.mark.covers("NUM-5", "NUM-6")
async def test_a_barred_number_is_refused(guarded: House) -> None:
    (anna,) = await guarded.phones("anna")
    async with anna.calls("90123456"):
        assert await refused(anna) == 403
    await guarded.settles()
