"""A real call becomes a routing test, which the configuration is then held to."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbxd.config import load
from pbxd.events import CallArrived, CallEvent
from pbxd.tools.expectations import failures
from pbxd.tools.ladder import ladder
from pbxd.tools.pin import CannotPin, pinned
from tests.support.house import ORGANIZATION, SETTINGS, House, configure


def story(house: House) -> list[CallEvent]:
    """The events of the one call that there was."""
    (arrived,) = house.happened(CallArrived)
    return [event for event in house.events if isinstance(event, CallEvent) and event.call == arrived.call]


def problems(directory: Path, test: str, *, organization: str = ORGANIZATION) -> list[str]:
    """What ``pbxd check`` would say with the test among those of the configuration."""
    directory.mkdir()
    (directory / "pinned.yaml").write_text(test)
    configure(directory, settings=f"{SETTINGS}tests: pinned.yaml\n", organization=organization)
    configuration = load(directory / "pbxd.yaml")
    assert len(configuration.tests) == 1
    return [problem.message for problem in failures(configuration, 0.0)]


@pytest.mark.covers("TOOL-2")
async def test_a_call_that_is_pinned_holds_until_the_configuration_sends_it_elsewhere(
    house: House, tmp_path: Path
) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
    await house.settles()
    test = pinned(story(house), house.server.configuration, {})
    assert "from: anna-desk" in test
    assert "rings: [bo-desk]" in test
    assert problems(tmp_path / "same", test) == []
    moved = ORGANIZATION.replace('alias: "202"', 'alias: "292"').replace('alias: "203"', 'alias: "202"')
    [problem] = problems(tmp_path / "moved", test, organization=moved)
    expected, _, real = problem.partition(", but it is ")
    assert "rings: [bo-desk]" in expected
    assert "rings: [cora-desk]" in real


@pytest.mark.covers("TOOL-2")
async def test_what_came_of_it_and_which_phones_were_away_is_in_the_test(house: House, tmp_path: Path) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with bo.calls("201"):
        await anna.declines(486)
        await bo.fails(486)
    await house.settles()
    test = pinned(story(house), house.server.configuration, {})
    assert "anna-soft: not registered" in test
    assert "outcomes: [busy]" in test
    assert problems(tmp_path / "same", test) == []


@pytest.mark.covers("TOOL-2")
async def test_what_the_call_saw_is_in_the_test(house: House, tmp_path: Path) -> None:
    """Whatever is set afterwards."""
    anna, cora = await house.phones("anna", "cora")
    orders = house.server.orders
    await orders.set("bo", None, what="divert", value="203")
    async with anna.calls("202"):
        await cora.answers()
        await anna.is_answered()
    await house.settles()
    await orders.clear("bo", "divert", "", None)
    test = pinned(story(house), house.server.configuration, {})
    assert "bo: diverted to 203" in test
    assert "rings: [cora-desk]" in test
    assert problems(tmp_path / "same", test) == []
    with pytest.raises(CannotPin, match="step 1 was"):
        pinned(story(house), house.server.configuration, {"bo": "no phone"})


@pytest.mark.covers("TOOL-2")
async def test_what_no_test_can_say_is_not_pinned(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    async with anna.calls("202"):
        await bo.redirects("sip:203@house.example")
        await cora.answers()
        await anna.is_answered()
    await house.settles()
    with pytest.raises(CannotPin, match="after step 1 a phone sent the call on"):
        pinned(story(house), house.server.configuration, {})


@pytest.mark.covers("TOOL-2")
async def test_a_call_that_would_go_elsewhere_now_is_not_pinned(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
    await house.settles()
    with pytest.raises(CannotPin, match="step 1 was: ring bo-desk for 30 s; such a call would now come to"):
        pinned(story(house), house.server.configuration, {"bo-desk": "not registered"})


@pytest.mark.covers("TOOL-5")
async def test_the_ladder_of_a_real_call(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
    await house.settles()
    drawn = ladder(story(house))
    assert [column.name for column in drawn.columns] == ["anna-desk", "pbxd", "bo-desk"]
    arrows = [(row.source, row.target, row.label) for row in drawn.rows if row.source >= 0]
    assert arrows == [
        (0, 1, "INVITE 202"),
        (1, 2, "INVITE bo-desk"),
        (2, 1, "180 Ringing"),
        (2, 1, "200 OK"),
        (1, 0, "200 OK"),
        (0, 1, "BYE"),
        (1, 2, "BYE"),
    ]
    assert "=>" in {row.stage for row in drawn.rows}
