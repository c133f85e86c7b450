"""One organization in itself."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.config.checks.calendars import check_calendars
from pbxd.config.checks.levels import below, check_contacts, check_levels, check_presence, check_services
from pbxd.config.checks.once import Once
from pbxd.config.checks.phones import check_phones
from pbxd.config.checks.references import check_references
from pbxd.config.checks.sounds import check_sounds
from pbxd.config.judging import File
from pbxd.config.models.organization import Organization
from pbxd.config.models.users import User
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem
from pbxd.org.numbers import NumberRange, is_e164

SERVICES = (
    "queues",
    "attendant_groups",
    "hunt_groups",
    "ivrs",
    "auto_attendants",
    "rule_based_numbers",
    "conference_rooms",
    "group_mailboxes",
    "voicemail_numbers",
)
"""The sections whose objects have numbers."""


def check_organization(file: File[Organization]) -> list[ConfigProblem]:
    """Ranges, names, numbers, groups and languages of one organization."""
    return [
        *_ranges(file),
        *_names(file),
        *_numbers(file),
        *_devices(file),
        *check_levels(file),
        *check_presence(file),
        *check_services(file),
        *check_contacts(file),
        *check_phones(file),
        *check_calendars(file),
        *check_references(file),
        *check_sounds(file),
    ]


def _ranges(file: File[Organization]) -> Iterator[ConfigProblem]:
    for index, found in enumerate(file.model.number_ranges):
        path: Path = ("number_ranges", index)
        if is_e164(found.first) != is_e164(found.last) or len(found.first) != len(found.last):
            yield file.problem(path, f"`{found.first}` and `{found.last}` do not have the same form and length")
        elif found.first > found.last:
            yield file.problem(path, f"`{found.first}` comes after `{found.last}`", "exchange `from` and `to`")
        else:
            yield from _overlaps(file, index)


def _overlaps(file: File[Organization], index: int) -> Iterator[ConfigProblem]:
    one, *others = (
        NumberRange(first=found.first, last=found.last)
        for found in (file.model.number_ranges[index], *file.model.number_ranges[:index])
    )
    for other in others:
        if one.overlaps(other):
            yield file.problem(("number_ranges", index), f"{one} overlaps {other}")


def _names(file: File[Organization]) -> Iterator[ConfigProblem]:
    groups, users, devices = Once("group"), Once("user"), Once("device")
    for index, group in enumerate(file.model.groups):
        yield from groups.take(file, group.name, ("groups", index, "name"))
    for index, user in enumerate(file.model.users):
        yield from users.take(file, user.username, ("users", index, "username"))
        for at, device in enumerate(user.devices):
            yield from devices.take(file, device.name, ("users", index, "devices", at, "name"))


def _used_numbers(model: Organization) -> Iterator[tuple[str, Path]]:
    """Every number and alias that something has, and where."""
    for index, user in enumerate(model.users):
        for at, line in enumerate(user.lines):
            yield line.number, ("users", index, "lines", at, "number")
            if line.alias is not None:
                yield line.alias, ("users", index, "lines", at, "alias")
    for key in SERVICES:
        for index, service in enumerate(getattr(model, key)):
            yield service.number, (key, index, "number")
            for at, number in enumerate(service.numbers):
                yield number, (key, index, "numbers", at)


def _numbers(file: File[Organization]) -> Iterator[ConfigProblem]:
    model = file.model
    ranges = [NumberRange(first=found.first, last=found.last) for found in model.number_ranges]
    numbers = Once("number")

    def outside(number: str, path: Path) -> Iterator[ConfigProblem]:
        if not any(number in found for found in ranges):
            hint = "" if ranges else "add `number_ranges`"
            yield file.problem(path, f"`{number}` is in none of the organization's number ranges", hint)

    for number, path in _used_numbers(model):
        yield from numbers.take(file, number, path)
        yield from outside(number, path)
    for index, mailbox in enumerate(model.group_mailboxes):
        if mailbox.code is not None:  # it is dialled like a number, and need not be in a range
            yield from numbers.take(file, mailbox.code, ("group_mailboxes", index, "code"))
    for number, path in _switchboards(model):
        yield from outside(number, path)


def _switchboards(model: Organization) -> Iterator[tuple[str, Path]]:
    """The switchboard of each level that has one (NUM-8)."""
    if model.switchboard is not None:
        yield model.switchboard, ("switchboard",)
    for path, one in below(model):
        if one.switchboard is not None:
            yield one.switchboard, (*path, "switchboard")


def _devices(file: File[Organization]) -> Iterator[ConfigProblem]:
    for index, user in enumerate(file.model.users):
        yield from _user_devices(file, user, ("users", index, "devices"))


def _user_devices(file: File[Organization], user: User, path: Path) -> Iterator[ConfigProblem]:
    for at, device in enumerate(user.devices):
        if device.password is None and device.kind != "mobile":
            yield file.problem((*path, at), f"`{device.name}` has no password, so it can't register")
        if device.password is None and device.kind == "mobile" and device.number is None:
            yield file.problem((*path, at), f"`{device.name}` has neither a number nor a password")
