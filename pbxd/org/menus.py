"""Service numbers that talk: menus, auto attendants, conference rooms, mailboxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pbxd.org.rules import Target
from pbxd.org.sounds import Prompt


@dataclass(frozen=True, slots=True)
class DialExtension:
    """The caller goes on to dial an internal number (IVR-2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A prompt, and what each key leads to."""

    prompt: Prompt
    options: Mapping[str, Choice] = field(default_factory=dict)
    seconds: int = 5
    """How long the caller may think."""
    repeat: int = 2
    """How often the prompt comes again."""
    otherwise: Choice | None = None
    """After the last one."""


@dataclass(frozen=True, slots=True)
class Play:
    """A sound, and then the end of the call or what follows in the tree."""

    prompt: Prompt


Choice: TypeAlias = Target | DialExtension | Choices | Play
"""What a key of a menu leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """An interactive menu (IVR-1)."""

    name: str
    number: str
    numbers: tuple[str, ...] = ()
    billing_id: str | None = None
    choices: Choices
    language: str | None = None
    barring: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One step of an auto attendant's tree; what it says of itself comes in this order."""

    announce: Prompt | None = None
    by_hours: bool = False
    """Whether ``opened`` and ``closed`` follow, by the working hours."""
    opened: Choice | None = None
    closed: Choice | None = None
    then: Branch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoAttendant:
    """A tree of announcements, hours, menus and places (IVR-4)."""

    name: str
    number: str
    numbers: tuple[str, ...] = ()
    billing_id: str | None = None
    tree: Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceRoom:
    """A room that one dials in to (CALL-7)."""

    name: str
    number: str
    numbers: tuple[str, ...] = ()
    billing_id: str | None = None
    pin: str = field(default="", repr=False)
    capacity: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mailbox of a group (VM-7)."""

    name: str
    number: str
    numbers: tuple[str, ...] = ()
    billing_id: str | None = None
    code: str | None = None
    pin: str = field(default="", repr=False)
    greeting: Prompt | None = None
    groups: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    """Groups that are told by mail."""
    sms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailNumber:
    """Opens the caller's own mailbox, or a group's (VM-8)."""

    name: str
    number: str
    numbers: tuple[str, ...] = ()
    billing_id: str | None = None
    kind: Literal["user", "group"] = "user"
    mailbox: str | None = None
