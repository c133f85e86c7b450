"""Settings where they may not be given, and objects that must be told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pbxd.config.building.settings import given
from pbxd.config.checks.once import Once
from pbxd.config.judging import File
from pbxd.config.models.contacts import Contacts
from pbxd.config.models.organization import Organization
from pbxd.config.models.users import Group, User
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem
from pbxd.org.levels import SETTINGS, Level
from pbxd.org.numbers import NumberRange


def check_levels(file: File[Organization]) -> Iterator[ConfigProblem]:
    """Settings that are for the organization as a whole, on other levels (LVL-4)."""
    for path, one in below(file.model):
        level = Level.GROUP if isinstance(one, Group) else Level.USER
        for name, _ in given(one.settings):
            if level not in SETTINGS[name].levels:
                message = f"`{name}` is a setting of the organization as a whole, not of a {level.value}"
                hint = "write it under `settings` at the top level of the file"
                yield file.problem((*path, "settings", *name.split(".")), message, hint)


def below(model: Organization) -> Iterator[tuple[Path, Group | User]]:
    """Every group and user, and where it stands."""
    for index, group in enumerate(model.groups):
        yield ("groups", index), group
    for index, user in enumerate(model.users):
        yield ("users", index), user


def check_presence(file: File[Organization]) -> Iterator[ConfigProblem]:
    """Activities, roles, shortcuts and profiles are told apart by name and by code."""
    model = file.model
    yield from _distinct(file, model.activities, "activity", ("activities",))
    yield from _distinct(file, model.roles, "role", ("roles",))
    yield from _distinct(file, model.shortcuts, "shortcut", ("shortcuts",))
    yield from _distinct(file, model.profiles, "profile", ("profiles",))
    for index, user in enumerate(model.users):
        if user.shortcuts:
            yield from _distinct(file, user.shortcuts, "shortcut", ("users", index, "shortcuts"))
        if user.profiles:
            yield from _distinct(file, user.profiles, "profile", ("users", index, "profiles"))


def check_services(file: File[Organization]) -> Iterator[ConfigProblem]:
    """Service numbers are told apart by name, within their kind."""
    for kind, keys in (
        ("queue", ("queues", "attendant_groups")),
        ("hunt group", ("hunt_groups",)),
        ("menu", ("ivrs", "auto_attendants")),
        ("conference room", ("conference_rooms",)),
        ("rule-based number", ("rule_based_numbers",)),
        ("mailbox", ("group_mailboxes",)),
    ):
        names = Once(kind)
        for key in keys:
            for index, service in enumerate(getattr(file.model, key)):
                yield from names.take(file, service.name, (key, index, "name"))
    codes = Once("code of a queue or hunt group")
    for key in ("queues", "attendant_groups", "hunt_groups"):
        for index, service in enumerate(getattr(file.model, key)):
            if service.code is not None:
                yield from codes.take(file, service.code, (key, index, "code"))
    codes = Once("code of a menu")
    for key in ("ivrs", "auto_attendants"):
        for index, service in enumerate(getattr(file.model, key)):
            if service.code is not None:
                yield from codes.take(file, service.code, (key, index, "code"))


def check_contacts(file: File[Organization]) -> Iterator[ConfigProblem]:
    """Short numbers of contacts: once in a list, and no number of the organization's own."""
    ranges = [NumberRange(first=found.first, last=found.last) for found in file.model.number_ranges]
    yield from _short_numbers(file, file.model.contacts, ("contacts",), ranges)
    for path, one in below(file.model):
        yield from _short_numbers(file, one.contacts, (*path, "contacts"), ranges)


def _distinct(file: File[Organization], objects: Sequence[Any], kind: str, path: Path) -> Iterator[ConfigProblem]:
    names, codes = Once(kind), Once(f"{kind} code")
    for index, one in enumerate(objects):
        yield from names.take(file, one.name, (*path, index, "name"))
        if one.code is not None:
            yield from codes.take(file, one.code, (*path, index, "code"))


def _short_numbers(
    file: File[Organization], contacts: Contacts | None, path: Path, ranges: Sequence[NumberRange]
) -> Iterator[ConfigProblem]:
    if contacts is None:
        return
    taken = Once("short number")
    for key, listed in (("internal", contacts.internal), ("external", contacts.external)):
        for index, contact in enumerate(listed):
            for at, number in enumerate(contact.numbers):
                here = (*path, key, index, "numbers", at, "short")
                if number.short is None:
                    continue
                yield from taken.take(file, number.short, here)
                if any(number.short in found for found in ranges):
                    message = f"short number `{number.short}` is in the organization's number ranges"
                    yield file.problem(here, message, "calls to it would reach the range's number")
