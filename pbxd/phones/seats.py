"""Free seating: whoever logs in at a free phone has his line there, until he leaves or the night comes (CODE-14)."""

from __future__ import annotations

import asyncio
import hmac
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pbxd.errors import PbxdError
from pbxd.events import SeatLeft, SeatRefused, SeatTaken
from pbxd.org.moments import next_time
from pbxd.org.phones import mac_of_seat
from pbxd.phones.settings import desk_of

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.org.users import User
    from pbxd.phones.shelf import Shelf
    from pbxd.phones.teller import Teller
    from pbxd.store.rows import PhoneRow

TRIES: Final = 5
"""Wrong PINs for one extension, or at one phone, until neither is asked any more for a while."""
WITHIN: Final = 900.0
"""Seconds in which they count."""
MOST_TRIED: Final = 10_000
"""Extensions and phones whose wrong PINs are remembered."""
LOOK_AGAIN: Final = 3600.0
"""Seconds after which the time of the night is reckoned anew, because the clock may have been set meanwhile."""


class SeatError(PbxdError):
    """Nobody can log in or out so; ``word`` names the reason for people."""

    def __init__(self, word: str, why: str) -> None:
        super().__init__(why)
        self.word = word


class Seats:
    """Who sits where."""

    def __init__(
        self, kernel: Kernel, configuration: Callable[[], Configuration], shelf: Shelf, teller: Teller
    ) -> None:
        self._kernel = kernel
        self._configuration = configuration
        self._shelf = shelf
        self._teller = teller
        self._wrong: dict[tuple[str, str], deque[float]] = {}
        """When wrong PINs were given, by organization and extension, or phone."""
        self._nights: dict[str, asyncio.TimerHandle] = {}

    # Logging in and out --------------------------------------------------------------------------------------------

    async def log_in(self, organization: Organization, device: str, extension: str, pin: str) -> User:
        """Have the line of ``extension`` on the free seat ``device``. Where its user sat before is empty then.

        Raises :class:`SeatError`, :class:`pbxd.store.interface.StoreError`.
        """
        mac = mac_of_seat(device)
        phone = self._shelf.phone(organization.name, mac) if mac is not None else None
        if mac is None or phone is None or not phone.free_seating:
            raise self._refused(organization, device, extension, "no-seat", "this phone is no free seat")
        user = self._proved(organization, device, extension, pin)
        desk = desk_of(user)
        if desk is None:
            raise self._refused(organization, device, extension, "no-desk", "the user has no desk phone's line")
        now = self._kernel.wall
        before = [row for row in self.of_user(organization.name, user.username) if row.mac != mac]
        here = self._shelf.row(organization.name, mac)
        row = replace(here, user=user.username, since=now)
        await self._shelf.keep(row, *(replace(one, user="", since=0.0) for one in before))
        for one in before:
            self._left(one, "logged in elsewhere", (desk.name,))
        if here.user and here.user != user.username:  # the phone has not fetched what he has there yet
            self._say_left(here, "somebody else logged in")
        self._kernel.bus.emit(SeatTaken(at=now, organization=organization.name, mac=mac, user=user.username))
        self._teller.tell(row, devices=(device,))
        return user

    async def log_out(self, organization: Organization, user: User, why: str) -> bool:
        """Empty the seat of a user; whether he had one. Raises :class:`pbxd.store.interface.StoreError`."""
        return await self._empty(self.of_user(organization.name, user.username), why) > 0

    async def empty(self, row: PhoneRow, why: str) -> bool:
        """Empty one seat; whether anybody sat there."""
        return await self._empty([row] if row.user else [], why) > 0

    def of_user(self, organization: str, username: str) -> list[PhoneRow]:
        """Where a user sits."""
        rows = self._shelf.rows.values()
        return [row for row in rows if row.user == username and row.organization == organization]

    async def _empty(self, rows: list[PhoneRow], why: str) -> int:
        devices = {row.key: tuple(device.name for device in self._shelf.devices(row)) for row in rows}
        await self._shelf.keep(*(replace(row, user="", since=0.0) for row in rows))
        for row in rows:
            self._left(row, why, devices[row.key])
        return len(rows)

    def _left(self, row: PhoneRow, why: str, devices: tuple[str, ...]) -> None:
        """Say so, and have the phone fetch what an empty seat is; it is still registered as ``devices``."""
        self._say_left(row, why)
        self._teller.tell(row, devices=devices)

    def _say_left(self, row: PhoneRow, why: str) -> None:
        at = self._kernel.wall
        self._kernel.bus.emit(SeatLeft(at=at, organization=row.organization, mac=row.mac, user=row.user, why=why))

    # PINs ----------------------------------------------------------------------------------------------------------

    def _proved(self, organization: Organization, device: str, extension: str, pin: str) -> User:
        """The user of an extension, if that is his PIN; a wrong extension is refused as a wrong PIN is."""
        tried = ((organization.name, extension), (organization.name, device))
        if any(self._too_often(key) for key in tried):
            raise self._refused(organization, device, extension, "wrong-pin", "too many wrong PINs")
        owner = organization.line(extension)
        known = owner.user.pin if owner is not None else ""
        if owner is None or not known or not hmac.compare_digest(known.encode(), pin.encode()):
            if len(self._wrong) > MOST_TRIED:
                self._wrong.clear()
            for key in tried:
                self._wrong.setdefault(key, deque(maxlen=TRIES)).append(self._kernel.now)
            raise self._refused(organization, device, extension, "wrong-pin", "wrong extension or PIN")
        for key in tried:
            self._wrong.pop(key, None)
        return owner.user

    def _too_often(self, key: tuple[str, str]) -> bool:
        found = self._wrong.get(key)
        if found is None:
            return False
        if self._kernel.now - found[-1] >= WITHIN:
            del self._wrong[key]
            return False
        return len(found) == TRIES and self._kernel.now - found[0] < WITHIN

    def _refused(self, organization: Organization, device: str, extension: str, word: str, why: str) -> SeatError:
        event = SeatRefused(
            at=self._kernel.wall, organization=organization.name, device=device, extension=extension, why=why
        )
        self._kernel.bus.emit(event)
        return SeatError(word, why)

    # By night ------------------------------------------------------------------------------------------------------

    def arm(self) -> None:
        """Empty each organization's seats at its hour, from the configuration of now."""
        self.stop()
        for organization in self._configuration().organizations.values():
            if any(phone.free_seating for phone in organization.provisioning.phones.values()):
                self._arm(organization)

    def stop(self) -> None:
        """Empty none by themselves any more."""
        for timer in self._nights.values():
            timer.cancel()
        self._nights.clear()

    def _arm(self, organization: Organization) -> None:
        hour = organization.provisioning.log_out_at
        if hour:
            moment = next_time(hour, self._kernel.wall, organization.timezone)
            seconds = min(max(moment - self._kernel.wall, 0.0), LOOK_AGAIN)
            self._nights[organization.name] = self._kernel.later(seconds, self._look, organization.name, moment)

    def _look(self, name: str, moment: float) -> None:
        organization = self._configuration().organizations.get(name)
        if organization is None:
            return
        if self._kernel.wall >= moment:
            self.night(organization)
        self._arm(organization)

    def night(self, organization: Organization) -> None:
        """Everybody is logged out; a seat that can't be kept as empty is empty all the same until a restart."""
        rows = [row for row in self._shelf.rows.values() if row.organization == organization.name and row.user]
        devices = {row.key: tuple(device.name for device in self._shelf.devices(row)) for row in rows}
        self._shelf.keep_soon([replace(row, user="", since=0.0) for row in rows])
        for row in rows:
            self._left(row, "the night", devices[row.key])
