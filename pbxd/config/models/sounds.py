"""Words to show and sounds to play."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from pbxd.config.scalars import Language, Name, Text, reading, shown, wrong
from pbxd.config.section import BY_SHAPE, Section

Labels: TypeAlias = dict[Language, Text]
"""A text in each language."""


SUFFIXES = (".wav", ".flac", ".mp3", ".ogg")
"""Of files that are read."""


def _sound_file(text: str) -> str:
    if not text.lower().endswith(SUFFIXES):
        raise wrong(f"`{shown(text)}` is not the name of a sound file", f"one that ends with {', '.join(SUFFIXES)}")
    return text


SoundFile: TypeAlias = Annotated[str, reading("the name of a sound file", _sound_file)]


class Say(Section):
    """Text to speak, in one language or in several."""

    say: Annotated[Text | Labels, BY_SHAPE]


Prompt: TypeAlias = Annotated[Name | Say, BY_SHAPE]
"""The name of a sound, or text to speak."""


class Recording(Section):
    """One language of a sound: text to speak, or a file."""

    say: Text | None = None
    file: SoundFile | None = None

    @model_validator(mode="after")
    def _one(self) -> Recording:
        if (self.say is None) == (self.file is None):
            raise wrong("must have either words to `say` or a `file`", "for example `{say: Welcome.}`")
        return self


class Sound(Section):
    name: Name
    description: Text | None = None
    languages: Annotated[dict[Language, Recording], Field(min_length=1)]


class Music(Section):
    kind: Literal["built-in", "files"] = "files"
    files: list[SoundFile] = []

    @model_validator(mode="after")
    def _some(self) -> Music:
        if (self.kind == "files") != bool(self.files):
            raise wrong("must be `{kind: built-in}` or name `files`", "for example `{files: [music/harbour.flac]}`")
        return self
