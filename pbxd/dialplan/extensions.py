"""What callers may dial from a menu (IVR-2)."""

from __future__ import annotations

from pbxd.dialplan.numbering import Kind, canonical
from pbxd.org.numbers import NumberRange, is_e164
from pbxd.org.organization import Organization
from pbxd.org.rules import ToNumber


class Extensions:
    """Numbers of the organization in ranges that are ``dialable_from_ivr``, of people and services that there are."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._ranges = [numbers for numbers in organization.number_ranges if numbers.dialable_from_ivr]

    @property
    def longest(self) -> int:
        """Digits of the longest of them; 0 where there is none. Public numbers count where there are no others."""
        internal = [numbers for numbers in self._ranges if not is_e164(numbers.first)]
        return max(map(_digits, internal or self._ranges), default=0)

    def reached(self, digits: str) -> ToNumber | None:
        """Where the call goes; ``None`` where that is nobody, or nobody whom a stranger may dial."""
        organization = self._organization
        dialled = canonical(digits, organization, inbound=True)
        number = dialled.canonical
        if dialled.kind is not Kind.INTERNAL or not any(number in numbers for numbers in self._ranges):
            return None
        if organization.line(number) is None and organization.service(number) is None:
            return None
        return ToNumber(number)


def _digits(numbers: NumberRange) -> int:
    return len(numbers.first.lstrip("+"))
