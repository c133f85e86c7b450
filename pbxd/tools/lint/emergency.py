"""``emergency-shadowed``: numbers, conversions and ranges that an emergency number stands in the way of.

Emergency numbers are read before anything else, so no configuration captures a call for help. The lint says what can
therefore not be reached, or never comes into effect.
"""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.config.source import Path
from pbxd.dialplan.numbering import LONGEST_SHORT, is_emergency
from pbxd.org.dialling import Conversion
from pbxd.tools.lint.subject import Finding, Subject

LONGEST = LONGEST_SHORT + len("+999") + 1
EMERGENCY = ("112", "110", "111", "113", "118", "119", "911", "999", "000")
"""What conversions and ranges are tried with, where it is an emergency number of the country."""


def check(subject: Subject) -> Iterator[Finding]:
    """What an emergency number is in the way of."""
    yield from _numbers(subject)
    yield from _conversions(subject)


def _numbers(subject: Subject) -> Iterator[Finding]:
    for number, path in _used(subject):
        if len(number) <= LONGEST and is_emergency(number, subject.organization):
            yield Finding(
                kind="emergency-shadowed",
                severity="error",
                path=path,
                message=f"nobody can be called at {number}: who dials it calls for help",
                hint="give it another number",
            )


def _used(subject: Subject) -> Iterator[tuple[str, Path]]:
    model = subject.file.model
    for at, user in enumerate(model.users):
        for index, line in enumerate(user.lines):
            yield line.number, ("users", at, "lines", index)
            if line.alias is not None:
                yield line.alias, ("users", at, "lines", index)
    sections = ("queues", "attendant_groups", "hunt_groups", "ivrs", "auto_attendants", "rule_based_numbers")
    for section in (*sections, "conference_rooms", "group_mailboxes", "voicemail_numbers"):
        for index, service in enumerate(getattr(model, section)):
            for number in (service.number, *service.numbers):
                yield number, (section, index)


def _conversions(subject: Subject) -> Iterator[Finding]:
    organization = subject.organization
    numbers = [number for number in EMERGENCY if is_emergency(number, organization)]
    levels: list[tuple[Path, tuple[Conversion, ...]]] = [(("number_conversions", "own"), organization.conversions.own)]
    for at, group in enumerate(organization.groups.values()):
        levels.append((("groups", at, "number_conversions", "own"), group.conversions.own))
    for path, conversions in levels:
        for index, conversion in enumerate(conversions):
            for number in numbers:
                if conversion.convert(number) is not None:
                    yield Finding(
                        kind="emergency-shadowed",
                        severity="warning",
                        path=(*path, index),
                        message=f"the conversion of {conversion} would take in {number}, which stays an emergency call",
                        hint="limit it with `only`",
                    )
