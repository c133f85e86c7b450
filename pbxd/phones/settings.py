"""What one phone is told, as plain data: the HTTP process makes of it the file that its family reads."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pbxd.org.phones import model_of, seat_name
from pbxd.phones.keys import programmed

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.org.phones import Phone, Provisioning
    from pbxd.org.users import Device, User
    from pbxd.phones.tickets import Key
    from pbxd.store.rows import PhoneRow

EXPIRES: Final = 600
"""Seconds for which phones register: so long a phone that moved is looked for at the old place."""
PORTS: Final = {"udp": 5060, "tcp": 5060, "tls": 5061}


def settings(
    configuration: Configuration, organization: Organization, row: PhoneRow, phone: Phone | None, key: Key, now: float
) -> dict[str, Any]:
    """The settings of a phone that goes by ``key`` from now on. ``phone`` is what the configuration says of it."""
    model = model_of((phone.model if phone is not None else "") or row.model)
    devices = lines_of(organization, row, phone)
    first = organization.owner(devices[0].name) if devices else None
    found = common(configuration, organization, key, model.family if model is not None else "", first, now)
    most = model.lines if model is not None else 1
    srtp = configuration.server.media.srtp
    lines = [_line(organization, row, device, srtp) for device in devices[:most]]
    keys_from = model.first_key(len(lines)) if model is not None else 1
    room = max(model.keys - keys_from + 1, 0) if model is not None else 0
    return {
        **found,
        "mac": row.mac,
        "model": model.name if model is not None else row.model,
        "keys_from": keys_from,
        "bank": model.bank if model is not None else "",
        "lines": lines,
        "function_keys": [
            programmed(one, organization, first) for one in (phone.keys if phone is not None and lines else ())[:room]
        ],
        "firmware": organization.provisioning.firmware.get(model.name, "") if model is not None else "",
    }


def common(
    configuration: Configuration, organization: Organization, key: Key, family: str, user: User | None, now: float
) -> dict[str, Any]:
    """What all phones of an organization are told: nothing of it is secret but the address."""
    http = configuration.server.http
    public = http.public_url if http is not None else ""
    voicemail = (one.number for one in organization.voicemail_numbers.values() if one.kind == "user")
    return {
        "family": family,
        "mac": "",
        "url": f"{public}/phones/{key}/{family}",
        "organization": organization.title,
        "domain": organization.domain,
        "server": _server(configuration, organization.provisioning, public),
        "expires": EXPIRES,
        "codecs": list(configuration.server.media.codecs),
        "language": user.language if user is not None else organization.languages[0],
        "country": organization.country,
        "zone": _zone(organization.hours_for(user).zone, now),
        "voicemail": next(voicemail, ""),
        "password": organization.provisioning.password,
        "lines": [],
        "function_keys": [],
        "keys_from": 1,
        "bank": "",
        "firmware": "",
        "model": "",
    }


def lines_of(organization: Organization, row: PhoneRow, phone: Phone | None) -> list[Device]:
    """The devices that a phone is: a free seat's user's or its own, else those of its file or that it was assigned."""
    if phone is not None and phone.free_seating:
        user = organization.users.get(row.user) if row.user else None
        desk = desk_of(user) if user is not None else organization.device(seat_name(row.mac))
        return [desk] if desk is not None else []
    names = phone.lines if phone is not None and phone.lines else row.lines
    devices = (organization.device(name) for name in names)
    return [device for device in devices if device is not None and device.registers]


def desk_of(user: User) -> Device | None:
    """The device that a user is at a free seat: his first desk phone."""
    return next((device for device in user.devices if device.kind == "desk" and device.registers), None)


def seat_password(row: PhoneRow) -> str:
    """The password of an empty seat, which only that phone and we know."""
    return hmac.digest(row.secret.encode(), b"seat", "sha256").hex()[:32] if row.secret else ""


def _line(organization: Organization, row: PhoneRow, device: Device, srtp: str) -> dict[str, Any]:
    user = organization.owner(device.name)
    return {
        "username": device.name,
        "password": device.password or seat_password(row),
        "name": user.name if user is not None else device.name,
        "label": (user.extension if user is not None else None) or (user.name if user is not None else device.name),
        "srtp": device.srtp or srtp,
    }


def _server(configuration: Configuration, provisioning: Provisioning, public: str) -> dict[str, Any]:
    """Where to register: as configured, else at the host of our address, where we listen."""
    if provisioning.server:
        transport, _, place = provisioning.server.partition("://")
        host, _, port = place.rpartition(":")
        return {"transport": transport, "host": host, "port": int(port)}
    listen = next((one for one in configuration.server.listen if one.transport in PORTS), None)
    host = urlsplit(public).hostname or ""
    if listen is None:
        return {"transport": "udp", "host": host, "port": PORTS["udp"]}
    return {"transport": listen.transport, "host": host, "port": listen.port}


def _zone(zone: ZoneInfo, now: float) -> dict[str, Any]:
    """A time zone as phones want to know it: its name, and by how much it differs from UTC in winter and summer."""
    today = datetime.fromtimestamp(now, UTC)
    offsets = [zone.utcoffset((today + timedelta(days=30 * month)).astimezone(zone)) for month in range(12)]
    minutes = sorted({int(offset.total_seconds() // 60) for offset in offsets if offset is not None})
    return {"name": zone.key, "minutes": minutes[0], "summer": len(minutes) > 1}
