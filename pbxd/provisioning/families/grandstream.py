"""Grandstream: XML with numbered settings, ``cfgMAC.xml`` for each phone; the phone book is XML as well."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from pbxd.provisioning.family import MAC, Family, Settings

TRANSPORTS: Final = {"udp": 0, "tcp": 1, "tls": 2}
SRTP: Final = {"offer": 1, "require": 2}
UPGRADE_BY: Final = {"http": 1, "https": 2}
BOOK_BY: Final = {"http": 1, "https": 3}
LANGUAGES: Final = frozenset({"en", "da", "sv", "nb", "fi", "de", "nl", "fr", "es", "it", "pl", "pt"})

ACCOUNTS: Final = (
    {
        "active": 271,
        "name": 270,
        "server": 47,
        "proxy": 48,
        "user": 35,
        "auth": 36,
        "password": 34,
        "display": 3,
        "expires": 32,
        "transport": 130,
        "voicemail": 33,
        "srtp": 183,
    },
    *(
        {
            "active": 100 * (index + 3) + 1,
            "name": 100 * (index + 3) + 17,
            "server": 100 * (index + 3) + 2,
            "proxy": 100 * (index + 3) + 3,
            "user": 100 * (index + 3) + 4,
            "auth": 100 * (index + 3) + 5,
            "password": 100 * (index + 3) + 6,
            "display": 100 * (index + 3) + 7,
            "expires": 100 * (index + 3) + 12,
            "transport": 100 * (index + 3) + 48,
            "voicemail": 100 * (index + 3) + 26,
            "srtp": 100 * (index + 3) + 43,
        }
        for index in (1, 2)
    ),
)
"""The numbers of what an account is made of, for the first three."""
LINE, SPEED_DIAL, BLF = 0, 10, 11
"""Modes of keys."""
MODES: Final = {"line": LINE, "blf": BLF}


def _values(settings: Settings) -> dict[str, Any]:
    address, server = urlsplit(settings["url"]), settings["server"]
    scheme = address.scheme if address.scheme in UPGRADE_BY else "http"
    return {
        "upgrade_by": UPGRADE_BY[scheme],
        "book_by": BOOK_BY[scheme],
        "path": f"{address.netloc}{address.path}",
        "language_name": settings["language"] if settings["language"] in LANGUAGES else "en",
        "posix_zone": _posix(settings["zone"]),
        "parameters": [*_accounts(settings, server), *_keys(settings)],
    }


def _accounts(settings: Settings, server: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for index, numbers in enumerate(ACCOUNTS):
        line = settings["lines"][index] if index < len(settings["lines"]) else None
        if line is None:
            found += [(f"P{numbers['active']}", 0), (f"P{numbers['user']}", ""), (f"P{numbers['password']}", "")]
            continue
        said = {
            "active": 1,
            "name": line["label"],
            "server": settings["domain"],
            "proxy": f"{server['host']}:{server['port']}",
            "user": line["username"],
            "auth": line["username"],
            "password": line["password"],
            "display": line["name"],
            "expires": settings["expires"] // 60,
            "transport": TRANSPORTS[server["transport"]],
            "voicemail": settings["voicemail"],
            "srtp": SRTP.get(line["srtp"], 0),
        }
        found += [(f"P{numbers[what]}", value) for what, value in said.items()]
    return found


def _keys(settings: Settings) -> list[tuple[str, Any]]:
    """The virtual keys, from the one after those of the lines on."""
    found: list[tuple[str, Any]] = []
    rows = [
        {"mode": LINE, "account": index, "label": line["label"], "value": ""} for index, line in _numbered(settings)
    ]
    rows += [
        {
            "mode": MODES.get(key["does"], SPEED_DIAL),
            "account": key["line"] - 1,
            "label": key["label"],
            "value": key["dial"],
        }
        for key in settings["function_keys"]
    ]
    for at, row in enumerate(rows):
        found += [
            (f"P{1363 + 2 * at}", row["mode"]),
            (f"P{1364 + 2 * at}", row["account"]),
            (f"P{1465 + 2 * at}", row["label"]),
            (f"P{1466 + 2 * at}", row["value"]),
        ]
    return found


def _numbered(settings: Settings) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(settings["lines"]))


def _posix(zone: dict[str, Any]) -> str:
    """``MTZ-1MDT-2,M3.5.0,M10.5.0``: in POSIX' way west is positive; only Europe's summer is known here."""
    hours, minutes = divmod(abs(zone["minutes"]), 60)
    west = "" if zone["minutes"] < 0 else "-"
    standard = f"MTZ{west}{hours}" + (f":{minutes:02}" if minutes else "")
    if not (zone["summer"] and zone["name"].startswith("Europe/")):
        return standard
    summer = -(zone["minutes"] + 60) // 60
    return f"{standard}MDT{summer:+d},M3.5.0,M10.5.0".replace("+0", "0")


GRANDSTREAM: Final = Family(
    name="grandstream",
    template="grandstream.xml.j2",
    files=(
        (rf"cfg{MAC}\.xml", "settings"),
        (r"cfg(?:[a-z]{2,4}[0-9]{3,4}w?)?\.xml", "common"),
        (r"phonebook\.xml", "book"),
        (rf"cfg{MAC}|cfg[a-z]{{2,4}}[0-9]{{3,4}}w?", "nothing"),
    ),
    agent=re.compile(
        r"Grandstream Model HW (?P<model>[A-Za-z]{2,4}[0-9]{3,4}[A-Z]?).{0,20}? SW (?P<firmware>[0-9.]{1,30})"
    ),
    values=_values,
)
