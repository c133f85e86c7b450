"""What happened to the server as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStarted(Event):
    """The server answers from here on."""

    version: str
    listen: tuple[str, ...]
    configuration: str
    """Content hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerDraining(Event):
    """The server takes no new calls any more, and stops when those that run have ended."""

    calls: int
    seconds: float
    """After which those that still run are ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStopped(Event):
    """The server has let go of everything."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigReloaded(Event):
    """A new configuration is in force."""

    configuration: str
    """Content hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadRefused(Event):
    """A reload found errors and changed nothing."""

    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SipTraceStarted(Event):
    """SIP messages of a call, user or address are written down from here on."""

    trace: int
    of: str
    """``call ...``, ``user ...`` or ``address ...``"""
    to: str
    """``log``, ``pcap:FILE`` or ``hep:HOST:PORT``."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SipTraceEnded(Event):
    """They are not any more."""

    trace: int
    messages: int
    why: str
