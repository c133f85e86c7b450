"""What callers are to hear: a sound of the library by name, or words to speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words by language; under the empty key, words for every language."""

    texts: Mapping[str, str]

    def __str__(self) -> str:
        return f"`{next(iter(self.texts.values()), '')}`"


Prompt: TypeAlias = str | Spoken
