"""What an operator does with phones and tickets: the commands of the control socket, for command line and API alike."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pbxd.config.hints import nearest
from pbxd.errors import PbxdError
from pbxd.events import PhoneAdded, PhoneAssigned, PhoneReleased
from pbxd.phones.listing import listed

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.location import Location
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.phones.renewal import Renewal
    from pbxd.phones.seats import Seats
    from pbxd.phones.shelf import Shelf
    from pbxd.phones.teller import Teller
    from pbxd.store.rows import PhoneRow

MAX_DESCRIPTION = 200
PATIENCE = 3.0
"""Seconds for which it is waited what phones answer."""


class PhoneOrderError(PbxdError):
    """What was asked for can't be done with phones, in words."""


class PhoneOrders:
    """Lists, assigns, reloads and imports phones; shows, renews and revokes tickets."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        configuration: Callable[[], Configuration],
        location: Location,
        shelf: Shelf,
        teller: Teller,
        renewal: Renewal,
        seats: Seats,
    ) -> None:
        self._kernel = kernel
        self._configuration = configuration
        self._location = location
        self._shelf = shelf
        self._teller = teller
        self._renewal = renewal
        self._seats = seats

    # Phones --------------------------------------------------------------------------------------------------------

    def phones(self, organization: str | None = None, mac: str | None = None) -> dict[str, Any]:
        """The phones of one organization or of all, or the one with this MAC address."""
        wanted = mac_of(mac) if mac is not None else None
        found = [
            phone
            for one in self._organizations(organization)
            for phone in listed(one, self._shelf, self._location, self._teller)
            if wanted is None or phone["mac"] == wanted
        ]
        if wanted is not None and not found:
            raise PhoneOrderError(f"there is no phone {wanted}; `pbxd phones list` shows those that there are")
        return {"phones": found}

    async def assign(self, mac: str, lines: list[str], organization: str | None = None) -> dict[str, Any]:
        """Give a phone its lines, by the names of devices, and have it fetch them; none: it is nobody's any more."""
        within, row = self._phone(mac, organization)
        phone = self._shelf.phone(within.name, row.mac)
        if phone is not None and (phone.lines or phone.free_seating):
            raise PhoneOrderError(f"the configuration of {within.name} says what {row.mac} is; change it there")
        for line in lines:
            device = within.device(line)
            if device is None or not device.registers:
                known = (device.name for user in within.people() for device in user.devices if device.registers)
                hint = nearest(line, known)
                raise PhoneOrderError(f"no device is called {line}" + (f"; {hint}" if hint else ""))
        before = [device.name for device in self._shelf.devices(row)]
        row = replace(row, lines=tuple(lines))
        await self._shelf.keep(row)
        self._kernel.bus.emit(
            PhoneAssigned(at=self._kernel.wall, organization=within.name, mac=row.mac, lines=row.lines)
        )
        return {**self.phones(within.name, row.mac), "told": await self._told([row], restart=False, devices=before)}

    async def reload(
        self,
        mac: str | None = None,
        organization: str | None = None,
        restart: bool = False,
    ) -> dict[str, Any]:
        """Have a phone, or all, take its settings anew, or start again; what became of that, for each registration."""
        if mac is not None:
            return {"told": await self._told([self._phone(mac, organization)[1]], restart=restart)}
        rows = [row for one in self._organizations(organization) for row, _ in self._shelf.all_of(one)]
        return {"told": await self._told(rows, restart=restart)}

    async def release(self, mac: str, organization: str | None = None) -> dict[str, Any]:
        """Forget a phone's secret: it may come as if for the first time. For one that was reset or changed hands."""
        within, row = self._phone(mac, organization)
        row = replace(row, secret="", proved=0.0, refused=0.0)
        await self._shelf.keep(row)
        self._kernel.bus.emit(PhoneReleased(at=self._kernel.wall, organization=within.name, mac=row.mac))
        return self.phones(within.name, row.mac)

    async def forget(self, mac: str, organization: str | None = None) -> dict[str, Any]:
        """Take a phone off the list that the configuration does not name."""
        within, row = self._phone(mac, organization)
        if self._shelf.phone(within.name, row.mac) is not None:
            raise PhoneOrderError(f"the configuration of {within.name} names {row.mac}; take it out there")
        await self._shelf.keep(gone=[row.key])
        return {}

    async def add(self, phones: list[Mapping[str, str]], organization: str | None = None) -> dict[str, Any]:
        """Put phones on the list, each a ``mac`` and a ``description``; those that are there get the description."""
        within = self._one(organization)
        rows, added = [], []
        for one in phones:
            mac = mac_of(str(one.get("mac", "")))
            description = " ".join(str(one.get("description", "")).split())[:MAX_DESCRIPTION]
            known = self._shelf.known(within.name, mac)
            rows.append(replace(known or self._shelf.row(within.name, mac), description=description))
            if known is None and self._shelf.phone(within.name, mac) is None:
                added.append(mac)
        await self._shelf.keep(*rows)
        for mac in added:
            self._kernel.bus.emit(
                PhoneAdded(at=self._kernel.wall, organization=within.name, mac=mac, address="", model="")
            )
        return {"added": len(added), "changed": len(rows) - len(added)}

    async def log_out(self, mac: str, organization: str | None = None) -> dict[str, Any]:
        """Empty a free seat."""
        within, row = self._phone(mac, organization)
        if not await self._seats.empty(row, "an operator"):
            raise PhoneOrderError(f"nobody is logged in at {row.mac}")
        return self.phones(within.name, row.mac)

    async def _told(self, rows: Iterable[PhoneRow], *, restart: bool, devices: list[str] | None = None) -> list[Any]:
        answers = {
            answer: row.mac for row in rows for answer in self._teller.tell(row, restart=restart, devices=devices or ())
        }
        if answers:
            await asyncio.wait(answers, timeout=PATIENCE)
        silent = {"status": 0, "reason": "no answer yet"}
        return [{"mac": mac, **(answer.result() if answer.done() else silent)} for answer, mac in answers.items()]

    # Tickets -------------------------------------------------------------------------------------------------------

    def tickets(self, organization: str | None = None) -> dict[str, Any]:
        """The tickets, their state, and how many phones last came with each."""
        return {
            "tickets": [one for within in self._organizations(organization) for one in self._renewal.listed(within)]
        }

    def addresses(self, organization: str | None = None) -> dict[str, Any]:
        """The address of each family of phones: a secret."""
        within = self._one(organization)
        found = self._renewal.addresses(within)
        if not found:
            raise PhoneOrderError(f"{within.name} has no ticket: it needs `provisioning:`, and the server `http:`")
        return {"organization": within.name, "addresses": found}

    async def renew(
        self,
        organization: str | None = None,
        overlap: float | None = None,
    ) -> dict[str, Any]:
        """Make a new ticket; the old one lets new phones in for ``overlap`` seconds more, and 0 for none."""
        within = self._one(organization)
        if not within.provisioning.wanted:
            raise PhoneOrderError(f"{within.name} has no phones: its file needs `provisioning:`")
        if overlap is not None and overlap < 0:
            raise PhoneOrderError("the overlap can't be less than 0")
        await self._renewal.renew(within, overlap)
        return {**self.addresses(within.name), "behind": len(self._renewal.behind(within))}

    async def revoke(self, ticket: str, organization: str | None = None) -> dict[str, Any]:
        """Shut everybody out at once who comes with a ticket, by its name."""
        within = self._one(organization)
        return {"phones": await self._renewal.revoke(within, ticket), **self.tickets(within.name)}

    # Whose ---------------------------------------------------------------------------------------------------------

    def _organizations(self, name: str | None) -> list[Organization]:
        organizations = self._configuration().organizations
        if name is None:
            return [*organizations.values()]
        if name not in organizations:
            hint = nearest(name, organizations)
            raise PhoneOrderError(f"no organization is called {name}" + (f"; {hint}" if hint else ""))
        return [organizations[name]]

    def _one(self, name: str | None) -> Organization:
        found = self._organizations(name)
        if len(found) != 1:
            raise PhoneOrderError(f"--organization must say which: {', '.join(one.name for one in found)}")
        return found[0]

    def _phone(self, mac: str, organization: str | None) -> tuple[Organization, PhoneRow]:
        wanted = mac_of(mac)
        for one in self._organizations(organization):
            if self._shelf.known(one.name, wanted) is not None or self._shelf.phone(one.name, wanted) is not None:
                return one, self._shelf.row(one.name, wanted)
        raise PhoneOrderError(f"there is no phone {wanted}; `pbxd phones list` shows those that there are")


def mac_of(text: str) -> str:
    """A MAC address, however it is written, as we write it. Raises :class:`PhoneOrderError`."""
    digits = re.sub(r"[:.\-\s]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", digits):
        raise PhoneOrderError(f"`{text[:40]}` is not a MAC address such as 00:04:13:aa:bb:01")
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))
