"""Calendars at an address: asked for with what was had before (RFC 9110 13.1), so that most answers are empty."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2

from pbxd.calendars.sources.problems import CalendarError, ServerError
from pbxd.org.calendars import Connector

ANSWER_WITHIN: Final = 15.0
MAX_REDIRECTS: Final = 5
FOR_NOW: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was had before, and how to ask whether it is still that."""

    content: bytes
    etag: str
    modified: str

    @property
    def headers(self) -> dict[str, str]:
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in said.items() if value}


def client(connector: Connector, **more: Any) -> httpx2.Client:
    """Speaks to a connector's server, with its account if it has one."""
    auth = httpx2.BasicAuth(connector.username, connector.password or "") if connector.username else None
    return httpx2.Client(auth=auth, timeout=ANSWER_WITHIN, trust_env=False, **more)


def get(url: str, connector: Connector, cache: Path, most: int) -> bytes:
    """The content, from the server or, where it says so, as it was.

    Raises :class:`CalendarError` and :class:`ServerError`.
    Credentials go to the address that they are configured for, and to no other one that it names.
    """
    name = hashlib.sha256(f"{connector.username or ''} {url}".encode()).hexdigest()[:32]
    kept = _kept(cache / name)
    accept = {"Accept": "text/calendar, */*;q=0.1"}
    try:
        with (
            client(connector, follow_redirects=True, max_redirects=MAX_REDIRECTS, headers=accept) as web,
            web.stream("GET", url, headers=kept.headers if kept is not None else {}) as response,
        ):
            if url.startswith("https:") and response.url.scheme != "https":
                raise CalendarError("it leads to an address without TLS")
            if response.status_code == 304 and kept is not None:
                return kept.content
            judge(response.status_code, 200)
            content = body(response, most)
            found = _Kept(content, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
    except httpx2.TooManyRedirects as error:
        raise CalendarError(f"it is sent on more than {MAX_REDIRECTS} times") from error
    except httpx2.TransportError as error:
        raise ServerError(str(error) or type(error).__name__) from error
    _keep(cache, name, found)
    return content


def judge(status: int, wanted: int) -> None:
    """Raise :class:`CalendarError` or :class:`ServerError` for an answer that is not the wanted one."""
    if status >= 500 or status in FOR_NOW:
        raise ServerError(f"the server answers {status}")
    if status != wanted:
        raise CalendarError(f"the server answers {status}")


def body(response: httpx2.Response, most: int) -> bytes:
    """All of it, unpacked. Raises :class:`CalendarError` for more than ``most`` bytes."""
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > most:
            raise CalendarError(f"it is longer than {most} bytes")
    return bytes(content)


def _kept(path: Path) -> _Kept | None:
    try:
        about = json.loads(path.with_suffix(".json").read_bytes())
        content = path.with_suffix(".ics").read_bytes()
        if hashlib.sha256(content).hexdigest() != about["sha256"]:
            return None
        return _Kept(content, str(about["etag"]), str(about["modified"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(cache: Path, name: str, found: _Kept) -> None:
    """For the next time; where that fails, it is sent again. Nobody else may read it: it is somebody's calendar."""
    if not found.headers:
        return
    about = {"etag": found.etag, "modified": found.modified, "sha256": hashlib.sha256(found.content).hexdigest()}
    with suppress(OSError):
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        for suffix, content in ((".ics", found.content), (".json", json.dumps(about).encode())):
            path = cache / f"{name}{suffix}"
            path.touch(mode=0o600)
            path.write_bytes(content)
