"""``/queues`` and ``/users/USER/queues``: how queues stand, once or as a stream; who serves them (QUE-2, QUE-12)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path
from fastapi.responses import StreamingResponse

from pbxd.api.rest.access import Access, Grant
from pbxd.api.rest.answers import NAME, Given, Organization, Username, asked, responses
from pbxd.api.upstream import ControlError, Upstream

Queue = Annotated[str, Path(pattern=NAME, description="Name of a queue or attendant group.")]


class Caller(Given):
    number: str
    name: str
    waited: float
    callback: bool
    rings: list[str]


class Serving(Given):
    user: str
    state: str


class Live(Given):
    organization: str
    queue: str
    open: bool
    waiting: int
    callbacks: int
    longest: float
    serving: int
    free: int
    calls: list[Caller]
    agents: list[Serving]


class Queues(Given):
    version: int
    queues: list[Live]


class Agent(Given):
    organization: str
    user: str
    queues: list[str]
    paused: bool


class Feed:
    """How all queues stand, for any number of listeners by one question at a time."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._lock = asyncio.Lock()
        self._latest: dict[str, Any] = {"version": None}

    async def after(self, version: int | None) -> dict[str, Any]:
        """The state that follows a version, or the same again after a while. Raises :class:`ControlError`."""
        async with self._lock:  # who waits here finds the answer that the other one got
            if version is None or self._latest["version"] == version:
                question = partial(self._upstream.order, "queues-live", after=version)
                self._latest = await asyncio.to_thread(question)
            return self._latest

    async def events(self, organization: str | None) -> AsyncIterator[str]:
        """Server-sent events, until the listener or the server goes."""
        version = None
        while True:
            try:
                found = await self.after(version)
            except ControlError:
                return
            version = found["version"]
            mine = [queue for queue in found["queues"] if organization in (None, queue["organization"])]
            yield f"event: queues\nid: {version}\ndata: {json.dumps({'version': version, 'queues': mine})}\n\n"


def routes(upstream: Upstream, access: Access) -> APIRouter:
    """The routes; plain functions, which run in a thread each, but for the stream."""
    router = APIRouter(tags=["queues"])
    feed = Feed(upstream)

    @router.get("/queues", responses=responses())
    def queues(organization: Organization = None, grant: Grant = access.needs("queues:read")) -> Queues:
        """How queues stand: all of them, or those that the token's user serves or supervises."""
        within, by = grant.within(organization), grant.user or ""
        return Queues.model_validate(asked(lambda: upstream.order("queues-live", organization=within, by=by), 404))

    @router.get("/queues/events", include_in_schema=False)
    async def events(
        organization: Organization = None, grant: Grant = access.needs("queues:read")
    ) -> StreamingResponse:
        """The same as server-sent events, whenever something changes; for tokens that are not one user's."""
        if grant.user is not None:
            raise HTTPException(403, "a user's token has no stream of all queues")
        told = feed.events(grant.within(organization))
        return StreamingResponse(told, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    def order(
        user: str, do: Literal["log-in", "log-out", "pause", "resume"], queue: str | None, within: str | None, by: str
    ) -> Agent:
        queues = None if queue is None else [queue]
        found = asked(lambda: upstream.order("agent", user=user, do=do, queues=queues, organization=within, by=by))
        return Agent.model_validate(found)

    @router.put("/users/{user}/queues/{queue}", responses=responses(409))
    def log_in(
        user: Username, queue: Queue, organization: Organization = None, grant: Grant = access.needs("queues:write")
    ) -> Agent:
        """Log an agent in to a queue: oneself, or whom one supervises; it is on disk when this answers."""
        return order(user, "log-in", queue, grant.within(organization), grant.user or "")

    @router.delete("/users/{user}/queues/{queue}", responses=responses(409))
    def log_out(
        user: Username, queue: Queue, organization: Organization = None, grant: Grant = access.needs("queues:write")
    ) -> Agent:
        """Log an agent out of a queue."""
        return order(user, "log-out", queue, grant.within(organization), grant.user or "")

    @router.put("/users/{user}/pause", responses=responses(409))
    def pause(user: Username, organization: Organization = None, grant: Grant = access.needs("queues:write")) -> Agent:
        """Have an agent get no calls from any queue."""
        return order(user, "pause", None, grant.within(organization), grant.user or "")

    @router.delete("/users/{user}/pause", responses=responses(409))
    def resume(user: Username, organization: Organization = None, grant: Grant = access.needs("queues:write")) -> Agent:
        """Have him get calls again."""
        return order(user, "resume", None, grant.within(organization), grant.user or "")

    return router
