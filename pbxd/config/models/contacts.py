"""Contacts and directory fields."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pbxd.config.models.sounds import Labels
from pbxd.config.scalars import Digits, Flag, Name, Number, Text
from pbxd.config.section import Section


class DirectoryField(Section):
    id: Name
    name: Labels
    searchable: Flag = True
    editable_by_user: Flag = False
    moderated: Flag = False


class ContactNumber(Section):
    type: Literal["landline", "mobile", "home", "other"] = "other"
    number: Number
    short: Digits | None = None


class Contact(Section):
    first_name: Text | None = None
    last_name: Text | None = None
    company: Text | None = None
    kind: Literal["favourite", "contact", "vip", "blocked"] = "contact"
    numbers: Annotated[list[ContactNumber], Field(min_length=1)]
    email: Text | None = None


class Contacts(Section):
    internal: list[Contact] = []
    external: list[Contact] = []
