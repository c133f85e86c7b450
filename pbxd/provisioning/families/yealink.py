"""Yealink: lists of settings, ``y0000000000xx.cfg`` for all of a model and ``mac.cfg`` for each; the book is XML."""

from __future__ import annotations

import re
from typing import Any, Final

from pbxd.provisioning.family import MAC, Family, Settings

LANGUAGES: Final = {
    "en": "English",
    "da": "Danish",
    "sv": "Swedish",
    "nb": "Norwegian",
    "no": "Norwegian",
    "fi": "Finnish",
    "de": "German",
    "nl": "Dutch",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pl": "Polish",
    "pt": "Portuguese",
}
TONES: Final = {"DK": "Denmark", "SE": "Sweden", "NO": "Norway", "FI": "Finland", "DE": "Germany"} | {
    "GB": "Great Britain",
    "NL": "Netherlands",
    "FR": "France",
    "ES": "Spain",
    "IT": "Italy",
    "AT": "Austria",
    "US": "United States",
}
TRANSPORTS: Final = {"udp": 0, "tcp": 1, "tls": 2}
SRTP: Final = {"offer": 1, "require": 2}
LINE, SPEED_DIAL, BLF = 15, 13, 16
"""Types of keys."""
TYPES: Final = {"line": LINE, "blf": BLF}


def _values(settings: Settings) -> dict[str, Any]:
    zone = settings["zone"]
    hours, minutes = divmod(abs(zone["minutes"]), 60)
    sign = "-" if zone["minutes"] < 0 else "+"
    return {
        "language_name": LANGUAGES.get(settings["language"], "English"),
        "tones": TONES.get(settings["country"], ""),
        "offset": f"{sign}{hours}" + (f":{minutes:02}" if minutes else ""),
        "summer_time": 2 if zone["summer"] else 0,
        "transport": TRANSPORTS[settings["server"]["transport"]],
        "srtp": [SRTP.get(line["srtp"], 0) for line in settings["lines"]],
        "key_types": [TYPES.get(key["does"], SPEED_DIAL) for key in settings["function_keys"]],
    }


YEALINK: Final = Family(
    name="yealink",
    template="yealink.cfg.j2",
    files=(
        (rf"{MAC}\.cfg", "settings"),
        (r"y[0-9]{12}\.cfg", "common"),
        (r"book\.xml", "book"),
        (rf"(?:{MAC}|y[0-9]{{12}})\.boot", "nothing"),
        (rf"{MAC}-(?:local|all|contact|calllog)\.(?:cfg|xml)", "nothing"),
    ),
    agent=re.compile(
        r"Yealink (?:SIP-)?(?P<model>[A-Z]{1,2}[0-9]{2,3}[A-Z]{0,2}) (?P<firmware>[0-9.]{1,30})", re.IGNORECASE
    ),
    values=_values,
    media_type="text/plain; charset=utf-8",
)
