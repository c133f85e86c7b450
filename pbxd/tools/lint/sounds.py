"""``unknown-sound``: callers would hear a tone instead of words. ``unheard-sound``: a file that nobody will hear.

``prompt-missing-language`` for sounds that were uploaded.
"""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.config.checks.references import sounds_named
from pbxd.config.hints import nearest
from pbxd.speech.catalogue import catalogue
from pbxd.speech.library import Library
from pbxd.tools.lint.subject import Finding, Subject


def check(subject: Subject) -> Iterator[Finding]:
    """The sounds that an organization names, and those that it has."""
    yield from _named(subject)
    messages = catalogue().messages
    for index, sound in enumerate(subject.file.model.sounds):
        for language, recording in sound.languages.items():
            if sound.name in messages and messages[sound.name].gaps and recording.file is not None:
                gaps = ", ".join(sorted(messages[sound.name].gaps))
                yield Finding(
                    kind="unheard-sound",
                    severity="warning",
                    path=("sounds", index, "languages", language, "file"),
                    message=f"{sound.name} is said with {gaps}, so a file can't say it",
                    hint="write the words to `say`, with the same gaps in braces",
                )


def _named(subject: Subject) -> Iterator[Finding]:
    model, wanted = subject.file.model, subject.organization.languages
    own = {sound.name for sound in model.sounds}
    system = {entry.id for entry in catalogue().messages.values() if not entry.gaps}
    library = Library(subject.configuration.server.data)
    uploaded = {sound.name: sound.languages for sound in library.uploaded(subject.organization.name)}
    for name, path in sounds_named(model):
        if name in own or name in system:
            continue
        if name not in uploaded:
            hint = nearest(name, {*own, *system, *uploaded})
            message = f"there is no sound called `{name}`"
            yield Finding(kind="unknown-sound", severity="error", path=path, message=message, hint=hint)
        elif missing := [language for language in wanted if language not in uploaded[name]]:
            yield Finding(
                kind="prompt-missing-language",
                severity="warning",
                path=path,
                message=f"the sound {name} is missing in {', '.join(missing)}",
                hint="callers hear another language instead",
            )
