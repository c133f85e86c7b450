"""``/recordings``: which calls were recorded, and their files (CALL-8). For administrators; nothing is changed here."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from pbxd.api.rest.access import Access, Grant
from pbxd.api.rest.answers import Given, Organization, asked, responses
from pbxd.api.rest.database import archived
from pbxd.api.sounds import DESCRIBED, sound
from pbxd.api.upstream import Upstream
from pbxd.store.rows import RecordingRow

RecordingId = Annotated[str, InPath(pattern=r"^[0-9a-f]{1,16}-[0-9a-f]{1,16}-[0-9]{1,6}$")]
CallName = Annotated[str | None, Query(pattern=r"^[0-9a-f]{1,16}-[0-9a-f]{1,16}$", description="Of this call only.")]


class Recording(Given):
    id: str
    organization: str
    call: str
    caller: str
    callee: str
    begun: float
    ended: float | None
    seconds: float
    expires: float


class Recordings(Given):
    recordings: list[Recording]


def routes(upstream: Upstream, access: Access) -> APIRouter:
    """The routes. They read the database themselves: the process of the calls has nothing to do with it."""
    router = APIRouter(prefix="/recordings", tags=["recordings"])

    @router.get("", responses=responses())
    async def recordings(
        call: CallName = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        organization: Organization = None,
        grant: Grant = access.needs("recordings:read"),
    ) -> Recordings:
        """Recorded calls, the newest first; the caller is the left channel."""
        within = grant.within(organization)
        place = await run_in_threadpool(asked, lambda: upstream.ask("access"))
        rows = await archived(
            place["database"], lambda archive: archive.recordings(organization=within, call=call, limit=limit)
        )
        return Recordings(recordings=[_given(row) for row in rows])

    @router.get("/{recording}", responses=responses())
    async def recording(
        recording: RecordingId, organization: Organization = None, grant: Grant = access.needs("recordings:read")
    ) -> Recording:
        """One of them."""
        place = await run_in_threadpool(asked, lambda: upstream.ask("access"))
        return _given(await _row(place, recording, grant.within(organization)))

    @router.get("/{recording}/sound", response_class=FileResponse, responses=DESCRIBED | responses(409))
    async def heard(
        recording: RecordingId, organization: Organization = None, grant: Grant = access.needs("recordings:read")
    ) -> FileResponse:
        """Its sound, once it has ended."""
        place = await run_in_threadpool(asked, lambda: upstream.ask("access"))
        row = await _row(place, recording, grant.within(organization))
        if row.ended is None:
            raise HTTPException(409, "it goes on")
        return await run_in_threadpool(sound, Path(place["recordings"]) / row.path, row.id)

    return router


async def _row(place: dict[str, Any], name: str, within: str | None) -> RecordingRow:
    row = await archived(place["database"], lambda archive: archive.recording(name))
    if row is None or within not in (None, row.organization):
        raise HTTPException(404, f"no recording is called {name}")
    return row


def _given(row: RecordingRow) -> Recording:
    return Recording.model_validate(asdict(row))
