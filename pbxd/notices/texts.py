"""What notices say, in the languages that there are texts for: ``wordings/en.toml`` and its neighbours."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib import resources
from string import Formatter

LANGUAGES = ("en", "da", "sv")
"""The first is for all others."""


class Texts:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._texts = _catalogue(self.language)

    def say(self, name: str, /, **values: str) -> str:
        """The text ``voicemail.subject`` with ``values`` in it; a line whose value is empty is left out.

        Values are put in as they are, and never read as a template themselves.
        """
        values = {key: one_line(value) for key, value in values.items()}
        section, _, key = name.partition(".")
        lines = self._texts[section][key].strip("\n").split("\n")
        return "\n".join(line.format_map(values) for line in lines if all(values[one] for one in _names(line)))

    def moment(self, at: float, zone: tzinfo) -> str:
        """Day and time as people of the language write them."""
        return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime(self._texts["forms"]["moment"])


def one_line(text: str) -> str:
    """Text without line ends and the like: callers' names come from the network, and must add no line of their own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def length(seconds: float) -> str:
    """``0:42``, ``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@cache
def _catalogue(language: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("wordings", f"{language}.toml").read_text("utf-8"))


@cache
def _names(line: str) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in Formatter().parse(line) if name)
