"""Has phones fetch their settings: when asked to, and those that have not moved to a new ticket by and by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pbxd.events import PhoneTold, Registered
from pbxd.org.phones import model_of
from pbxd.phones.sync import FORMS, Told, notify, of_phone
from pbxd.store.rows import PhoneKey

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.location import Location
    from pbxd.config.snapshot import Configuration
    from pbxd.phones.shelf import Shelf
    from pbxd.store.rows import PhoneRow

AFTER_REGISTERING: Final = 5.0
"""Seconds from a phone's REGISTER to our NOTIFY: it has enough to do when it has just started."""
APART: Final = 0.2
"""Seconds from one phone to the next where all are told: each fetches several files."""
AGAIN: Final = 3600.0
"""Seconds until a phone that did not come is told again."""


class Teller:
    """Sends the NOTIFYs."""

    def __init__(
        self, kernel: Kernel, configuration: Callable[[], Configuration], location: Location, shelf: Shelf
    ) -> None:
        self._kernel = kernel
        self._configuration = configuration
        self._location = location
        self._shelf = shelf
        self._told: dict[PhoneKey, float] = {}
        """When a phone was last told by us, monotonic seconds."""
        self._timers: dict[PhoneKey, asyncio.TimerHandle] = {}

    def stop(self) -> None:
        """Tell nobody any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def registered(self, event: Registered) -> None:
        """A phone that registers and is not yet at home under its own address of now is told soon."""
        for row in self._shelf.of_account(event.organization, event.device):
            if not self.moved(row) and self._kernel.now - self._told.get(row.key, -AGAIN) >= AGAIN:
                self._later(row.key, AFTER_REGISTERING)

    def move(self, rows: Iterable[PhoneRow]) -> None:
        """Tell phones one after the other."""
        for number, row in enumerate(rows):
            self._later(row.key, number * APART)

    def moved(self, row: PhoneRow) -> bool:
        """Whether a phone has been here under its own address with the ticket of now."""
        current = self._shelf.current(row.organization)
        return bool(row.proved) and (current is None or row.ticket == current.ticket)

    def _later(self, key: PhoneKey, seconds: float) -> None:
        if key not in self._timers:
            self._timers[key] = self._kernel.later(seconds, self._now, key)

    def _now(self, key: PhoneKey) -> None:
        self._timers.pop(key, None)
        row = self._shelf.rows.get(key)
        if row is not None and not self.moved(row):
            self.tell(row)

    def tell(
        self, row: PhoneRow, *, restart: bool = False, devices: Sequence[str] = ()
    ) -> list[asyncio.Future[dict[str, Any]]]:
        """Send what the phone's family wants to each of its registrations; each future is what became of one.

        ``devices`` is as what it registers, where that is not what it is to be.
        """
        self._told[row.key] = self._kernel.now
        phone = self._shelf.phone(row.organization, row.mac)
        model = model_of((phone.model if phone is not None else "") or row.model)
        organization = self._configuration().organizations.get(row.organization)
        if model is None or organization is None:
            return []
        form = FORMS[model.family][restart]
        found = []
        for device in devices or [one.name for one in self._shelf.devices(row)]:
            for binding in of_phone(self._location.reachable(row.organization, device), row.mac):
                answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
                request = notify(self._kernel, binding, form, organization.domain, device)
                self._kernel.endpoint.send(
                    request, binding.flow, Told(partial(self._answered, row, device, restart, answer))
                )
                found.append(answer)
        return found

    def _answered(
        self,
        row: PhoneRow,
        device: str,
        restart: bool,
        answer: asyncio.Future[dict[str, Any]],
        status: int,
        reason: str,
    ) -> None:
        self._kernel.bus.emit(
            PhoneTold(
                at=self._kernel.wall,
                organization=row.organization,
                mac=row.mac,
                device=device,
                restart=restart,
                status=status,
                reason=reason,
            )
        )
        if not answer.done():
            answer.set_result({"device": device, "status": status, "reason": reason})
