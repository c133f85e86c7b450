"""The application: every route that pbxd has over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from pbxd import __version__
from pbxd.api import fetching, listening, rest, watching
from pbxd.api.bounds import Bounded
from pbxd.api.upstream import Upstream


def application(upstream: Upstream, monotonic: Callable[[], float]) -> FastAPI:
    """The API is described by ``/api/v1/openapi.json``, all of it in docs/api.md."""
    app = FastAPI(
        title="pbxd",
        version=__version__,
        summary="A hosted PBX that can say why a call went where it went.",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{rest.PREFIX}/openapi.json",
    )
    app.add_middleware(Bounded)
    app.include_router(watching.routes(upstream), include_in_schema=False)
    app.include_router(fetching.routes(upstream, monotonic))
    app.include_router(listening.routes(upstream, monotonic))
    app.include_router(rest.routes(upstream, monotonic))
    app.exception_handler(RequestValidationError)(_misunderstood)
    return app


async def _misunderstood(_: Request, error: RequestValidationError) -> JSONResponse:
    """422 in words, as any other problem; what was sent is not repeated, because it may be a secret."""
    wrong = [f"{'.'.join(map(str, one['loc'][1:])) or 'the body'}: {one['msg']}" for one in error.errors()]
    return JSONResponse({"detail": "; ".join(wrong)[:1000]}, 422)
