"""The library of sounds and music, as the snapshot holds it."""

from __future__ import annotations

from collections.abc import Mapping

from pbxd.config.attached import Attached
from pbxd.config.models import sounds as files
from pbxd.org.sounds import LibrarySound, Music


def sounds(models: list[files.Sound], attached: Attached) -> dict[str, LibrarySound]:
    """Sounds, by name."""
    return {
        model.name: LibrarySound(
            name=model.name,
            description=model.description or "",
            files={
                language: str((attached.base / one.file).absolute())
                for language, one in model.languages.items()
                if one.file is not None
            },
            texts={language: one.say for language, one in model.languages.items() if one.say is not None},
        )
        for model in models
    }


def music(models: Mapping[str, files.Music], attached: Attached) -> dict[str, Music]:
    """Music, by name."""
    return {
        name: Music(name=name, files=tuple(str((attached.base / file).absolute()) for file in model.files))
        for name, model in models.items()
    }
