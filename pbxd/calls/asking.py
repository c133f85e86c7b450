"""Who awaits the answer to a trunk's own request."""

from __future__ import annotations

from collections.abc import Callable

from pbxd.sip.message import Response


class Asker:
    """A client user of two functions."""

    __slots__ = ("failed", "response")

    def __init__(self, response: Callable[[Response, float], None], failed: Callable[[int, str, float], None]) -> None:
        self.response = response
        self.failed = failed
