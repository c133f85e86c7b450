"""What a family of phones is to us: which files it asks for, what it says of itself, and how its values are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Kind: TypeAlias = Literal["settings", "common", "book", "nothing"]
"""A phone's own file, one that all get alike, the phone book, and what the family asks for and we don't have."""
Settings: TypeAlias = Mapping[str, Any]
"""As :func:`pbxd.phones.settings.settings` makes them."""
Entries: TypeAlias = Sequence[tuple[str, Sequence[str]]]
"""Of the phone book: a name, and numbers."""

MAC: Final = r"(?P<mac>[0-9A-Fa-f]{12})"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file name stands for."""

    kind: Kind
    mac: str = ""
    """Lower case, with colons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family. ``template`` holds the macros ``settings``, ``common`` and ``book``."""

    name: str
    template: str
    files: Sequence[tuple[str, Kind]]
    """Patterns of whole file names, and what they stand for; the first that fits counts."""
    agent: re.Pattern[str]
    """Finds ``model`` and ``firmware`` in the User-Agent of a phone."""
    values: Callable[[Settings], dict[str, Any]]
    """What the template needs besides the settings, in the vendor's words."""
    media_type: str = "application/xml"
    page: int | None = None
    """Entries of the phone book that go into one answer; ``None``: all of them."""

    def wanted(self, file: str) -> Wanted | None:
        """What a file name stands for; ``None``: nothing that this family asks for."""
        for pattern, kind in self.files:
            found = re.fullmatch(pattern, file)
            if found is not None:
                digits = found.groupdict().get("mac") or ""
                return Wanted(kind, mac_with_colons(digits.lower()) if digits else "")
        return None

    def model(self, agent: str) -> tuple[str, str]:
        """Model and firmware, as the phone names itself; empty where it does not."""
        found = self.agent.search(agent[:300])
        return (f"{self.name}-{found['model']}", found["firmware"]) if found is not None else ("", "")


def mac_with_colons(digits: str) -> str:
    """``000413aabb01`` as ``00:04:13:aa:bb:01``."""
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def bare(mac: str) -> str:
    """The other way round."""
    return mac.replace(":", "")
