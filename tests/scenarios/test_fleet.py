"""Five hundred phones of four families: settings, registrations, two new tickets, some away: none is stranded."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pbxd.network import Address
from tests.scenarios.test_phones import BASE, HTTP, order, ticket
from tests.support.clock import VirtualClock
from tests.support.credentials import Credentials
from tests.support.house import DOMAIN, SERVER, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

SIZE = 500
UNKNOWN = 100
"""The last of them are not in the file: they are assigned by command."""
AWAY = 80
FAMILIES = (("snom", "D725"), ("mitel", "6867"), ("yealink", "T46U"), ("grandstream", "GXP2170"))
HOUR = 3600.0


@dataclass(slots=True)
class Handset:
    """A phone as its firmware goes about: it has an address to fetch from, and a line if it was told one."""

    number: int
    key: str
    line: Phone
    heard: int = 0
    """NOTIFYs that it has obeyed."""

    @property
    def mac(self) -> str:
        return f"00:04:13:00:{self.number // 256:02x}:{self.number % 256:02x}"

    async def fetches(self, house: House) -> dict[str, Any] | None:
        """Take over what is there, and its own address with it."""
        family, model = FAMILIES[self.number % 4]
        found = await order(
            house,
            "phone-fetch",
            key=self.key,
            mac=self.mac,
            family=family,
            model=f"{family}-{model}",
            address=self.line.host,
        )
        settings: dict[str, Any] | None = found.get("settings")
        if settings is not None:
            url: str = settings["url"]
            self.key = url.removeprefix(BASE).partition("/")[0]
            for line in settings["lines"]:
                self.line.username = line["username"]
                self.line.credentials = Credentials(line["username"], line["password"])
        return settings

    async def obeys(self, house: House) -> None:
        """Fetch for each time that it was told to."""
        told = len(self.line.got("NOTIFY"))
        if told > self.heard:
            self.heard = told
            assert await self.fetches(house) is not None, f"{self.mac} is stranded"


def organization() -> str:
    users = "".join(
        f"  - {{username: u{number}, name: User {number}, lines: [{{number: '{2000 + number}'}}], "
        f"devices: [{{name: d{number}, kind: desk, password: secret-{number}}}]}}\n"
        for number in range(SIZE)
    )
    phones = "".join(
        f"    - {{mac: '00:04:13:00:{number // 256:02x}:{number % 256:02x}', "
        f"model: {'-'.join(FAMILIES[number % 4])}, lines: [d{number}]}}\n"
        for number in range(SIZE - UNKNOWN)
    )
    return f"""\
organization: house
name: The House
domain: {DOMAIN}
country: DK
timezone: Europe/Copenhagen
languages: [en]
number_ranges: [{{from: "2000", to: "2999"}}]
users:
{users}provisioning:
  server: udp://{SERVER}
  phones:
{phones}"""


async def hours(house: House, fleet: list[Handset], count: int) -> None:
    """Let hours pass, in which phones register every half hour and do what they are told."""
    for _ in range(2 * count):
        for handset in fleet:
            await handset.line.registers(3600)
        await asyncio.sleep(1800)
        for handset in fleet:
            await handset.obeys(house)


async def behind(house: House) -> set[str]:
    """Who has not moved, as `pbxd phones list --behind` has it."""
    return {one["mac"] for one in (await order(house, "phones-list"))["phones"] if one["moved"] is False}


@pytest.mark.covers("TOOL-10", "DEV-2", "DEV-3", "DEV-4")
async def test_no_phone_of_a_fleet_is_stranded(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> None:
    configuration = configure(tmp_path, settings=HTTP, organization=organization())
    async with House(configuration, network, clock) as house:
        first = await ticket(house)
        fleet = [Handset(number=number, key=first, line=_line(house, number)) for number in range(SIZE)]
        for handset in fleet:
            assert await handset.fetches(house) is not None
        listed = (await order(house, "phones-list"))["phones"]
        unassigned = [one["mac"] for one in listed if one["state"] == "unassigned"]
        assert unassigned == [handset.mac for handset in fleet[SIZE - UNKNOWN :]]
        for handset in fleet[SIZE - UNKNOWN :]:
            await order(house, "phones-assign", mac=handset.mac, lines=[f"d{handset.number}"])
            await handset.fetches(house)
        await hours(house, fleet, 1)
        assert await behind(house) == set()
        # Two new tickets while some are away; the others move by themselves.
        away, here = fleet[:: SIZE // AWAY][:AWAY], []
        here = [handset for handset in fleet if handset not in away]
        for _ in range(2):
            await order(house, "tickets-renew", overlap=HOUR)
            await hours(house, here, 3)
            assert await behind(house) == {handset.mac for handset in away}
        # Back after days, with an address whose ticket has long been over.
        await asyncio.sleep(3 * 24 * HOUR)
        for handset in away:
            assert await handset.fetches(house) is not None, f"{handset.mac} is stranded"
        await hours(house, fleet, 2)
        assert await behind(house) == set()
        listed = (await order(house, "phones-list"))["phones"]
        assert all(one["registered"] and one["state"] == "assigned" for one in listed)
        assert len(listed) == SIZE
        # Whoever has only ever seen the first ticket gets nothing.
        stranger = Handset(number=SIZE + 1, key=first, line=fleet[0].line)
        assert await stranger.fetches(house) is None
        for handset in fleet:
            handset.line.unplug()


def _line(house: House, number: int) -> Phone:
    phone = Phone(
        house.watch,
        name=f"phone-{number}",
        username=f"d{number}",
        password="not told yet",
        domain=DOMAIN,
        server=Address(SERVER.host, SERVER.port),
    )
    phone.plug_in(house.network, f"198.51.{100 + number // 250}.{number % 250 + 1}")
    return phone
