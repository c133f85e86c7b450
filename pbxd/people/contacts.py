"""Contact lists from tables of whatever program: which column is what, and what becomes of a list (USR-5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from pbxd.config.models.contacts import Contact
from pbxd.config.source import Value
from pbxd.people.columns import Column, UnknownColumnError, column, plain
from pbxd.people.numbers import canonical
from pbxd.people.tables import Row, Table, TableError

Record: TypeAlias = dict[str, Any]
LISTS: Final = ("internal", "external")
"""What users can't change, and what they can."""

_HEADINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("first name", "given name", "fornavn", "förnamn"), "first_name"),
    **dict.fromkeys(("last name", "surname", "family name", "efternavn", "efternamn"), "last_name"),
    **dict.fromkeys(("company", "organization", "organization name", "firma", "virksomhed", "företag"), "company"),
    **dict.fromkeys(("e-mail", "email", "e-mail address", "e-mail 1 - value", "e-post", "mail"), "email"),
    **dict.fromkeys(("category", "kind", "type"), "kind"),
}
"""What other programs call columns, in lower case."""
_NUMBERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("mobile phone", "mobile", "mobil", "mobiltelefon", "cell phone"), "mobile"),
    **dict.fromkeys(("business phone", "work phone", "phone", "telefon", "telephone", "arbejde", "arbete"), "landline"),
    **dict.fromkeys(("home phone", "hjem", "hem", "privat"), "home"),
    **dict.fromkeys(("other phone", "number", "nummer", "phone 1 - value"), "other"),
}
"""What they call columns with numbers, and which kind of number that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one column of a table becomes."""

    heading: str
    column: Column | None
    """``None``: nothing."""
    type: str | None = None
    """Of a number, where the heading says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What came of a list."""

    contacts: list[Record]
    lines: Mapping[str, int]
    """By a contact's first number: the row that it comes from."""
    added: int
    changed: int
    removed: int

    def __str__(self) -> str:
        return f"{self.added} added, {self.changed} changed, {self.removed} removed"


def assigned(table: Table, given: Mapping[str, str]) -> list[Taken]:
    """What each column of a table becomes: by ``given`` (columns of contacts, each with a heading), by the heading, or
    by what other programs call theirs. Raises :class:`TableError`.
    """
    problems = [f"{table.at(1)}no column is called `{one}`" for one in given.values() if one not in table.columns]
    by_heading: dict[str, Column] = {}
    for name, heading in given.items():
        try:
            by_heading[heading] = column(name, Contact)
        except UnknownColumnError as error:
            problems.append(str(error))
    if problems:
        raise TableError(problems)
    found, numbers = [], sum(one.path[0] == "numbers" and one.path[-1] == "number" for one in by_heading.values())
    for heading in table.columns:
        one = by_heading.get(heading) or _by_name(heading)
        type_ = None
        if one is None and (type_ := _NUMBERS.get(heading.casefold())) is not None:
            one, numbers = Column(("numbers", numbers, "number")), numbers + 1
        found.append(Taken(heading=heading, column=one, type=type_))
    names = [one.column.name for one in found if one.column is not None]
    if doubled := next((name for name in names if names.count(name) > 1), None):
        raise TableError([f"{table.at(1)}two columns become {doubled}; --map says which"])
    if not any(name.endswith(".number") for name in names):
        raise TableError([f"{table.at(1)}no column becomes a number; --map numbers.1.number=HEADING says which"])
    return found


def _by_name(heading: str) -> Column | None:
    known = _HEADINGS.get(heading.casefold(), heading)
    try:
        return column(known, Contact)
    except UnknownColumnError:
        return None


def preview(table: Table, taken: Sequence[Taken]) -> list[tuple[str, str, str]]:
    """For people: each heading, what it becomes, and the first that stands there."""
    rows = []
    for one in taken:
        first = next((cell for row in table.rows if (cell := row.cells[one.heading])), "")
        what = "-" if one.column is None else one.column.name + (f" ({one.type})" if one.type else "")
        rows.append((one.heading, what, first[:40]))
    return rows


def merged(
    before: Sequence[Value],
    table: Table,
    taken: Sequence[Taken],
    *,
    kind: str | None,
    country: str | None,
    replace: bool,
) -> Merge:
    """A list with what a table says in it: who has a number that is in the list is changed, others are added.

    ``kind`` is of those of whom the table says nothing. With ``replace``, who is not in the table goes. Raises
    :class:`TableError`.
    """
    contacts: list[Record] = [plain(one) for one in before]
    places = {number["number"]: at for at, one in enumerate(contacts) for number in one.get("numbers", ())}
    lines: dict[str, int] = {}
    seen: dict[int, int] = {}
    problems: list[str] = []
    changed = 0
    for row in table.rows:
        new = _contact(row, taken, country)
        if not new.get("numbers"):
            problems.append(f"{table.at(row.line)}no number, and a contact has at least one")
            continue
        at = next((places[one["number"]] for one in new["numbers"] if one["number"] in places), None)
        if at is not None and at in seen:
            problems.append(f"{table.at(row.line)}has a number that is on line {seen[at]}, too")
            continue
        if at is None:
            at = len(contacts)
            contacts.append(_in_order({**({"kind": kind} if kind else {}), **new}, list(Contact.model_fields)))
        else:
            after = _updated(contacts[at], new, taken)
            changed += after != contacts[at]
            contacts[at] = after
        places.update((one["number"], at) for one in new["numbers"])
        seen[at] = row.line
        lines[contacts[at]["numbers"][0]["number"]] = row.line
    if problems:
        raise TableError(problems)
    kept = [one for at, one in enumerate(contacts) if at in seen or not replace]
    return Merge(
        contacts=kept,
        lines=lines,
        added=len(contacts) - len(before),
        changed=changed,
        removed=len(contacts) - len(kept),
    )


def _contact(row: Row, taken: Sequence[Taken], country: str | None) -> Record:
    """A contact of one row, with its keys as the file has them; numbers that are not there leave no gap."""
    found: Record = {}
    for one in taken:
        if one.column is None or not (cell := row.cells[one.heading]):
            continue
        number = one.column.path[-1] == "number"
        one.column.put(found, canonical(cell, country) if number else cell)
        if one.type is not None:
            found["numbers"][one.column.path[1]].setdefault("type", one.type)
    numbers = [_in_order(one, ("type", "number", "short")) for one in found.pop("numbers", ()) if one.get("number")]
    return _in_order({**found, "numbers": numbers}, list(Contact.model_fields))


def _in_order(record: Record, order: Sequence[str]) -> Record:
    return {key: record[key] for key in order if key in record}


def _updated(before: Record, new: Record, taken: Sequence[Taken]) -> Record:
    """A contact as a row has it now; what no column says stays, also of its numbers."""
    after = deepcopy(before)
    for one in taken:
        if one.column is not None and one.column.path[0] != "numbers" and one.column.name not in new:
            after.pop(one.column.name, None)
    known = {one["number"]: one for one in before["numbers"]}
    numbers = [{**known.get(one["number"], {}), **one} for one in new["numbers"]]
    return {**after, **new, "numbers": numbers}
