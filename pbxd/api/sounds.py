"""Sound files as answers. Where they are says the server, and never a request."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any, Final

from fastapi import HTTPException
from fastapi.responses import FileResponse

MEDIA_TYPE: Final = "audio/wav"
TYPES: Final = {".wav": MEDIA_TYPE, ".flac": "audio/flac", ".mp3": "audio/mpeg", ".ogg": "audio/ogg"}
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
    """A complete file, or the range of it that is asked for, called ``name`` with its suffix.

    Raises :class:`HTTPException` (404).
    """
    try:
        status = path.stat()
    except OSError as error:
        raise HTTPException(404, "there is no sound") from error
    if not stat.S_ISREG(status.st_mode):
        raise HTTPException(404, "there is no sound")
    return FileResponse(
        path,
        media_type=TYPES.get(path.suffix, "application/octet-stream"),
        filename=f"{name}{path.suffix}",
        content_disposition_type="inline",
        headers=PRIVATE,
        stat_result=status,
    )
