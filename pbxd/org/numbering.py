"""Which numbers of the organization's ranges are in use, and which are free (NUM-1)."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.org.levels import SWITCHBOARD
from pbxd.org.numbers import NumberRange
from pbxd.org.organization import Organization


def numbers_in_use(organization: Organization) -> set[str]:
    """Every number and alias that reaches something, and those that are shown: switchboards and display numbers."""
    used = {one.number for one in organization.display_numbers}
    used |= {number for service in organization.services() for number in (service.number, *service.numbers)}
    for user in organization.users.values():
        for line in user.lines:
            used.update((line.number,) if line.alias is None else (line.number, line.alias))
    settings = [organization.settings, *(group.settings for group in organization.groups.values())]
    settings += (user.settings for user in organization.users.values())
    used.update(says.values[SWITCHBOARD.name] for says in settings if SWITCHBOARD.name in says.values)
    return used


def free_spans(organization: Organization, numbers: NumberRange) -> Iterator[NumberRange]:
    """The free numbers of a range as spans, in order: also of a range of a million numbers at once."""
    used = sorted(number for number in numbers_in_use(organization) if number in numbers)
    start = numbers.first
    for number in used:
        if start < number:
            yield NumberRange(first=start, last=_moved(number, -1))
        start = _moved(number, 1)
        if len(start) != len(number):  # beyond 999
            return
    if start <= numbers.last:
        yield NumberRange(first=start, last=numbers.last)


def free_numbers(organization: Organization, numbers: NumberRange) -> Iterator[str]:
    """The free numbers of a range, one by one."""
    for span in free_spans(organization, numbers):
        number = span.first
        while True:
            yield number
            if number == span.last:
                break
            number = _moved(number, 1)


def amount(numbers: NumberRange) -> int:
    """How many numbers are in a range."""
    return int(numbers.last.lstrip("+")) - int(numbers.first.lstrip("+")) + 1


def _moved(number: str, steps: int) -> str:
    """The number that comes ``steps`` later, with its leading zeros and plus sign."""
    plus, digits = number[: number.startswith("+")], number.lstrip("+")
    return f"{plus}{int(digits) + steps:0{len(digits)}}"
