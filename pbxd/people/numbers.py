"""Numbers as people and other programs write them."""

from __future__ import annotations

from typing import Final

import phonenumbers

_SEPARATORS: Final = str.maketrans("", "", " -.()/\u00a0\u2011\u2013")


def canonical(text: str, country: str | None) -> str:
    """The number as the configuration has it: E.164 with ``+`` where it is a national one of ``country``.

    What is no number, or none that the country has, stays without separators, for the check to tell.
    """
    compact = text.replace("(0)", "").translate(_SEPARATORS)
    if not compact or compact.startswith("+") or country is None:
        return compact
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return compact
    if phonenumbers.is_valid_number(parsed):
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return compact
