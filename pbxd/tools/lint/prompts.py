"""``prompt-missing-language``: words that are there in some of the organization's languages, and not in all."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from pbxd.config.models.sounds import Say
from pbxd.config.source import Path
from pbxd.speech.languages import LANGUAGES
from pbxd.speech.wording import spoken_by_us
from pbxd.tools.lint.subject import Finding, Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Sounds, and words to speak, that some callers would not understand."""
    model = subject.file.model
    wanted = subject.organization.languages
    for index, sound in enumerate(model.sounds):
        yield from _missing(("sounds", index), f"sound {sound.name}", sound.languages, wanted)
    for section in ("ivrs", "auto_attendants", "queues", "group_mailboxes"):
        for index, service in enumerate(getattr(model, section)):
            for path, say in _spoken(service, (section, index)):
                yield from _missing(path, f"a prompt of {service.name}", say, wanted)
    for index, language in enumerate(wanted):
        if language not in LANGUAGES:
            yield Finding(
                kind="prompt-missing-language",
                severity="warning",
                path=("languages", index),
                message=f"pbxd's own messages are not there in {language}",
                hint=f"callers hear them in {spoken_by_us(language, wanted)} instead",
            )


def _missing(path: Path, what: str, given: object, wanted: tuple[str, ...]) -> Iterator[Finding]:
    missing = [language for language in wanted if isinstance(given, dict) and language not in given]
    if missing:
        yield Finding(
            kind="prompt-missing-language",
            severity="warning",
            path=path,
            message=f"{what} is missing in {', '.join(missing)}",
            hint=f"callers hear {next(iter(given), 'nothing')} instead" if isinstance(given, dict) else "",
        )


def _spoken(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    """Words to speak anywhere in a section."""
    match value:
        case Say(say=say):
            yield path, say
        case BaseModel():
            for name, field in type(value).model_fields.items():
                yield from _spoken(getattr(value, name), (*path, field.alias or name))
        case list():
            for index, item in enumerate(value):
                yield from _spoken(item, (*path, index))
        case dict():
            for key, item in value.items():
                yield from _spoken(item, (*path, key))
