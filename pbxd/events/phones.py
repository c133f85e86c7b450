"""What happened to phones that get their settings from us, and to the tickets that they come with."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFetched(Event):
    """A phone got a file."""

    organization: str
    mac: str
    """Empty for what all phones of a family get alike."""
    what: str
    """``settings``, ``common`` or ``book``."""
    address: str
    model: str
    firmware: str
    moved: bool
    """Whether it came with the ticket that is in force now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRefused(Event):
    """Somebody who asked for a phone's settings got none."""

    organization: str
    """Empty where no ticket says whose it is."""
    mac: str
    address: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAdded(Event):
    """A phone that nobody had heard of came with a valid ticket, or was imported; nobody is assigned to it yet."""

    organization: str
    mac: str
    address: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAssigned(Event):
    """A phone has other lines."""

    organization: str
    mac: str
    lines: tuple[str, ...]
    """Names of devices; none: it is nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneReleased(Event):
    """A phone's secret was taken from it: whoever comes next as this phone, with a valid ticket, gets a new one."""

    organization: str
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneTold(Event):
    """A phone was told to fetch its settings, and answered."""

    organization: str
    mac: str
    device: str
    """Whose registration led there."""
    restart: bool
    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatTaken(Event):
    """Somebody logged in at a free seat."""

    organization: str
    mac: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLeft(Event):
    """A free seat is empty again."""

    organization: str
    mac: str
    user: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRefused(Event):
    """Somebody could not log in at a free seat."""

    organization: str
    device: str
    extension: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMade(Event):
    """There is a new ticket for phones; those with the one before are moved to it."""

    organization: str
    ticket: str
    """Its name, not the secret itself."""
    overlap: float
    """Seconds for which the one before lets new phones in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRevoked(Event):
    """A ticket lets nobody in any more."""

    organization: str
    ticket: str
    phones: int
    """How many last came with it: they have to be given the new address by hand."""
