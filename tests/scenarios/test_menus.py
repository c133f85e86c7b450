"""Callers in menus: what they hear, the three ways of pressing keys, and where they come to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbxd.events import CallEnded, KeysPressed, Said
from pbxd.media.sound import tones
from tests.support.clock import VirtualClock
from tests.support.dialogue import Hears, Presses
from tests.support.hearing import power_at
from tests.support.house import ORGANIZATION, House, configure
from tests.support.loop import VirtualClockLoop
from tests.support.network import MemoryNetwork
from tests.support.party import Party
from tests.support.phone import Phone

MENUS = """\
ivrs:
  - name: main-menu
    number: "260"
    numbers: ["+4588887760"]
    prompt: {say: {en: Press 1 for Bo., da: Tryk 1 for Bo.}}
    options:
      "1": "202"
      "2": {announce: opening-hours, then: {again: true}}
      "3": {menu: {prompt: {say: Inner.}, options: {"1": {number: "203"}, "*": {back: true}}, timeout: {repeat: 0}}}
      "4": menu other-menu
      "8": {language: da}
      "9": {dial_extension: true}
    display_text: Main
    timeout: {seconds: 5, repeat: 1, then: "203"}
  - name: other-menu
    number: "261"
    prompt: {say: Other.}
    options: {"1": menu main-menu}
    schedule:
      - {name: party, repeat: once, first_date: 2026-12-24, last_date: 2026-12-24, action: closed, message: closed}
      - {name: default, action: open}
auto_attendants:
  - name: front-door
    number: "262"
    numbers: ["+4588887761"]
    language: da
    tree:
      announce: {say: {en: The House., da: Huset.}}
      then: {schedule: {open: working_hours}, open: {number: "202"}, closed: {announce: closed}}
working_hours: {mon-fri: ["08:00-16:00"]}
"""
SPOKEN = "Press 1 for Bo."
OPENED = ORGANIZATION.replace('{from: "200", to: "299"}', '{from: "200", to: "299", dialable_from_ivr: true}') + MENUS

Houses = Callable[[], AbstractAsyncContextManager[House]]


@pytest.fixture
def houses(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Houses:
    """Houses with menus."""

    @asynccontextmanager
    async def furnished() -> AsyncIterator[House]:
        async with House(configure(tmp_path, organization=OPENED), network, clock) as house:
            yield house

    return furnished


def by_event(phone: Phone, key: str) -> None:
    phone.call.sound.presses(key)


def by_info(phone: Phone, key: str) -> None:
    body = f"Signal={key}\r\nDuration=100\r\n".encode()
    phone.call.request("INFO", body=body, content_type="application/dtmf-relay")


def by_sound(phone: Phone, key: str) -> None:
    phone.call.sound.plays(tones.key(key, 100))


@pytest.mark.covers("IVR-1")
@pytest.mark.parametrize("press", [by_event, by_info, by_sound])
async def test_a_key_reaches_a_colleague_in_each_of_its_forms(
    houses: Houses, press: Callable[[Phone, str], None]
) -> None:
    async with houses() as house:
        anna, bo = await house.phones("anna", "bo")
        if press is by_sound:
            anna.style.formats = {8: "PCMA/8000"}
        async with anna.calls("260"):
            await anna.is_answered()
            await Party(house, anna).follows([Hears(SPOKEN)])
            await anna.pause(0.1)
            press(anna, "1")
            await bo.rings()
            await anna.pause(1)
            assert power_at(anna.call.sound.samples()[-32_000:], 425.0) > -40  # it rings
            await bo.answers()
            await anna.pause(0.1)
            await anna.hears(bo)
        assert [pressed.keys for pressed in house.happened(KeysPressed)] == ["1"]
        await house.settles()


async def test_a_phone_that_presses_in_two_ways_presses_once(houses: Houses) -> None:
    async with houses() as house:
        anna, _ = await house.phones("anna", "cora")
        async with anna.calls("260"):
            await anna.is_answered()
            await Party(house, anna).follows([Hears(SPOKEN), Presses("3")])
            by_info(anna, "3")
            await anna.pause(1)
            by_event(anna, "1")
            by_info(anna, "1")
            await anna.pause(1)
        assert [pressed.keys for pressed in house.happened(KeysPressed)] == ["3", "1"]


@pytest.mark.covers("IVR-1")
async def test_who_presses_nothing_goes_on_after_the_last_prompt(houses: Houses) -> None:
    async with houses() as house:
        anna, cora = await house.phones("anna", "cora")
        async with anna.calls("260"):
            await cora.rings(within=20)
            await cora.answers()
        assert [said.text for said in house.happened(Said)] == [SPOKEN, f"menu-nothing / {SPOKEN}"]
        await house.settles()


@pytest.mark.covers("IVR-2")
async def test_an_extension_is_dialled(houses: Houses) -> None:
    async with houses() as house:
        anna, cora = await house.phones("anna", "cora")
        async with anna.calls("260"):
            await anna.is_answered()
            await Party(house, anna).follows([Hears(SPOKEN), Presses("9203")])
            await cora.rings()
            await cora.answers()
        await house.settles()


@pytest.mark.covers("IVR-3")
async def test_the_language_is_chosen_for_the_rest_of_the_call(houses: Houses) -> None:
    async with houses() as house:
        (anna,) = await house.phones("anna")
        async with anna.calls("260"):
            await anna.is_answered()
            await Party(house, anna).follows(
                [Hears(SPOKEN), Presses("8"), Hears("Tryk 1"), Presses("4"), Hears("Other.")]
            )
        assert [said.language for said in house.happened(Said)] == ["en", "da", "da"]


@pytest.mark.covers("IVR-3")
async def test_a_menu_has_opening_hours(houses: Houses) -> None:
    async with houses() as house:
        (anna,) = await house.phones("anna")
        house.clock.set_wall(1_798_106_400.0)  # 24 December 2026
        anna.dials("261")
        await anna.fails(480)
        assert [said.text for said in house.happened(Said)] == ["closed"]


@pytest.mark.covers("IVR-3")
async def test_whom_a_menu_reaches_is_shown_its_text(houses: Houses) -> None:
    async with houses() as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("260"):
            await anna.is_answered()
            await Party(house, anna).follows([Hears(SPOKEN), Presses("1")])
            call = await bo.rings()
            assert call.invite is not None
            assert "Main" in call.invite.from_.display
            await bo.answers()


@pytest.mark.covers("IVR-4")
async def test_callers_go_from_menu_to_menu_and_back(houses: Houses) -> None:
    async with houses() as house:
        anna, cora = await house.phones("anna", "cora")
        way = ["4", "Other.", "1", SPOKEN, "2", "opening-hours", SPOKEN, "3", "Inner.", "*", SPOKEN, "3", "Inner.", "1"]
        async with anna.calls("260"):
            await anna.is_answered()
            steps = [Hears(SPOKEN), *(Presses(one) if len(one) == 1 else Hears(one) for one in way)]
            await Party(house, anna).follows(steps)
            await cora.rings()
            await cora.answers()
        await house.settles()


@pytest.mark.covers("IVR-4")
async def test_an_auto_attendant_goes_by_the_hours(houses: Houses) -> None:
    async with houses() as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("262"):
            await bo.rings()
            await bo.answers()
        house.clock.set_wall(house.clock.wall() + 12 * 3600)
        async with anna.calls("262"):
            await anna.is_hung_up()
        assert [said.text for said in house.happened(Said)] == ["The House.", "The House.", "closed", "goodbye"]
        assert [ended.result for ended in house.happened(CallEnded)] == ["answered", "answered"]
        await house.settles()


async def test_a_caller_from_outside_is_spoken_to_in_the_language_of_the_number(houses: Houses) -> None:
    async with houses() as house:
        trunk = house.trunk()
        async with trunk.calls("+4588887761"):
            await trunk.is_answered()
            await trunk.pause(1)
        assert [said.text for said in house.happened(Said)] == ["Huset."]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 7), st.sampled_from("0123456789*#")), max_size=6), st.floats(0.05, 9))
def test_hanging_up_at_any_point_leaves_nothing(tmp_path: Path, presses: list[tuple[float, str]], last: float) -> None:
    async def story() -> None:
        network = MemoryNetwork()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualClockLoop)
        async with House(configure(tmp_path, organization=OPENED), network, VirtualClock(loop)) as house:
            anna, _, _ = await house.phones("anna", "bo", "cora")
            call = anna.dials("260")
            for seconds, key in presses:
                await anna.pause(seconds)
                if call.state == "talking":
                    call.sound.presses(key)
            await anna.pause(last)
            if call.state == "talking":
                await anna.hangs_up()
            elif call.state == "calling":
                await anna.cancels()
            await house.settles(120)
        network.close()

    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(story())
