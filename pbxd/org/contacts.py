"""Contacts of an organization, its groups and its users (USR-5, USR-6, RULE-9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

ContactKind: TypeAlias = Literal["favourite", "contact", "vip", "blocked"]
NumberKind: TypeAlias = Literal["landline", "mobile", "home", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactNumber:
    """One of a contact's numbers."""

    number: str
    """E.164 with ``+``, or internal digits."""
    type: NumberKind = "other"
    short: str | None = None
    """Digits that dial it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody who is known by number. The first number is the preferred one."""

    numbers: tuple[ContactNumber, ...]
    kind: ContactKind = "contact"
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    email: str = ""
    mandatory: bool = False
    """An internal contact, which users can't change."""

    @property
    def known_as(self) -> str:
        """What a phone shows for calls from it (USR-6): the person, else the company; empty without either."""
        return " ".join(filter(None, (self.first_name, self.last_name))) or self.company

    @property
    def name(self) -> str:
        """The person, else the company, else the number."""
        return self.known_as or self.numbers[0].number


@dataclass(frozen=True, slots=True)
class Contacts:
    """The list of one organization, group or user."""

    entries: tuple[Contact, ...] = ()
    _numbers: dict[str, Contact] = field(init=False, repr=False, compare=False)
    _short: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numbers: dict[str, Contact] = {}
        short: dict[str, str] = {}
        for contact in sorted(self.entries, key=lambda contact: not contact.mandatory):
            for one in contact.numbers:
                numbers.setdefault(one.number, contact)
                if one.short is not None:
                    short.setdefault(one.short, one.number)
        object.__setattr__(self, "_numbers", numbers)
        object.__setattr__(self, "_short", short)

    def get(self, number: str) -> Contact | None:
        """The contact with this canonical number; the first of several, mandatory ones before the others."""
        return self._numbers.get(number)

    def dialled(self, short: str) -> str | None:
        """The number that a short number stands for."""
        return self._short.get(short)


NOBODY = Contacts()
"""Of everybody without contacts of his own."""
