"""``/metrics``, ``/health`` and ``/ready``, for whoever watches the server from the same machine."""

from __future__ import annotations

import ipaddress
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from pbxd.api.exposition import exposition
from pbxd.api.upstream import ControlError, Upstream

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""What a proxy says of whom it asks for."""


def from_here(request: Request) -> None:
    """Let nobody in but this machine, and not those either whom a proxy on it asks for."""
    host = request.client.host if request.client is not None else ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local or any(name in request.headers for name in FORWARDED):
        raise HTTPException(403, "only for this machine itself")


def routes(upstream: Upstream) -> APIRouter:
    """What a watcher asks for. Plain functions: they run in a thread each, because asking blocks."""
    router = APIRouter(dependencies=[Depends(from_here)])

    @router.get("/health")
    def health() -> JSONResponse:
        """200 when the server answers, whatever else is wrong with it; 503 when it should be started again."""
        return _answer(lambda _: (200, {"healthy": True}))

    @router.get("/ready")
    def ready() -> JSONResponse:
        """200 when calls should be sent to the server; 503, and why, when they should not."""
        return _answer(lambda found: (200 if found["ready"] else 503, found))

    def _answer(judge: Any) -> JSONResponse:
        try:
            status, found = judge(upstream.ask("health"))
        except ControlError as error:
            status, found = 503, {"healthy": False, "ready": False, "problems": [str(error)]}
        return JSONResponse(found, status)

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        """All figures, in Prometheus' text format or OpenMetrics."""
        try:
            families = upstream.ask("metrics")["families"]
        except ControlError as error:
            raise HTTPException(503, str(error)) from error
        text, media_type = exposition(families, request.headers.get("accept", ""))
        return Response(text, headers={"Content-Type": media_type})

    return router
