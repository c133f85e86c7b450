"""What an organization's file says of its people and numbers, in calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.support.clock import VirtualClock
from tests.support.credentials import Credentials
from tests.support.house import ORGANIZATION, SETTINGS, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

Houses = Callable[..., AbstractAsyncContextManager[House]]
EVA, PEST = "+4530303030", "+4599999999"
PARTNER = """\
organization: partner
name: The Partner
domain: partner.example
country: DK
timezone: Europe/Copenhagen
languages: [en]
linked_organizations: [house]
number_ranges: [{from: "+4577777700", to: "+4577777799"}, {from: "200", to: "299"}]
users:
  - username: eva
    name: Eva Krog
    lines: [{number: "+4577777701", alias: "202"}]
    devices: [{name: eva-desk, kind: desk, password: eva-secret}]
"""


@pytest.fixture
def houses(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Houses:
    """Houses whose organization says more, and whose Bo does."""

    @asynccontextmanager
    async def furnished(
        organization: str = "", *, bo: str = "", partner: str = "", switchboard: str = ""
    ) -> AsyncIterator[House]:
        settings = SETTINGS + "    trusted: true\n"
        if partner:
            (tmp_path / "partner.yaml").write_text(partner)
            settings = settings.replace("[house.yaml]", "[house.yaml, partner.yaml]")
        text = (
            ORGANIZATION.replace(
                'switchboard: "+4588887700"', f'switchboard: "{switchboard or "+4588887700"}"'
            ).replace("    name: Bo Lind\n", f"    name: Bo Lind\n{bo}")
            + organization
        )
        async with House(configure(tmp_path, settings=settings, organization=text), network, clock) as house:
            yield house

    return furnished


def from_the_world(trunk: Phone, number: str, caller: str) -> None:
    trunk.dials(number, headers=[("P-Asserted-Identity", f"<sip:{caller}@carrier.example>")])


CONTACTS = f"contacts: {{external: [{{kind: blocked, last_name: Pest, numbers: [{{number: '{PEST}'}}]}}]}}\n"


@pytest.mark.covers("RULE-9", "USR-5")
async def test_a_blocked_contact_does_not_get_through(houses: Houses) -> None:
    async with houses(CONTACTS) as house:
        (bo,) = await house.phones("bo")
        trunk = house.trunk()
        from_the_world(trunk, "+4588887702", PEST)
        await trunk.watch.until(lambda: trunk.call.state == "over", "a refusal", 5)
        assert trunk.call.status == 603
        await bo.does_not_ring()
        from_the_world(trunk, "+4588887702", EVA)
        await bo.rings()
        await bo.declines()


@pytest.mark.covers("RULE-9", "USR-5")
async def test_the_users_own_list_comes_before_the_organizations(houses: Houses) -> None:
    own = f"    contacts: {{external: [{{kind: vip, numbers: [{{number: '{PEST}'}}]}}]}}\n"
    async with houses(CONTACTS, bo=own) as house:
        anna, bo = await house.phones("anna", "bo")
        trunk = house.trunk()
        from_the_world(trunk, "+4588887702", PEST)
        await bo.rings()
        await bo.declines()
        from_the_world(trunk, "+4588887701", PEST)
        await anna.does_not_ring()


@pytest.mark.covers("USR-5")
async def test_a_short_number_calls_its_contact(houses: Houses) -> None:
    ours = f"contacts: {{external: [{{last_name: Krog, numbers: [{{number: '{EVA}', short: '71'}}]}}]}}\n"
    own = "    contacts: {internal: [{last_name: Anna, numbers: [{number: '201', short: '72'}]}]}\n"
    async with houses(ours, bo=own) as house:
        anna, bo = await house.phones("anna", "bo")
        trunk = house.trunk()
        anna.dials("71")
        call = await trunk.rings()
        assert call.invite is not None
        assert call.invite.uri.user == EVA
        await trunk.declines()
        bo.dials("72")
        await anna.rings()
        await anna.declines()
        anna.dials("72")
        await anna.watch.until(lambda: anna.call.state == "over", "a refusal", 5)
        assert anna.call.status in (404, 484)


@pytest.mark.covers("NUM-9")
async def test_linked_organizations_call_each_other_directly(houses: Houses) -> None:
    async with houses("linked_organizations: [partner]\n", partner=PARTNER) as house:
        anna, bo = await house.phones("anna", "bo")
        trunk = house.trunk()
        eva = house.phone("cora")  # a phone on the table, with the partner's account in it
        eva.username, eva.domain = "eva-desk", "partner.example"
        eva.credentials = Credentials("eva-desk", "eva-secret")
        await eva.registers(3600)
        async with anna.calls("77777701"):
            await eva.rings(from_="+4588887701")
            await eva.answers()
            await anna.is_answered()
        async with eva.calls("+4588887702"):
            await bo.rings(from_="+4577777701")
            await bo.answers()
            await eva.is_answered()
        assert trunk.calls_got == []


@pytest.mark.covers("NUM-7")
@pytest.mark.parametrize(("treatment", "status"), [("{reject: not-found}", 404), ("{to: busy}", 486)])
async def test_a_number_of_nobody_is_refused_as_the_organization_says(
    houses: Houses, treatment: str, status: int
) -> None:
    async with houses(f"unassigned_numbers: {treatment}\n") as house:
        trunk = house.trunk()
        from_the_world(trunk, "+4588887750", EVA)
        await trunk.watch.until(lambda: trunk.call.state == "over", "a refusal", 5)
        assert trunk.call.status == status


@pytest.mark.covers("NUM-7", "NUM-8")
async def test_a_number_of_nobody_goes_to_the_switchboard(houses: Houses) -> None:
    async with houses("unassigned_numbers: {to: switchboard}\n", switchboard="+4588887703") as house:
        (cora,) = await house.phones("cora")
        from_the_world(house.trunk(), "+4588887750", EVA)
        await cora.rings()
        await cora.declines()


async def test_a_switchboard_that_is_nobodys_number_is_no_endless_way(houses: Houses) -> None:
    async with houses("unassigned_numbers: {to: switchboard}\n") as house:
        trunk = house.trunk()
        from_the_world(trunk, "+4588887750", EVA)
        await trunk.watch.until(lambda: trunk.call.state == "over", "a refusal", 5)
        assert trunk.call.status == 482


@pytest.mark.covers("NUM-8")
async def test_a_rule_means_the_switchboard_of_the_users_own_level(houses: Houses) -> None:
    own = "    switchboard: '+4588887703'\n    rules: ['when a call is received, switchboard']\n"
    async with houses(bo=own) as house:
        bo, cora = await house.phones("bo", "cora")
        from_the_world(house.trunk(), "+4588887702", EVA)
        await cora.rings()
        await cora.declines()
        await bo.does_not_ring()


@pytest.mark.covers("RULE-7")
@pytest.mark.parametrize(
    ("setting", "status"), [("on_busy: {to: '203'}", 486), ("declined: {user: cora}", 603), ("declined: '203'", 603)]
)
async def test_where_calls_go_that_a_user_does_not_take(houses: Houses, setting: str, status: int) -> None:
    async with houses(f"settings: {{{setting}}}\n") as house:
        anna, bo, cora = await house.phones("anna", "bo", "cora")
        anna.dials("202")
        await bo.declines(status)
        await cora.rings(from_="201")
        await cora.answers()
        await anna.is_answered()


@pytest.mark.covers("USR-6")
async def test_a_phone_shows_the_name_of_a_contact(houses: Houses) -> None:
    known = f"contacts: {{external: [{{first_name: Eva, last_name: Krog, numbers: [{{number: '{EVA}'}}]}}]}}\n"
    async with houses(known) as house:
        (bo,) = await house.phones("bo")
        trunk = house.trunk()
        from_the_world(trunk, "+4588887702", EVA)
        call = await bo.rings(from_=EVA)
        assert call.invite is not None
        assert str(call.invite.from_).startswith('"Eva Krog"')
        await bo.declines()


@pytest.mark.covers("RULE-7")
@pytest.mark.parametrize("waiting", [True, False])
async def test_call_waiting(houses: Houses, waiting: bool) -> None:
    async with houses(bo=f"    settings: {{call_waiting: {str(waiting).lower()}}}\n") as house:
        anna, bo, cora = await house.phones("anna", "bo", "cora")
        anna.dials("202")
        await bo.answers()
        await anna.is_answered()
        cora.dials("202")
        if waiting:
            await bo.rings(from_="203")
        else:
            await cora.fails(486)
