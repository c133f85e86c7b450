"""Public holidays and half days of countries, as plain dates (TIME-1, TIME-4).

They come from the ``holidays`` library, which takes a tenth of a second and ten megabytes to import: only reading a
configuration does so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

HALF = {"DK": "optional", "SE": "bank", "US": "half_day"}
"""The library's name for the days of which only the morning is worked, where it knows them."""
FREE = {"SE": "de_facto"}
"""Days that are no public holidays, and on which hardly anybody works."""
EVES = {
    "NO": ("Julaften", "Nyttårsaften"),
    "DE": ("Heiligabend", "Silvester"),
    "GB": ("Christmas Eve", "New Year's Eve"),
}
"""Half days that the library does not know: those of 24 and 31 December."""
ENGLISH = "en_US"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    day: date
    name: str
    """In English, where that is known."""
    names: frozenset[str]
    """In English and in the country's language, lower case."""
    half: bool = False
    """Whether the morning is worked."""
    public: bool = True


def is_known(country: str, region: str | None = None) -> bool:
    """Whether there are holidays of the country (ISO 3166), and of its region where one is given."""
    from holidays import list_supported_countries

    regions = list_supported_countries(include_aliases=True).get(country)
    return regions is not None and (region is None or region in regions)


@lru_cache(64)
def holidays_of(country: str, region: str | None, first: int, last: int) -> tuple[Holiday, ...]:
    """All that is known, from the ``first`` to the ``last`` year. Raises :class:`KeyError` for unknown countries."""
    if not is_known(country, region):
        raise KeyError(country)
    years = range(first, last + 1)
    found: dict[tuple[date, str], Holiday] = {}
    # A day that is more than one of these is the first of them: Swedes work no morning of Christmas Eve.
    for category, half in (("public", False), (FREE.get(country), False), (HALF.get(country), True)):
        if category is not None:
            for one in _of_category(country, region, years, category, half=half):
                found.setdefault((one.day, one.name), one)
    for name, day in zip(EVES.get(country, ()), (24, 31), strict=False):
        for year in years:
            eve = Holiday(day=date(year, 12, day), name=name, names=frozenset({name.lower()}), half=True, public=False)
            found.setdefault((eve.day, name), eve)
    return tuple(sorted(found.values(), key=lambda one: one.day))


def _of_category(country: str, region: str | None, years: range, category: str, *, half: bool) -> Iterator[Holiday]:
    own, english = (_named(country, region, years, category, language) for language in (None, ENGLISH))
    for day, text in own.items():
        names, in_english = _split(text), _split(english.get(day, text))
        yield Holiday(
            day=day,
            name=in_english[0],
            names=frozenset(name.lower() for name in names + in_english),
            half=half,
            public=category == "public",
        )


def _named(country: str, region: str | None, years: range, category: str, language: str | None) -> HolidayBase:
    from holidays import country_holidays

    if language is None:
        # Otherwise the library takes the language of whoever runs the program.
        language = country_holidays(country).default_language
    return country_holidays(country, subdiv=region, years=years, categories=(category,), language=language)


def _split(text: str) -> list[str]:
    """The names of a day that has several, without remarks such as ``(from 2pm)``."""
    return [re.sub(r"\s*\([^)]*\)$", "", name.strip()) for name in text.split(";")]
