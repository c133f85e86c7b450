"""Rules steer live calls, in whichever words they were written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

RULES = """\
contacts:
  external: [{first_name: Dan, last_name: Skov, kind: vip, numbers: [{number: "204"}]}]
rules:
  incoming:
    required:
      - när uppringarens nummer är 202, avvisa som "Not today"
    overridable:
      - {when: {caller: vip}, do: [{ring: [softphone]}, {user: bo, after: 5s, joins: true}, {to: busy, after: 20s}]}
      - når et opkald modtages, ring på bordtelefon, derefter softphone efter 10 sekunder, derefter optagettone
rule_based_numbers:
  - name: front
    number: "290"
    info_text: Front
    rules: ["when the caller is external, busy tone", "ring user anna for 7 s"]
"""


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    async with House(configure(tmp_path, organization=ORGANIZATION + RULES), network, clock) as house:
        yield house


@pytest.mark.covers("RULE-1", "RULE-3", "RULE-4")
async def test_a_danish_rule_rings_one_phone_after_the_other(house: House) -> None:
    cora, desk, soft = await house.phones("cora", "anna", "anna-soft")
    async with cora.calls("201"):
        await desk.rings(from_="203")
        await soft.does_not_ring(within=8)
        await soft.rings(within=4)
        await desk.stops_ringing()
        await soft.answers()
        await cora.is_answered()
    await house.settles()


@pytest.mark.covers("RULE-4")
async def test_a_swedish_rule_refuses_with_a_reason(house: House) -> None:
    bo, desk = await house.phones("bo", "anna")
    async with bo.calls("201"):
        assert (await bo.fails(480)).reason == "Not today"
    await desk.does_not_ring()
    await house.settles()


@pytest.mark.covers("RULE-3", "RULE-4", "RULE-9")
async def test_a_rule_in_parts_lets_another_user_ring_along(house: House) -> None:
    dan, soft, bo = await house.phones("dan", "anna-soft", "bo")
    async with dan.calls("201"):
        await soft.rings(from_="204")
        await bo.does_not_ring(within=4)
        await bo.rings(within=3)
        await bo.answers()
        await soft.stops_ringing()
        await dan.is_answered()
    await house.settles()


@pytest.mark.covers("IVR-5")
async def test_a_rule_based_number_follows_its_rules_and_shows_its_text(house: House) -> None:
    cora, desk = await house.phones("cora", "anna")
    async with cora.calls("290"):
        await desk.rings(shows="Front Cora Beck")
        await desk.answers()
        await cora.is_answered()
    await house.settles()
