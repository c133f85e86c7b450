"""The library of sounds in itself."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.config.checks.once import Once
from pbxd.config.judging import File
from pbxd.config.models.organization import Organization
from pbxd.errors import ConfigProblem
from pbxd.speech.music import PIECES


def check_sounds(file: File[Organization]) -> Iterator[ConfigProblem]:
    """Each sound once, in languages that callers are spoken to in, and music that pbxd has."""
    names, languages = Once("sound"), file.model.languages
    for index, sound in enumerate(file.model.sounds):
        yield from names.take(file, sound.name, ("sounds", index, "name"))
        for language in sound.languages:
            if language not in languages:
                path = ("sounds", index, "languages", language)
                listed = f"one of {', '.join(languages)}"
                yield file.problem(path, f"`{language}` is not among the organization's languages", listed)
    for name, music in file.model.music.items():
        if music.kind == "built-in" and name not in PIECES:
            listed = f"there are {' and '.join(PIECES)}"
            yield file.problem(("music", name), f"pbxd has no piece of music called `{name}`", listed)
