"""How the server stands, for those who ask: people, programs, and whoever scrapes figures."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pbxd import __version__
from pbxd.events import ConfigReloaded, ReloadRefused
from pbxd.server import Server

MANY_WAITING = 5_000
"""Events that wait for the database only if it is gone: what 500 new calls a second make in two seconds."""


def problems(server: Server) -> list[str]:
    """Why nobody should send calls here just now; empty when the server is ready."""
    found = []
    if server.exchange.draining or not server.exchange.accepting:
        found.append("the server takes no new calls: it stops when those that run have ended")
    waiting = server.store.ledger.pending
    if waiting > MANY_WAITING:
        found.append(f"the database does not keep up: {waiting} events wait for it")
    return found


def standing(server: Server, *, load: Mapping[str, float], lost_lines: int) -> dict[str, Any]:
    """What lives now, and what it takes."""
    return {
        **alive(server),
        "problems": problems(server),
        "log": {"lost": lost_lines},
        "load": dict(load),
        "rss_bytes": _resident_bytes(),
        "open_files": _open_files(),
    }


def alive(server: Server) -> dict[str, Any]:
    """What lives now, in numbers, and the calls by name."""
    endpoint, exchange, clock = server.endpoint, server.exchange, server.clock
    return {
        "version": __version__,
        "pid": os.getpid(),
        "started": round(clock.wall() - (clock.monotonic() - server.started), 3),
        "uptime_seconds": round(clock.monotonic() - server.started, 3),
        "configuration": server.configuration.content_hash,
        "reloads": _reloads(server),
        "draining": exchange.draining,
        "running": len(exchange.calls),
        "calls": [
            {"call": call.id, "parties": [leg.party for leg in call.legs], "seconds": round(call.seconds, 1)}
            for call in exchange.calls.values()
        ],
        "registrations": len(server.location),
        "subscriptions": len(server.watchers),
        "messages_waiting": len(server.messages),
        "sessions": endpoint.sessions,
        "transactions": endpoint.transactions,
        "connections": endpoint.sockets.connections,
        "defence": server.defence.status(),
        "overload": endpoint.shedder.status(),
        "certificates": server.certificates.describe(clock.wall()),
        "media_ports": server.engine.ports_open,
        "trunks": server.trunks.status(),
        "notices": server.notices.outbox.status(),
        "tasks": len(asyncio.all_tasks()),
        "messages": dict(endpoint.counters),
        "ledger": {"pending": server.store.ledger.pending, "lost": server.store.ledger.lost},
    }


def _reloads(server: Server) -> dict[str, Any]:
    counts, last = server.figures.counts, server.figures.last_reload
    ago = round(server.clock.wall() - last, 3) if last else None
    return {"done": counts[ConfigReloaded], "refused": counts[ReloadRefused], "ago": ago}


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
