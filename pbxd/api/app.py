"""The application: every route that pbxd has over HTTP."""

from __future__ import annotations

from fastapi import FastAPI

from pbxd.api import watching
from pbxd.api.upstream import Upstream


def application(upstream: Upstream) -> FastAPI:
    """Without pages that describe it: what is there now is described in docs/operations.md."""
    app = FastAPI(title="pbxd", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(watching.routes(upstream))
    return app
