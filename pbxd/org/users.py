"""Users, their lines and their devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pbxd.org.activities import Profile, Shortcut
from pbxd.org.calendars import UserCalendar
from pbxd.org.contacts import NOBODY, Contacts
from pbxd.org.hours import WorkingHours
from pbxd.org.rules import NO_RULES, Rules
from pbxd.org.setting import NOTHING, Settings

LineType: TypeAlias = Literal["landline", "mobile"]
DeviceKind: TypeAlias = Literal["desk", "softphone", "browser", "mobile", "third-party"]
Srtp: TypeAlias = Literal["off", "offer", "require"]
"""What is wanted of encrypted sound: plain RTP only, SRTP where the peer has it, nothing but SRTP."""
Dtmf: TypeAlias = Literal["rfc4733", "info", "inband"]
"""How keys are sent: as named events in RTP, by INFO, as tones."""
Role: TypeAlias = Literal["standard", "group-admin", "org-admin"]
NONE: Mapping[str, Any] = {}
"""Shared by all who have none of something, and never written to."""


def none() -> Mapping[str, Any]:
    """The shared empty mapping, as a field's default."""
    return NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A number that reaches a user."""

    number: str
    """E.164 with ``+``, or internal digits."""
    alias: str | None = None
    """A short extension for the same line."""
    type: LineType = "landline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A phone of a user. One with a password registers here; a mobile may have a number only."""

    name: str
    """What it registers as: the user part of its address of record, and its digest username."""
    kind: DeviceKind
    password: str = field(default="", repr=False)
    number: str | None = None
    """Of a mobile: where it is called over a trunk."""
    shows_as: str | None = None
    voip_allowed: bool = False
    confirm: bool = False
    """Whether a call on it must be accepted by a key, so that its own voicemail does not take it."""
    srtp: Srtp | None = None
    """``None``: as the server says."""

    @property
    def registers(self) -> bool:
        return bool(self.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who can be called."""

    username: str
    name: str
    language: str
    groups: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    devices: tuple[Device, ...] = ()
    role: Role = "standard"
    licence: str = "standard"
    working_hours: WorkingHours | None = None
    timezone: ZoneInfo | None = None
    country: str | None = None
    """Of somebody who works abroad; ``None``, like hours and zone: as his groups or the organization say (TIME-1)."""
    settings: Settings = NOTHING
    contacts: Contacts = NOBODY
    shortcuts: Mapping[str, Shortcut] = field(default_factory=none)
    """His own, beside those of the organization (PRES-3)."""
    profiles: Mapping[str, Profile] = field(default_factory=none)
    """His own; one with the name of the organization's stands in for it (PROF-2)."""
    default_profile: str | None = None
    """What he has as long as nothing else is set."""
    calendar: UserCalendar | None = None
    fields: Mapping[str, str] = field(default_factory=none)
    """Directory fields (USR-4)."""
    apps: tuple[str, ...] | None = None
    """Client applications that he may use; ``None``: all that his licence allows (USR-7)."""
    pin: str = field(default="", repr=False)
    email: str | None = None
    billing_id: str | None = None
    """Kept on every call record that he causes (NUM-10)."""
    rules: Rules = NO_RULES
    """His own, as ``overridable`` of each direction."""

    @property
    def landline(self) -> str | None:
        """The number of the first landline."""
        return next((line.number for line in self.lines if line.type == "landline"), None)

    @property
    def mobile(self) -> str | None:
        """The number of the first mobile line."""
        return next((line.number for line in self.lines if line.type == "mobile"), None)

    @property
    def primary(self) -> Line | None:
        """The landline, or a mobile line where there is no other (USR-1)."""
        return next((line for line in self.lines if line.type == "landline"), self.lines[0] if self.lines else None)

    @property
    def extension(self) -> str | None:
        """What colleagues dial and see: the primary line's alias, or its number; ``None`` without a line."""
        line = self.primary
        return (line.alias or line.number) if line is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOwner:
    """Whom a number reaches, and on which of the user's lines."""

    user: User
    line: Line
