"""``/sounds``: the library of sounds, listened to in place (SND-1). For administrators; nothing is changed here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import FileResponse

from pbxd.api.rest.access import Access, Grant
from pbxd.api.rest.answers import NAME, Given, Organization, asked, responses
from pbxd.api.sounds import DESCRIBED, sound
from pbxd.api.upstream import Upstream

SoundName = Annotated[str, InPath(pattern=NAME)]
Language = Annotated[str, InPath(pattern=r"^[a-z]{2,3}$", description="Of who listens.")]


class Sound(Given):
    name: str
    kind: Literal["system", "uploaded", "configured"]
    description: str
    languages: list[str]


class Sounds(Given):
    sounds: list[Sound]


def routes(upstream: Upstream, access: Access) -> APIRouter:
    """The routes; plain functions, which run in a thread each."""
    router = APIRouter(prefix="/sounds", tags=["sounds"])

    @router.get("", responses=responses(409))
    def sounds(organization: Organization = None, grant: Grant = access.needs("sounds:read")) -> Sounds:
        """Everything that a menu, a queue or a rule can name."""
        within = grant.within(organization)
        return Sounds.model_validate(asked(lambda: upstream.order("sounds", organization=within)))

    @router.get("/{name}/{language}", response_class=FileResponse, responses=DESCRIBED | responses())
    def heard(
        name: SoundName,
        language: Language,
        organization: Organization = None,
        grant: Grant = access.needs("sounds:read"),
    ) -> FileResponse:
        """What a caller hears who is spoken to in that language."""
        within = grant.within(organization)
        found = asked(lambda: upstream.order("sound", name=name, language=language, organization=within), 404)
        return sound(Path(found["path"]), found["sound"])

    return router
