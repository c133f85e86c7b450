"""The list of phones, as people and programs see it (DEV-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pbxd.phones.tickets import named

if TYPE_CHECKING:
    from pbxd.calls.location import Location
    from pbxd.org.organization import Organization
    from pbxd.org.phones import Phone
    from pbxd.phones.shelf import Shelf
    from pbxd.phones.teller import Teller
    from pbxd.store.rows import PhoneRow

State: TypeAlias = Literal["assigned", "not-provisioned", "seat-taken", "seat-empty", "unassigned"]


def state_of(row: PhoneRow, phone: Phone | None, *, lines: bool) -> State:
    """How a phone stands: ``not-provisioned`` is one that somebody is assigned to and that never came."""
    if phone is not None and phone.free_seating:
        if not row.last_seen:
            return "not-provisioned"
        return "seat-taken" if row.user else "seat-empty"
    if not lines:
        return "unassigned"
    return "assigned" if row.last_seen else "not-provisioned"


def listed(organization: Organization, shelf: Shelf, location: Location, teller: Teller) -> Iterator[dict[str, Any]]:
    """Every phone of an organization."""
    for row, phone in shelf.all_of(organization):
        devices = [device.name for device in shelf.devices(row)]
        owner = organization.owner(devices[0]) if devices and not _empty(row, phone) else None
        yield {
            "organization": organization.name,
            "mac": row.mac,
            "state": state_of(row, phone, lines=bool(devices)),
            "user": owner.username if owner is not None else None,
            "lines": devices if not _empty(row, phone) else [],
            "model": (phone.model if phone is not None else "") or row.model or None,
            "firmware": row.firmware or None,
            "address": row.address or None,
            "description": (phone.description if phone is not None else "") or row.description or row.address or None,
            "registered": any(location.reachable(organization.name, device) for device in devices),
            "free_seating": phone is not None and phone.free_seating,
            "configured": phone is not None,
            "last_seen": row.last_seen or None,
            "ticket": named(row.ticket) if row.ticket else None,
            "moved": teller.moved(row) if row.secret else None,
            "refused": row.refused or None,
        }


def _empty(row: PhoneRow, phone: Phone | None) -> bool:
    return phone is not None and phone.free_seating and not row.user
