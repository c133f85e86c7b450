"""The Event header (RFC 6665 8.2.1)."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.errors import MalformedMessage, Refused
from pbxd.sip.grammar import find_param, is_token, parse_params
from pbxd.sip.message import Request


@dataclass(frozen=True, slots=True)
class EventId:
    """What of the Event header tells the subscriptions of a dialog apart (RFC 6665 8.2.1)."""

    package: str
    id: str = ""

    @classmethod
    def of(cls, request: Request) -> EventId:
        """Raises :class:`Refused` (489) for a request without Event, :class:`MalformedMessage` for a bad one."""
        value = request.headers.get("Event")
        if value is None:
            raise Refused(489, "Bad Event")
        package, semicolon, rest = value.partition(";")
        package = package.strip(" \t")
        if not is_token(package):
            raise MalformedMessage("not an event", header="Event")
        return cls(package, find_param(parse_params(semicolon + rest), "id") or "")

    @property
    def key(self) -> str:
        """The same text for the same event only."""
        return str(self)

    def __str__(self) -> str:
        return f"{self.package};id={self.id}" if self.id else self.package
