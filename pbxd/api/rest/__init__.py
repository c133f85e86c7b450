"""The HTTP API: what people's programs ask and do (API-3). ``/api/v1/openapi.json`` describes it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from pbxd.api.rest import (
    calls,
    directory,
    events,
    messages,
    phones,
    plans,
    presence,
    queues,
    recordings,
    sounds,
    tickets,
)
from pbxd.api.rest.access import Access
from pbxd.api.upstream import Upstream

PREFIX = "/api/v1"


def routes(upstream: Upstream, monotonic: Callable[[], float]) -> APIRouter:
    """Everything below ``/api/v1``."""
    router = APIRouter(prefix=PREFIX)
    access = Access(upstream, monotonic)
    for part in (phones, tickets, presence, plans, directory, calls, events, messages, recordings, sounds, queues):
        router.include_router(part.routes(upstream, access))
    return router
