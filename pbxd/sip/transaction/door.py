"""Who is let in at all, before a transaction is made of what he sends."""

from __future__ import annotations

from typing import Protocol

from pbxd.sip.flow import Flow
from pbxd.sip.message import Request


class Door(Protocol):
    """Looks at what comes from outside. What it turns away is dropped in silence: nobody learns why, or that."""

    def hears(self, flow: Flow, now: float) -> bool:
        """Whether anything that comes on ``flow`` is to be read."""
        ...

    def urgent(self, dialled: str) -> bool:
        """Whether this user part of a Request-URI is to be served whatever else is not: an emergency number."""
        ...

    def enter(self, request: Request, flow: Flow, now: float) -> bool:
        """Whether a request that begins a transaction may; :meth:`leave` is called for each ``True``."""
        ...

    def leave(self, flow: Flow) -> None:
        """A transaction of a request that was let in is over and forgotten."""
        ...


class OpenDoor:
    """Lets everybody in."""

    def hears(self, flow: Flow, now: float) -> bool:
        return True

    def urgent(self, dialled: str) -> bool:
        return False

    def enter(self, request: Request, flow: Flow, now: float) -> bool:
        return True

    def leave(self, flow: Flow) -> None:
        pass
