"""Seconds that imports take, and look-ups of callers (`python -m bench.people --users 10000`).

An invented organization of that size gets as many users from a table, and then a change of every one of them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import sample
from time import perf_counter

from bench.organization import write
from pbxd.org.contacts import Contact, ContactNumber, Contacts
from pbxd.people.proposal import Opened, Origin, opened, proposed
from pbxd.people.roster import Report, Roster, import_table
from pbxd.people.tables import read, written

COLUMNS = (
    "username",
    "name",
    "email",
    "groups",
    "lines.1.number",
    "lines.1.alias",
    "devices.1.name",
    "devices.1.kind",
    "devices.1.password",
)


def rows(amount: int, name: str) -> Iterator[list[str]]:
    """Users beyond those whom the organization has."""
    for number in range(amount):
        username = f"new-{number}"
        numbers = f"+4570{500_000 + number:06d}", str(250_000 + number)
        yield [
            username,
            f"{name} {number}",
            f"{username}@large.example",
            "group-0",
            *numbers,
            f"{username}-desk",
            "desk",
            f"{username}-secret",
        ]


def imported(config: Path, table: Path, *, checked: bool = True) -> tuple[Opened, Report]:
    """Import a table as ``pbxd users import --write`` does."""
    file = opened(config, None)
    roster, found = Roster(file.data), read(table)
    report = import_table(roster, found, remove=False)
    origin = Origin(file=found.file, lines={row.cells["username"]: row.line for row in found.rows})
    change = proposed(file, roster.data(), origin if checked else None)
    sum(len(line) for line in change.difference())
    change.write()
    return file, report


def microseconds(amount: int) -> float:
    """What looking up one of so many contacts takes, by number."""
    numbers = [f"+4540{number:06d}" for number in range(amount)]
    contacts = Contacts(tuple(Contact(numbers=(ContactNumber(number=one),), last_name=one) for one in numbers))
    wanted = sample(numbers, 1000)
    start = perf_counter()
    for one in wanted:
        assert contacts.get(one) is not None
    return (perf_counter() - start) / len(wanted) * 1e6


def timed(words: str, work: Callable[[], object]) -> None:
    start = perf_counter()
    found = work()
    print(f"{words}: {perf_counter() - start:.1f} s{f' ({found})' if found else ''}")


def main() -> None:
    """Print what everything took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=10_000)
    amount = parser.parse_args().users
    with tempfile.TemporaryDirectory() as folder:
        table, config = Path(folder) / "users.csv", write(Path(folder), users=1000)
        for words, name in (("added", "Person"), ("changed", "Somebody")):
            table.write_text(written(COLUMNS, rows(amount, name)), encoding="utf-8")
            timed(f"{amount} users {words}", lambda: imported(config, table)[1])
    for contacts in (1000, 100_000):
        print(f"one of {contacts} contacts by number: {microseconds(contacts):.2f} µs")


if __name__ == "__main__":
    main()
