"""Events as programs outside are told them: a name, whose they are, and plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Protocol

from pbxd.events import CallArrived, CallEnded, CallEvent, CallId, Event, LegEvent
from pbxd.events.outward import OUTWARD, UNTOLD, name_of

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration
    from pbxd.events import Bus


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event for programs outside."""

    event: str
    """Its name in the log."""
    at: float
    organization: str
    """Empty: the server's own."""
    users: tuple[str, ...]
    """Whom it concerns: of a call, everybody who had a part in it so far."""
    data: dict[str, Any]


class Sink(Protocol):
    """Who passes events on."""

    @property
    def listens(self) -> bool:
        """Whether anybody wants any just now."""
        ...

    def tell(self, told: Told) -> None:
        """Here is one."""
        ...


@dataclass(slots=True)
class _Part:
    """Who has a part in a call."""

    organization: str
    users: dict[str, None]


class Outward:
    """Translates events for those who pass them on. What nobody listens to costs next to nothing."""

    def __init__(self, configuration: Callable[[], Configuration], bus: Bus, sinks: tuple[Sink, ...]) -> None:
        self._configuration = configuration
        self._sinks = sinks
        self._calls: dict[CallId, _Part] = {}
        for kind in OUTWARD.values():
            bus.subscribe(self.happened, kind)

    def happened(self, event: Event) -> None:
        """Pass an event on."""
        part = self._part(event) if isinstance(event, CallEvent) else None
        listening = [sink for sink in self._sinks if sink.listens]
        if not listening:
            return
        told = self._told(event, part)
        for sink in listening:
            sink.tell(told)

    def _part(self, event: CallEvent) -> _Part | None:
        """Whose call it is."""
        if isinstance(event, CallArrived):
            self._calls[event.call] = _Part(event.organization, {})
        part = self._calls.pop(event.call, None) if isinstance(event, CallEnded) else self._calls.get(event.call)
        if part is not None and isinstance(event, LegEvent):
            organization = self._configuration().organizations.get(part.organization)
            owner = organization.owner(event.party) if organization is not None else None
            if owner is not None:
                part.users[owner.username] = None
            elif organization is not None and event.party in organization.users:
                part.users[event.party] = None
        return part

    def _told(self, event: Event, part: _Part | None) -> Told:
        data = {name: getattr(event, name) for name in _NAMES[type(event)]}
        organization = data.get("organization", part.organization if part is not None else "")
        users = [*part.users] if part is not None else []
        users += [data[key] for key in ("user", "agent") if data.get(key)]
        if data.get("kind") == "user" and "mailbox" in data:
            users.append(data["mailbox"])
        if "device" in data and not users:
            users += self._owner(organization, data["device"])
        kind = name_of(type(event))
        return Told(event=kind, at=event.at, organization=organization, users=tuple(dict.fromkeys(users)), data=data)

    def _owner(self, organization: str, device: str) -> list[str]:
        found = self._configuration().organizations.get(organization)
        owner = found.owner(device) if found is not None else None
        return [owner.username] if owner is not None else []


_NAMES: Final[Mapping[type[Event], tuple[str, ...]]] = {
    kind: tuple(field.name for field in fields(kind) if field.name not in UNTOLD) for kind in OUTWARD.values()
}
