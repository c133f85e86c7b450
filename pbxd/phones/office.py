"""Everything about phones' settings in one running server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pbxd.events import ConfigReloaded, Registered
from pbxd.org.phones import mac_of_seat
from pbxd.phones.fetching import Fetching
from pbxd.phones.orders import PhoneOrders
from pbxd.phones.renewal import Renewal
from pbxd.phones.seats import Seats
from pbxd.phones.shelf import Shelf
from pbxd.phones.teller import Teller

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from pbxd.calls.kernel import Kernel
    from pbxd.calls.location import Location
    from pbxd.config.snapshot import Configuration
    from pbxd.store.interface import Storage


def token() -> str:
    """128 random bits: a ticket, or a phone's secret."""
    return secrets.token_hex(16)


class Phones:
    """Builds the parts, and follows what happens."""

    def __init__(
        self,
        kernel: Kernel,
        configuration: Callable[[], Configuration],
        location: Location,
        store: Storage,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        secret: Callable[[], str] = token,
    ) -> None:
        self._spawn = spawn
        self._shelf = Shelf(configuration, store.phones, store.tickets)
        self._teller = Teller(kernel, configuration, location, self._shelf)
        self.seats = Seats(kernel, configuration, self._shelf, self._teller)
        self._fetching = Fetching(kernel, configuration, self._shelf, self._teller, secret)
        self._renewal = Renewal(kernel, configuration, self._shelf, self._teller, secret)
        self._orders = PhoneOrders(
            kernel=kernel,
            configuration=configuration,
            location=location,
            shelf=self._shelf,
            teller=self._teller,
            renewal=self._renewal,
            seats=self.seats,
        )

    async def restore(self) -> None:
        """Load what was stored, and make the tickets that are missing."""
        await self._shelf.load()
        await self._renewal.ensure()
        self.seats.arm()

    def stop(self) -> None:
        """Do nothing more by oneself."""
        self._teller.stop()
        self.seats.stop()

    def registered(self, event: Registered) -> None:
        """A phone that is not yet at home under its own address of now is told soon."""
        self._teller.registered(event)

    def reloaded(self, event: ConfigReloaded) -> None:
        """Follow what is configured now."""
        self._shelf.changed()
        self.seats.arm()
        self._spawn(self._renewal.ensure())

    def password_of(self, organization: str, device: str) -> str:
        """Of a free seat at which nobody is logged in; empty for any other device."""
        mac = mac_of_seat(device)
        return self._shelf.seat_password(organization, mac) if mac is not None else ""

    def commands(self) -> Mapping[str, Callable[..., Any]]:
        """What the control socket can ask for."""
        orders, fetching = self._orders, self._fetching
        return {
            "phone-fetch": fetching.fetch,
            "phone-book": fetching.book,
            "phone-refused": self.refused,
            "phone-tickets": self.digests,
            "phones-list": orders.phones,
            "phones-assign": orders.assign,
            "phones-reload": orders.reload,
            "phones-release": orders.release,
            "phones-forget": orders.forget,
            "phones-add": orders.add,
            "phones-log-out": orders.log_out,
            "tickets-list": orders.tickets,
            "tickets-show": orders.addresses,
            "tickets-renew": orders.renew,
            "tickets-revoke": orders.revoke,
        }

    def digests(self) -> dict[str, Any]:
        """What the HTTP process knows valid tickets by."""
        return {"tickets": self._renewal.digests()}

    def refused(self, address: str, why: str, mac: str = "") -> dict[str, Any]:
        """The HTTP process has turned somebody away by itself."""
        self._fetching.refuse("", mac, address, why)
        return {}
