"""Mitel 68xx, once Aastra: lists of settings, ``aastra.cfg`` for all and ``MAC.cfg`` for each; the book is XML."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from pbxd.provisioning.family import MAC, Family, Settings

LANGUAGES: Final = {
    "da": "lang_da.txt",
    "sv": "lang_sv.txt",
    "nb": "lang_no.txt",
    "no": "lang_no.txt",
    "fi": "lang_fi.txt",
    "de": "lang_de.txt",
    "nl": "lang_nl_nl.txt",
    "fr": "lang_fr.txt",
    "es": "lang_es.txt",
    "it": "lang_it.txt",
    "pt": "lang_pt.txt",
}
"""Files that come with the firmware; English needs none."""
TONES: Final = {"DE": "Germany", "FR": "France", "IT": "Italy", "GB": "UK", "US": "US", "AU": "Australia"}
TRANSPORTS: Final = {"udp": 1, "tcp": 2, "tls": 4}
SRTP: Final = {"offer": 1, "require": 2}
PORTS: Final = {"http": 80, "https": 443}
PAGE: Final = 30
"""Items that a menu on the display may have."""


def _values(settings: Settings) -> dict[str, Any]:
    address, zone = urlsplit(settings["url"]), settings["zone"]
    city = zone["name"].rpartition("/")[2]
    return {
        "scheme": address.scheme,
        "host": address.hostname or "",
        "port": address.port or PORTS.get(address.scheme, 80),
        "path": address.path.lstrip("/"),
        "language_file": LANGUAGES.get(settings["language"], ""),
        "tones": TONES.get(settings["country"], "Europe"),
        "zone_name": f"{settings['country']}-{city}",
        "transport": TRANSPORTS[settings["server"]["transport"]],
        "srtp": [SRTP.get(line["srtp"], 0) for line in settings["lines"]],
        "key_types": [_type(key, settings["bank"]) for key in settings["function_keys"]],
    }


def _type(key: dict[str, Any], bank: str) -> str:
    """What a key is called: codes are dialled like numbers, and only some keys have a lamp."""
    match key["does"]:
        case "line":
            return "line"
        case "blf" if bank in ("prgkey", "topsoftkey"):
            return "blf"
        case _:
            return "speeddial"


MITEL: Final = Family(
    name="mitel",
    template="mitel.cfg.j2",
    files=(
        (rf"{MAC}\.cfg", "settings"),
        (r"aastra\.cfg", "common"),
        (r"directory\.xml", "book"),
        (rf"(?:[0-9]{{4}}i?|startup|security|{MAC})\.(?:cfg|tuz|st)", "nothing"),
        (r"(?:aastra|security)\.tuz", "nothing"),
    ),
    agent=re.compile(r"(?:Aastra|Mitel)\s?(?P<model>[0-9]{4})i? MAC:[0-9A-Fa-f-]{17} V:(?P<firmware>[0-9.]{1,30})"),
    values=_values,
    media_type="text/plain; charset=utf-8",
    page=PAGE,
)
