"""Words to show and sounds to play."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from pbxd.config.scalars import Language, Name, Text
from pbxd.config.section import BY_SHAPE, Section

Labels: TypeAlias = dict[Language, Text]
"""A text in each language."""


class Say(Section):
    """Text to speak, in one language or in several."""

    say: Annotated[Text | Labels, BY_SHAPE]


Prompt: TypeAlias = Annotated[Name | Say, BY_SHAPE]
"""The name of a sound, or text to speak."""


class Recording(Section):
    """One language of a sound: text to speak, or a file."""

    say: Text | None = None
    file: Text | None = None


class Sound(Section):
    name: Name
    description: Text | None = None
    languages: Annotated[dict[Language, Recording], Field(min_length=1)]


class Music(Section):
    kind: Literal["built-in", "files"] = "files"
    files: list[Text] = []
