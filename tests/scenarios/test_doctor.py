"""What is wrong with a trunk or a call is said in words (TOOL-9)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from pbxd.errors import PbxdError
from pbxd.events import CallEvent
from pbxd.orders import Orders
from pbxd.sip.message import Request, Response, response_to
from pbxd.tools.doctor import verdicts
from tests.support.carrier import Registrar, ok
from tests.support.clock import VirtualClock
from tests.support.house import SETTINGS, House, configure
from tests.support.network import MemoryNetwork
from tests.support.scene import ACCOUNT, ONE, Scene, trunk


async def examined(house: House, name: str = "carrier") -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", (await Orders(lambda: house.server, print).doctor(name))["steps"])


def told(steps: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    return [(step["step"], step["ok"]) for step in steps]


@pytest.mark.covers("TOOL-9")
async def test_a_trunk_that_is_well(scene: Scene) -> None:
    script = Registrar("house", "its-secret", "carrier.example", ok, now=scene.clock.wall)
    carrier = scene.carrier(ONE, script)
    house = scene.house(trunk("carrier", ONE, ACCOUNT))
    await house.start()
    await carrier.gets("REGISTER", 2)
    before = len(carrier.got("REGISTER"))
    steps = await examined(house)
    assert told(steps) == [("dns", True), ("options", True), ("register", True), ("state", True)]
    assert steps[1]["words"].startswith("200 OK")
    assert "it takes our account" in steps[2]["words"]
    asked = carrier.got("REGISTER")[before:]
    assert [one.headers.get("Contact") for one in asked] == [None, None], "it changes no binding"
    with pytest.raises(PbxdError, match="did you mean `carrier`"):
        await examined(house, "carier")
    await house.stop()


@pytest.mark.covers("TOOL-9")
async def test_a_trunk_that_does_not_take_the_password(scene: Scene) -> None:
    scene.carrier(ONE, Registrar("house", "another-secret", "carrier.example", ok, now=scene.clock.wall))
    house = scene.house(trunk("carrier", ONE, ACCOUNT))
    await house.start()
    steps = await examined(house)
    assert told(steps) == [("dns", True), ("options", True), ("register", False), ("state", False)]
    assert "it does not take the password of house" in steps[2]["words"]
    assert steps[3]["words"] == "calls are not sent there: it is not registered"
    await house.stop()


@pytest.mark.covers("TOOL-9")
async def test_a_trunk_s_own_words_are_passed_on(scene: Scene) -> None:
    def closed(request: Request) -> list[Response]:
        warning = ("Warning", '399 carrier.example "contract ended"')
        if request.method == "ACK":
            return []
        status = 405 if request.method == "OPTIONS" else 403
        return [response_to(request, status, to_tag="carrier", headers=[warning])]

    scene.carrier(ONE, closed)
    house = scene.house(trunk("carrier", ONE, ACCOUNT))
    await house.start()
    _, options, register, _ = await examined(house)
    assert options["ok"], "an answer is an answer"
    assert "405" in options["words"]
    assert not register["ok"]
    assert "contract ended" in register["words"]
    assert "it does not know house@carrier.example" in register["words"]
    await house.stop()


@pytest.mark.covers("TOOL-9")
async def test_a_trunk_that_is_silent_or_has_no_name(scene: Scene) -> None:
    house = scene.house(trunk("carrier", ONE, ACCOUNT), trunk("nowhere", "nowhere.invalid"))
    await house.start()
    steps = await examined(house)
    assert told(steps) == [("dns", True), ("options", False), ("state", False)]
    assert steps[1]["words"] == "no answer: nothing within 6 s"
    steps = await examined(house, "nowhere")
    assert told(steps)[0] == ("dns", False)
    assert "nowhere.invalid is not found" in steps[0]["words"]
    await house.stop()


@pytest.mark.covers("TOOL-9")
async def test_sound_that_goes_one_way(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> None:
    settings = SETTINGS.replace("timeout: 0", "timeout: 20")
    async with House(configure(tmp_path, settings=settings), network, clock) as house:
        anna, bo = await house.phones("anna", "bo")
        anna.dials("202")
        await bo.answers()
        await anna.is_answered()
        anna.call.sound.speak(50 * 45)
        bo.call.sound.speak(50)
        await anna.pause(44)
        await anna.hangs_up()
        await house.settles()
        found = verdicts([event for event in house.events if isinstance(event, CallEvent)])
        (sound,) = [one.words for one in found if one.kind == "sound"]
        assert sound.startswith("one-way sound: nothing came from bo-desk for 2")
        assert sound.endswith("anna-desk was heard")


@pytest.mark.covers("TOOL-9")
async def test_who_could_not_be_had(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.dials("202")
    await bo.declines(488)
    await house.settles()
    found = verdicts([event for event in house.events if isinstance(event, CallEvent)])
    assert [one.kind for one in found][:1] == ["codec"]
    assert "bo-desk took none of the offered codecs" in found[0].words
