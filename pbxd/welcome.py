"""What a newcomer needs to know to place a first call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from pbxd.config.snapshot import Configuration
from pbxd.org.organization import Organization
from pbxd.org.users import Device, User

PHONES = 20
"""Of each organization that are listed."""

_WILDCARDS = {"0.0.0.0": "any address of this machine", "::": "any address of this machine"}  # noqa: S104 - names them


def welcome_text(configuration: Configuration, *, command: str) -> str:
    """Which phones can register where and with which secrets, which numbers to dial, and how to stop.

    For the example configuration, whose secrets are no secrets; for a terminal and never for a log. ``command`` is
    how pbxd is called here.
    """
    where = ", ".join(
        f"{_WILDCARDS.get(listen.host, listen.host)} port {listen.port} ({listen.transport})"
        for listen in configuration.server.listen
    )
    lines = [
        "",
        f"pbxd answers at {where}.",
        "Give a phone that address as its proxy (or outbound proxy), and one of these accounts.",
        "",
    ]
    for organization in configuration.organizations.values():
        lines += [*_organization(organization), ""]
    lines += [
        f"See what is going on: {command} status --config {configuration.path}",
        f"After changing files in {configuration.path.parent}: {command} reload --config {configuration.path}",
        "Stop: Ctrl-C. Every event is a line on standard error.",
        "",
    ]
    return "\n".join(lines)


def _organization(organization: Organization) -> Iterator[str]:
    phones = [(user, device) for user in organization.users.values() for device in user.devices if device.registers]
    yield f"{organization.title}, domain {organization.domain}"
    yield ""
    yield from _table([("account", "password", "person", "rings when you dial"), *map(_phone, islice(phones, PHONES))])
    if len(phones) > PHONES:
        yield f"    and {len(phones) - PHONES} more"


def _phone(phone: tuple[User, Device]) -> tuple[str, str, str, str]:
    user, device = phone
    numbers = dict.fromkeys(number for line in user.lines for number in (line.alias, line.number) if number)
    return device.name, device.password, user.name, " or ".join(numbers)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
