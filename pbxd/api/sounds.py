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


def sound(found: dict[str, Any]) -> FileResponse:
    """The file that the server's answer names, a piece at a time. Raises :class:`HTTPException` (404)."""
    path = Path(found["path"])
    try:
        status = path.stat()
    except OSError as error:
        raise HTTPException(404, "there is no sound") from error
    if not stat.S_ISREG(status.st_mode):
        raise HTTPException(404, "there is no sound")
    return FileResponse(
        path,
        media_type=MEDIA_TYPE,
        filename=f"{found['message']}.wav",
        content_disposition_type="inline",
        headers=PRIVATE,
        stat_result=status,
    )
