"""Who may serve queues, who logs others in and out, listens and helps (QUE-2, QUE-3), and hunt groups' own log-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbxd.events import AgentLoggedIn, AgentLoggedOut, Said
from tests.scenarios.test_rooms import who_hears_whom
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

pytestmark = pytest.mark.covers("QUE-2")

QUEUES = """\
groups: [{name: lead}, {name: bosses, acd_supervisor: true}, {name: team}]
queues:
  - name: support
    number: "250"
    code: "50"
    agents: [{user: anna}, {user: bo}]
    supervisors: [cora]
    help_number: "203"
  - {name: sales, number: "251", code: "51", agents: [{user: anna}], groups: {supervisors: [lead]}}
hunt_groups: [{name: team, number: "260", code: "60", groups: [team], admins: [lead]}]
"""
PEOPLE = ORGANIZATION.replace("    name: Dan Skov\n", "    name: Dan Skov\n    groups: [%s]\n").replace(
    "    name: Bo Lind\n", "    name: Bo Lind\n    groups: [team]\n"
)


@pytest_asyncio.fixture
async def led(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """The house with two queues and a hunt group of Bo; Cora supervises one queue, and Dan leads the rest."""
    async with House(configure(tmp_path, organization=PEOPLE % "lead" + QUEUES), network, clock) as house:
        yield house


async def test_a_supervisor_logs_an_agent_in_and_out_by_code(led: House) -> None:
    anna, cora = await led.phones("anna", "cora")
    cora.dials("*11*50*201*")
    assert (await cora.fails(480)).reason == "Anna Holm logged in to support"
    [logged_in] = led.happened(AgentLoggedIn)
    assert (logged_in.agent, logged_in.queue, logged_in.why) == ("anna", "support", "a code dialled on cora-desk")
    assert led.happened(Said)[-1].text == "feature-queue-login-other name=Anna Holm queue=support"
    trunk = led.trunk()
    async with cora.calls("250"):
        await anna.rings()
    cora.dials("**11*50*201*")
    assert (await cora.fails(480)).reason == "Anna Holm logged out of support"
    assert [event.agent for event in led.happened(AgentLoggedOut)] == ["anna"]
    assert trunk.calls_got == []
    await led.settles()


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("*11*51*201*", 403, "Not allowed"),  # another one supervises sales
        ("*11*50*204*", 403, "Not allowed"),  # Dan is no agent
        ("*11*50*299*", 404, "No extension 299"),
        ("*11*59*201*", 404, "No queue 59"),
    ],
)
async def test_what_a_supervisor_may_not(led: House, code: str, status: int, reason: str) -> None:
    [cora] = await led.phones("cora")
    cora.dials(code)
    assert (await cora.fails(status)).reason == reason
    assert led.happened(AgentLoggedIn) == []


async def test_supervisors_are_groups_or_have_a_permission_for_all(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    async with House(configure(tmp_path, organization=PEOPLE % "bosses" + QUEUES), network, clock) as house:
        dan, bo = await house.phones("dan", "bo")
        for code in ("*11*50*202*", "*11*51*201*"):
            dan.dials(code)
            await dan.fails(480)
        bo.dials("*11*50*201*")
        await bo.fails(403)
        assert {(event.agent, event.queue) for event in house.happened(AgentLoggedIn)} == {
            ("bo", "support"),
            ("anna", "sales"),
        }


@pytest.mark.covers("CODE-15")
async def test_a_supervisor_listens_to_calls_of_the_queue_and_to_no_others(led: House) -> None:
    anna, bo, cora, dan = await led.phones("anna", "bo", "cora", "dan")
    anna.dials("*11*50*")
    await anna.fails(480)
    dan.dials("250")
    await anna.answers()
    bo.dials("*66*201*")
    await bo.fails(403)
    cora.dials("*66*201*")
    await cora.is_answered()
    assert (await who_hears_whom(anna, cora, dan))["cora"] == "ad"
    await cora.hangs_up()
    await dan.hangs_up()
    await anna.is_hung_up()
    dan.dials("201")
    await anna.answers()
    cora.dials("*66*201*")
    await cora.fails(403)
    await dan.hangs_up()
    await led.settles()


@pytest.mark.covers("QUE-3")
async def test_an_agent_calls_for_help(led: House) -> None:
    anna, cora, dan = await led.phones("anna", "cora", "dan")
    anna.dials("*11*50*")
    await anna.fails(480)
    dan.dials("250")
    await anna.answers()
    held = anna.call
    await anna.holds()
    anna.dials("*13*")
    await cora.rings(from_="201")
    await cora.answers()
    await anna.hears(cora)
    await anna.hangs_up()
    await cora.is_hung_up()
    assert held.state == "talking"
    await dan.hangs_up()
    await led.settles()


async def test_who_serves_no_queue_has_nobody_to_help(led: House) -> None:
    [dan] = await led.phones("dan")
    dan.dials("*13*")
    await dan.fails(404)


@pytest.mark.covers("HUNT-1")
async def test_members_leave_a_hunt_group_and_its_administrators_have_them_back(led: House) -> None:
    bo, cora, dan = await led.phones("bo", "cora", "dan")
    bo.dials("**11*60*")
    assert (await bo.fails(480)).reason == "Logged out of team"
    cora.dials("260")
    await cora.fails(480)
    cora.dials("*11*60*202*")
    await cora.fails(403)
    await led.stop()
    await led.start()
    for phone in (bo, cora, dan):
        await phone.registers(3600)
    cora.dials("260")
    await cora.fails(480)
    dan.dials("*11*60*202*")
    assert (await dan.fails(480)).reason == "Bo Lind logged in to team"
    async with cora.calls("260"):
        await bo.rings()
