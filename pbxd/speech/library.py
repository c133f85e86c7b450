"""Sound files that people have made: uploaded ones of an organization, and recordings in place of system prompts.

They lie below the directory of :data:`data`: ``sounds/ORGANIZATION/NAME/LANGUAGE.flac`` with ``about.txt``, a
description, beside them; and ``prompts/LANGUAGE/MESSAGE.wav``, or with another suffix.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUFFIXES: Final = (".wav", ".flac", ".mp3", ".ogg")
STORED: Final = ".flac"
"""What an uploaded file is made."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_ABOUT: Final = "about.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A sound that was uploaded, or recorded by phone."""

    name: str
    description: str
    languages: tuple[str, ...]


def check(name: str, language: str) -> None:
    """Raises :class:`ValueError` where a sound can't be called so, or the language is none."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"`{name}` is not a name of letters, digits, `.`, `_` and `-`")
    if not _LANGUAGE.fullmatch(language):
        raise ValueError(f"`{language}` is not a language")


class Library:
    """What is on disk now: a file that comes or goes counts from the next call on."""

    def __init__(self, data: Path) -> None:
        self._sounds = data / "sounds"
        self._prompts = data / "prompts"

    def sound(self, organization: str, name: str, language: str) -> Path | None:
        """The file of an uploaded sound."""
        path = self._place(organization, name) / f"{language}{STORED}"
        return path if path.exists() else None

    def recorded(self, message: str, language: str) -> Path | None:
        """The recording that is played in place of a system prompt."""
        found = (self._prompts / language / f"{message}{suffix}" for suffix in SUFFIXES)
        return next((path for path in found if path.exists()), None)

    def uploaded(self, organization: str) -> Iterator[Uploaded]:
        """What an organization has, by name."""
        here = self._sounds / organization
        for place in sorted(here.iterdir()) if here.is_dir() else ():
            if _NAME.fullmatch(place.name):
                languages = sorted(path.stem for path in place.glob(f"*{STORED}") if _LANGUAGE.fullmatch(path.stem))
                about = place / _ABOUT
                description = about.read_text("utf-8") if about.exists() else ""
                yield Uploaded(name=place.name, description=description, languages=tuple(languages))

    def put(self, organization: str, name: str, language: str, description: str | None = None) -> Path:
        """Where to put the file of a sound. ``description`` of ``None`` leaves the one that it has.

        Raises :class:`ValueError` for a name that is none, and :class:`OSError`.
        """
        check(name, language)
        place = self._place(organization, name)
        place.mkdir(parents=True, exist_ok=True)
        if description is not None:
            (place / _ABOUT).write_text(description, "utf-8")
        return place / f"{language}{STORED}"

    def remove(self, organization: str, name: str, language: str | None = None) -> bool:
        """Remove one language of a sound, or all of it; whether it was there. Raises :class:`OSError`."""
        place = self._place(organization, name)
        if language is not None:
            path = place / f"{language}{STORED}"
            there = path.exists()
            path.unlink(missing_ok=True)
            if any(place.glob(f"*{STORED}")) or not there:
                return there
        if not _NAME.fullmatch(name) or not place.is_dir():
            return False
        shutil.rmtree(place)
        return True

    def _place(self, organization: str, name: str) -> Path:
        return self._sounds / organization / name
