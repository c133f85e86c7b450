"""What callers are to hear: sounds of the library by name, words to speak, and music (SND)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words by language; under the empty key, words for every language."""

    texts: Mapping[str, str]

    def __str__(self) -> str:
        return f"`{next(iter(self.texts.values()), '')}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class LibrarySound:
    """A sound of the organization's library, in one or several languages: of each a file or words."""

    name: str
    description: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    """Absolute paths, by language."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What is spoken, by language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Music:
    """What those hear who wait."""

    name: str
    files: tuple[str, ...] = ()
    """Absolute paths, played one after the other and again; none: pbxd's own piece of that name."""


Prompt: TypeAlias = str | Spoken
