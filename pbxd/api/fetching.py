"""``/phones/KEY/FAMILY/FILE``: the files that phones read (DEV-2, DEV-3, DEV-6).

Whoever has no valid ticket is answered 404, whatever he asks for, without the server hearing of it but for a line in
the log. What a phone may have decides the server (:mod:`pbxd.phones.fetching`); here its answer becomes a file.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, HTTPException, Query, Request, Response

from pbxd.api.limiter import Limiter
from pbxd.api.upstream import ControlError, Upstream
from pbxd.provisioning.families import FAMILIES
from pbxd.provisioning.family import Family, Wanted
from pbxd.provisioning.writing import book_file, common_file, settings_file

FAILURES: Final = 30
"""Refusals a minute, from one address, that are told the server; more of them are not even asked about, unless with a
phone's own secret: behind one address there may be a whole office."""
MAX_NAME: Final = 100
NEVER_KEPT: Final = {"Cache-Control": "no-store"}
BOOK_TYPE: Final = "text/xml; charset=utf-8"
MAX_PAGE: Final = 1_000


def routes(upstream: Upstream, monotonic: Callable[[], float]) -> APIRouter:
    """The one route."""
    router = APIRouter(include_in_schema=False)
    door = _Door(upstream, monotonic)
    shelves = _Books(upstream)

    @router.get("/phones/{key}/{family}/{file}")
    def file(request: Request, key: str, family: str, file: str, page: int = Query(0, ge=0, le=MAX_PAGE)) -> Response:
        """A file; 404 for everybody who may not have it, and for what there is not."""
        address = request.client.host if request.client is not None else ""
        found = FAMILIES.get(family)
        wanted = found.wanted(file) if found is not None and len(file) <= MAX_NAME else None
        if not door.lets_in(key, address, wanted):
            raise HTTPException(404)
        if found is None or wanted is None or wanted.kind == "nothing":
            raise HTTPException(404)
        if wanted.kind == "book":
            return _book(shelves, door, found, key, address, page)
        return _settings(upstream, door, found, wanted, key, address, request.headers.get("user-agent", ""))

    return router


class _Door:
    """Turns away whoever has no ticket."""

    def __init__(self, upstream: Upstream, monotonic: Callable[[], float]) -> None:
        self._upstream = upstream
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._limiter = Limiter(FAILURES)

    def lets_in(self, key: str, address: str, wanted: Wanted | None) -> bool:
        """Whether the server is to be asked. Raises :class:`HTTPException` (503) where it does not answer."""
        ticket, _, secret = key.partition(".")
        digest = hashlib.sha256(ticket.encode("utf-8", "surrogateescape")).hexdigest()
        if digest not in ask(self._upstream, "phone-tickets")["tickets"]:
            if self.failed(address):
                self._say(address, wanted.mac if wanted is not None else "")
            return False
        with self._lock:
            return bool(secret) or not self._limiter.blocked(address, self._monotonic())

    def failed(self, address: str) -> bool:
        """Count a refusal; whether it is worth a line."""
        with self._lock:
            return self._limiter.failed(address, self._monotonic())

    def _say(self, address: str, mac: str) -> None:
        order(self._upstream, "phone-refused", address=address, why="no such ticket", mac=mac)


class _Books:
    """The phone books, each read from the server once for each configuration."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._lock = threading.Lock()
        self._books: dict[str, tuple[str, list[tuple[str, list[str]]]]] = {}
        """By organization: the configuration that it is of, and its entries."""

    def entries(self, key: str, address: str) -> tuple[str, list[tuple[str, list[str]]], str] | None:
        """The title and the entries for a phone, and our own address; ``None``: it may not have them."""
        found = order(self._upstream, "phone-book", key=key, address=address)
        if found.get("refused"):
            return None
        with self._lock:
            configuration, entries = self._books.get(found["organization"], ("", []))
            if configuration != found["configuration"]:
                entries = self._read(key, address, found)
                self._books[found["organization"]] = found["configuration"], entries
        return found["title"], entries, found["public"]

    def _read(self, key: str, address: str, first: dict[str, Any]) -> list[tuple[str, list[str]]]:
        entries, found = list(first["entries"]), first
        while found.get("next"):
            found = order(self._upstream, "phone-book", key=key, address=address, after=found["next"])
            entries += found.get("entries", ())
        return sorted(entries, key=lambda entry: entry[0].casefold())


def _book(books: _Books, door: _Door, family: Family, key: str, address: str, page: int) -> Response:
    found = books.entries(key, address)
    if found is None:
        door.failed(address)
        raise HTTPException(404)
    name = "directory.xml" if family.page is not None else "book.xml"
    title, entries, public = found
    own = f"{public}/phones/{key}/{family.name}/{name}"
    return Response(book_file(family, title, entries, own, page), media_type=BOOK_TYPE, headers=NEVER_KEPT)


def _settings(
    upstream: Upstream, door: _Door, family: Family, wanted: Wanted, key: str, address: str, agent: str
) -> Response:
    model, firmware = family.model(agent)
    found = order(
        upstream,
        "phone-fetch",
        key=key,
        mac=wanted.mac,
        family=family.name,
        model=model,
        firmware=firmware,
        address=address,
    )
    if found.get("refused"):
        door.failed(address)
        raise HTTPException(404)
    write = settings_file if wanted.kind == "settings" else common_file
    return Response(write(family, found["settings"]), media_type=family.media_type, headers=NEVER_KEPT)


def ask(upstream: Upstream, command: str) -> dict[str, Any]:
    """What the server answers, or answered a moment ago; 503 where it does not."""
    try:
        return upstream.ask(command)
    except ControlError as error:
        raise HTTPException(503, str(error), {"Retry-After": "5"}) from error


def order(upstream: Upstream, command: str, **arguments: object) -> dict[str, Any]:
    """What the server answers; 503 where it does not."""
    try:
        return upstream.order(command, **arguments)
    except ControlError as error:
        raise HTTPException(503, str(error), {"Retry-After": "5"}) from error
