"""Sound files as answers. Where they are says the server, and never a request."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any, Final

from fastapi import HTTPException
from fastapi.responses import FileResponse

MEDIA_TYPE: Final = "audio/wav"
PRIVATE: Final = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
"""What somebody has said to somebody is kept by no cache, and its address is told to nobody."""


DESCRIBED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The recording.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""What the API's description says of them."""


def sound(path: Path, name: str) -> FileResponse:
    """A complete file, a piece at a time, called ``name``.wav. Raises :class:`HTTPException` (404)."""
    try:
        status = path.stat()
    except OSError as error:
        raise HTTPException(404, "there is no sound") from error
    if not stat.S_ISREG(status.st_mode):
        raise HTTPException(404, "there is no sound")
    return FileResponse(
        path,
        media_type=MEDIA_TYPE,
        filename=f"{name}.wav",
        content_disposition_type="inline",
        headers=PRIVATE,
        stat_result=status,
    )
