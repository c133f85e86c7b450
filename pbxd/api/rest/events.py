"""``/events``: what happens, as it happens, as server-sent events (API-3)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, HTTPException, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from pbxd.api.rest.access import Access, Grant
from pbxd.api.rest.answers import Organization, responses
from pbxd.api.streaming import Entry, Stream
from pbxd.api.upstream import Upstream
from pbxd.events.outward import OUTWARD

STREAM: Final = "text/event-stream"
DESCRIBED: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {STREAM: {"schema": {"type": "string"}}}}}
Last = Annotated[str, Header(alias="Last-Event-ID", max_length=100, description="Go on after this one.")]
Kinds = Annotated[
    str,
    Query(max_length=1000, pattern=r"^([a-z-]+(,[a-z-]+)*)?$", description="Names, with commas; all, if left out."),
]


class EventStream(StreamingResponse):
    """An answer that goes on (HTML, 9.2)."""

    media_type = STREAM


def routes(upstream: Upstream, access: Access) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/events", tags=["events"])
    stream = Stream(upstream)

    @router.get("", response_class=EventStream, responses=DESCRIBED | responses())
    async def events(
        last: Last = "",
        events: Kinds = "",
        organization: Organization = None,
        grant: Grant = access.needs("events:read"),
    ) -> EventStream:
        """Events, as they happen, until who asks closes the connection."""
        within = grant.within(organization)
        kinds = frozenset(events.split(",")) if events else frozenset(OUTWARD)
        unknown = sorted(kinds - OUTWARD.keys())
        if unknown:
            raise HTTPException(422, f"no events are called {', '.join(unknown)}")
        if stream.full:
            raise HTTPException(503, "too many listen already", {"Retry-After": "30"})

        async def written() -> AsyncIterator[str]:
            async for entry in stream.listen(last):
                if entry is None:
                    if not await run_in_threadpool(access.still, grant):
                        return
                    yield ": still here\n\n"
                elif not entry:
                    yield "event: missed\ndata: {}\n\n"
                elif entry["event"] in kinds and concerns(entry, within, grant.user):
                    yield _written(entry)

        return EventStream(written(), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    return router


def concerns(entry: Entry, organization: str | None, user: str | None) -> bool:
    """Whether an event is for whom may see an organization's, or one user's."""
    return organization in (None, entry["organization"]) and (user is None or user in entry["users"])


def _written(entry: Entry) -> str:
    told: dict[str, Any] = {name: entry[name] for name in ("event", "at", "organization", "users", "data")}
    return f"id: {entry['id']}\nevent: {entry['event']}\ndata: {json.dumps(told)}\n\n"
