"""Snom: one XML document with settings, function keys and firmware, and another one with the phone book."""

from __future__ import annotations

import re
from typing import Any, Final

from pbxd.provisioning.family import MAC, Family, Settings

LANGUAGES: Final = {
    "en": "English",
    "da": "Dansk",
    "sv": "Svenska",
    "nb": "Norsk",
    "no": "Norsk",
    "fi": "Suomi",
    "de": "Deutsch",
    "nl": "Nederlands",
    "fr": "Francais",
    "es": "Espanol",
    "it": "Italiano",
    "pl": "Polski",
    "pt": "Portugues",
}
TONES: Final = {"DK": "DNK", "SE": "SWE", "NO": "NOR", "FI": "FIN", "DE": "GER", "GB": "GBR", "NL": "NLD"} | {
    "FR": "FRA",
    "ES": "ESP",
    "IT": "ITA",
    "CH": "SWI",
    "AT": "AUT",
    "US": "USA",
}
ZONES: Final = {
    "Europe/Copenhagen": "DNK+1",
    "Europe/Stockholm": "SWE+1",
    "Europe/Oslo": "NOR+1",
    "Europe/Helsinki": "FIN+2",
    "Europe/Berlin": "GER+1",
    "Europe/Amsterdam": "NLD+1",
    "Europe/London": "GBR-0",
    "Europe/Dublin": "IRL-0",
    "Europe/Paris": "FRA+1",
    "Europe/Madrid": "ESP+1",
    "Europe/Rome": "ITA+1",
    "Europe/Warsaw": "POL+1",
    "Europe/Vienna": "AUT+1",
    "Europe/Zurich": "CHE+1",
    "Europe/Brussels": "BEL+1",
}
CODECS: Final = {"g722": "g722", "pcma": "pcma", "pcmu": "pcmu", "opus": "opus"}


def _values(settings: Settings) -> dict[str, Any]:
    server, zone = settings["server"], settings["zone"]
    return {
        "language_name": LANGUAGES.get(settings["language"], "English"),
        "tones": TONES.get(settings["country"], ""),
        "zone_name": ZONES.get(zone["name"], ""),
        "utc_offset": zone["minutes"] * 60,
        "codec_list": ",".join([*(CODECS[one] for one in settings["codecs"]), "telephone-event"]),
        "outbound": f"{server['host']}:{server['port']};transport={server['transport']}",
        "key_values": [_key(key, settings) for key in settings["function_keys"]],
    }


def _key(key: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Its type and value in one, as a ``fkey`` wants it."""
    context = str(key["line"]) if key["does"] == "line" else "active"
    match key["does"]:
        case "line":
            value = "line"
        case "blf":
            value = f"blf sip:{key['dial']}@{settings['domain']};user=phone|{key['pickup']}"
        case _:
            value = f"speed {key['dial']}"
    return {"context": context, "label": key["label"], "value": value}


SNOM: Final = Family(
    name="snom",
    template="snom.xml.j2",
    files=(
        (rf"(?:snom[A-Za-z0-9]{{1,20}}-)?{MAC}\.(?:xml|html?)", "settings"),
        (r"(?:snom[A-Za-z0-9]{1,20}|settings)\.(?:xml|html?)", "common"),
        (r"book\.xml", "book"),
    ),
    agent=re.compile(r"snom(?P<model>[A-Za-z0-9]{2,20})-SIP (?P<firmware>[0-9.]{1,30})"),
    values=_values,
)
