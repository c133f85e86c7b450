"""Service numbers that talk: menus, auto attendants, conference rooms, mailboxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from pbxd.org.rules import Target
from pbxd.org.sounds import Prompt

WORKING_HOURS: Final = "working_hours"
"""Instead of a schedule's name: the organization's working hours."""


@dataclass(frozen=True, slots=True)
class DialExtension:
    """The caller goes on to dial an internal number (IVR-2)."""


@dataclass(frozen=True, slots=True)
class Speak:
    """The caller is spoken to in this language from here on, and hears the menu again (IVR-3)."""

    language: str


@dataclass(frozen=True, slots=True)
class Again:
    """The caller hears the menu again."""


@dataclass(frozen=True, slots=True)
class Back:
    """The caller hears the menu again that this one is in; in the first of all, this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A prompt, and what each key leads to."""

    prompt: Prompt
    options: Mapping[str, Choice] = field(default_factory=dict)
    dials: bool = False
    """Whether the caller dials an extension instead, and there are no options (IVR-2)."""
    seconds: int = 5
    """How long the caller may think."""
    repeat: int = 2
    """How often the prompt comes again, be it that no key was pressed or a wrong one."""
    otherwise: Choice | None = None
    """After the last one; ``None``: the end of the call, or what follows in the tree."""
    wrong: Choice | None = None
    """The same, where a wrong key was the last; ``None``: as ``otherwise``."""
    sorry: Prompt | None = None
    """Said after a wrong key; ``None``: the system's own words."""


@dataclass(frozen=True, slots=True)
class Play:
    """A sound, and then ``then``; without it the end of the call, or what follows in the tree."""

    prompt: Prompt
    then: Choice | None = None


Choice: TypeAlias = Target | DialExtension | Speak | Again | Back | Choices | Play
"""What a key of a menu leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talking:
    """What menus and auto attendants have in common."""

    name: str
    number: str
    numbers: tuple[str, ...] = ()
    billing_id: str | None = None
    language: str | None = None
    """Of the rest of the call; a user who calls is spoken to in his own."""
    display_text: str | None = None
    """Shown to whom the call reaches."""
    keep_earlier_text: bool = False
    """Whether a text that an earlier number of the call set stays instead."""
    barring: tuple[str, ...] = ()
    code: str | None = None
    """By which its prompts are recorded by phone."""
    admins: tuple[str, ...] = ()
    """Groups that may do that."""

    def spoken(self, own: str | None) -> str | None:
        """The language from here on; ``own`` is that of a known user who calls. ``None``: as before."""
        return (own or self.language) if self.language is not None else None

    def shown(self, earlier: str | None) -> str | None:
        """The text from here on, where ``earlier`` was shown before."""
        return earlier if self.display_text is None or (earlier and self.keep_earlier_text) else self.display_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(Talking):
    """An interactive menu (IVR-1)."""

    choices: Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One step of an auto attendant's tree; what it says of itself comes in this order."""

    announce: Prompt | None = None
    schedule: str | None = None
    """What ``opened`` and ``closed`` go by: the name of a schedule, or :data:`WORKING_HOURS`."""
    opened: Choice | None = None
    closed: Choice | None = None
    to: Choice | None = None
    """What follows at any hour."""
    then: Branch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoAttendant(Talking):
    """A tree of announcements, hours, menus and places (IVR-4)."""

    tree: Branch


def prompts(talking: Menu | AutoAttendant) -> Iterator[Prompt]:
    """What a menu or a tree says itself, in the order in which it is written, some of it perhaps twice."""
    if isinstance(talking, Menu):
        yield from _said(talking.choices)
    else:
        yield from _said_on(talking.tree)


def _said_on(branch: Branch) -> Iterator[Prompt]:
    if branch.announce is not None:
        yield branch.announce
    for choice in (branch.opened, branch.closed, branch.to):
        yield from _said(choice)
    if branch.then is not None:
        yield from _said_on(branch.then)


def _said(choice: Choice | None) -> Iterator[Prompt]:
    match choice:
        case Choices():
            yield choice.prompt
            if choice.sorry is not None:
                yield choice.sorry
            for reached in (*choice.options.values(), choice.otherwise, choice.wrong):
                yield from _said(reached)
        case Play():
            yield choice.prompt
            yield from _said(choice.then)


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
