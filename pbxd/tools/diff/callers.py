"""Which callers are alike for every decision: the same colleague, or strangers whom nothing tells apart."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.numbering import from_trunk
from pbxd.dialplan.situation import FromDevice, Source
from pbxd.org.contacts import Contacts
from pbxd.org.organization import Organization
from pbxd.org.rules import CallerNumber, CallerPrefix
from pbxd.tools.diff.moments import parts, rules_of


def numbers_of(contacts: Contacts) -> Iterator[tuple[str, str]]:
    """Every number of a list, and of what kind its contact is."""
    for contact in contacts.entries:
        for one in contact.numbers:
            yield one.number, contact.kind


class Callers:
    """Tells callers apart by what the configurations know of them: contacts, number types, numbers in rules."""

    def __init__(self, configurations: Iterable[Configuration]) -> None:
        organizations = [one for both in configurations for one in both.organizations.values()]
        self._sides: dict[str, list[Organization]] = {}
        self._contacts: set[str] = set()
        self._prefixes: set[str] = set()
        for one in organizations:
            self._sides.setdefault(one.name, []).append(one)
            lists = [one.contacts, *(group.contacts for group in one.groups.values())]
            lists += (user.contacts for user in one.users.values())
            self._contacts.update(number for contacts in lists for number, _ in numbers_of(contacts))
            for user in one.users.values():
                self._contacts.update(line.number for line in user.lines)
            for rule in rules_of(one):
                for condition in parts(rule.when):
                    if isinstance(condition, CallerNumber):
                        self._contacts.add(condition.number)
                    elif isinstance(condition, CallerPrefix):
                        self._prefixes.add(condition.prefix)

    def like(self, source: Source) -> Hashable:
        """The same for callers whose calls to one number, at one moment, end alike."""
        if isinstance(source, FromDevice):
            return source
        sides = self._sides.get(source.organization, [])
        number = from_trunk(source.number, source.number_format, sides[0].country) if sides else source.number
        if not number or number in self._contacts or source.diverted:
            return source
        types = tuple(side.types_of(number) for side in sides)
        return source.organization, source.trunk, types, tuple(map(number.startswith, self._prefixes))
