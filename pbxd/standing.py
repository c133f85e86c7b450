"""How the server stands, for those who ask: people, programs, and whoever scrapes figures."""

from __future__ import annotations

import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pbxd.server import Server


def standing(server: Server, *, load: Mapping[str, float], lost_lines: int) -> dict[str, Any]:
    """What lives now, and what it takes."""
    return {
        **server.status(),
        "problems": server.problems(),
        "log": {"lost": lost_lines},
        "load": dict(load),
        "rss_bytes": _resident_bytes(),
        "open_files": _open_files(),
    }


def bindings(server: Server) -> list[dict[str, Any]]:
    """Every registered contact; there may be thousands."""
    now = server.clock.wall()
    return [
        {
            "organization": organization,
            "device": device,
            "contact": str(binding.contact),
            "address": str(binding.flow),
            "expires_in": round(binding.expires - now),
        }
        for (organization, device), found in sorted(server.location.accounts().items())
        for binding in found
    ]


def _resident_bytes() -> int | None:
    """Memory of this process that is in RAM; ``None`` where the system has no /proc."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return int(pages) * resource.getpagesize()


def _open_files() -> int | None:
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        return None
