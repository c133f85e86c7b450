"""The library of sounds, for programs: what there is, and the file that callers hear (SND-1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pbxd.errors import PbxdError
from pbxd.media.sounds import File
from pbxd.speech.catalogue import catalogue
from pbxd.speech.library import Library

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.speech.voices import Voices


class SoundOrders:
    """Looks at one configuration."""

    def __init__(self, configuration: Configuration, voices: Voices) -> None:
        self._configuration = configuration
        self._voices = voices
        self._library = Library(configuration.server.data)

    def listed(self, organization: str | None = None) -> dict[str, Any]:
        """Every sound that can be named, by name. Raises :class:`PbxdError`."""
        found = {one["name"]: one for one in self._known(self._within(organization))}
        return {"sounds": [found[name] for name in sorted(found)]}

    async def file(self, name: str, language: str, organization: str | None = None) -> dict[str, Any]:
        """The file that somebody hears who is spoken to in a language; words are spoken first.

        Raises :class:`PbxdError` for what nobody hears.
        """
        within = self._within(organization)
        if language in within.languages and any(one["name"] == name for one in self._known(within)):
            for sound in await self._voices.sounds((name,), language=language, organization=within):
                if isinstance(sound, File):
                    return {"path": sound.path, "sound": f"{name}-{language}"}
        raise PbxdError(f"there is no sound {name} in {language}")

    def _known(self, within: Organization) -> Iterator[dict[str, Any]]:
        """What the system says, then what was uploaded, then what the organization's file has: the last one counts."""
        spoken = list(within.languages)
        for entry in catalogue().messages.values():
            if not entry.gaps:
                languages = [language for language in spoken if language in entry.texts]
                yield _told(entry.id, "system", entry.heard, languages)
        for one in self._library.uploaded(within.name):
            yield _told(one.name, "uploaded", one.description, one.languages)
        for sound in within.sounds.values():
            yield _told(sound.name, "configured", sound.description, (*sound.files, *sound.texts))

    def _within(self, name: str | None) -> Organization:
        organizations = self._configuration.organizations
        if name is None and len(organizations) == 1:
            return next(iter(organizations.values()))
        if name is None:
            raise PbxdError("several organizations have sounds: say which one")
        if name not in organizations:
            raise PbxdError(f"no organization is called {name}")
        return organizations[name]


def _told(name: str, kind: str, description: str, languages: Any) -> dict[str, Any]:
    return {"name": name, "kind": kind, "description": description, "languages": list(languages)}
