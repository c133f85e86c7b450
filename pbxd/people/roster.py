"""Users as data: what a table, a directory or one order makes of the users of an organization's file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from pbxd.config.hints import nearest
from pbxd.config.models.users import User
from pbxd.config.source import Value
from pbxd.people.columns import KEY, Column, UnknownColumnError, column, plain, tidied
from pbxd.people.tables import Row, Table, TableError

NOT_COPIED: Final = frozenset(
    {"username", "name", "lines", "devices", "pin", "email", "calendar", "fields", "contacts"}
)
"""What belongs to a person, and not to what the person does; see :meth:`Roster.add`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of it, by username."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    absent: tuple[str, ...] = ()
    """Who is in the file and was not in what came; they stay."""
    notes: tuple[str, ...] = ()
    """What somebody should look at, with its place."""

    def __str__(self) -> str:
        parts = [f"{len(self.added)} added", f"{len(self.changed)} changed", f"{len(self.removed)} removed"]
        return ", ".join(parts) + (f", {len(self.absent)} only in the configuration" if self.absent else "")


class Roster:
    """The users of one organization's file, to be changed."""

    def __init__(self, data: Mapping[str, Value]) -> None:
        self._data = data
        found = data.get("users")
        self._before: dict[str, dict[str, Any]] = {
            str(user[KEY]): plain(user) for user in (found if isinstance(found, list) else []) if isinstance(user, dict)
        }
        self._users = dict(self._before)
        self.folded = {name.casefold(): name for name in self._before}
        """Usernames of the file, by what they are where capitals don't count."""

    @property
    def users(self) -> Mapping[str, Mapping[str, Any]]:
        """As they are now, by username; not to be changed."""
        return self._users

    def put(self, username: str, cells: Iterable[tuple[Column, str]]) -> None:
        """Have a user say what cells say; one who is not there is added."""
        before = self._users.get(username, {KEY: username})
        user = deepcopy(before)
        for one, cell in cells:
            one.put(user, cell)
        if user != before or username not in self._users:
            self._users[username] = _in_order(tidied(user), before)

    def add(self, username: str, like: str | None = None) -> None:
        """Add a user who is what another one is, but for what belongs to a person. Raises :class:`KeyError`."""
        model = self._users[like] if like is not None else {}
        copied = {key: deepcopy(value) for key, value in model.items() if key not in NOT_COPIED}
        self._users[username] = {KEY: username, "name": username, **copied}

    def remove(self, username: str) -> None:
        """Take a user out. Raises :class:`KeyError`."""
        del self._users[username]

    def data(self) -> dict[str, Any]:
        """The file's data with the users as they are now."""
        found = {key: plain(value) for key, value in self._data.items() if key != "users"}
        if "users" in self._data:
            return {key: list(self._users.values()) if key == "users" else found[key] for key in self._data}
        return {**found, "users": list(self._users.values())} if self._users else found

    def report(self, *, absent: Iterable[str] = (), notes: Iterable[str] = ()) -> Report:
        """What is different from the file."""
        before, after = self._before, self._users
        return Report(
            added=tuple(name for name in after if name not in before),
            changed=tuple(name for name, user in after.items() if name in before and before[name] != user),
            removed=tuple(name for name in before if name not in after),
            absent=tuple(absent),
            notes=tuple(notes),
        )


def columns_of(table: Table) -> dict[str, Column]:
    """The columns of a table of users. Raises :class:`TableError`."""
    found, problems = {}, []
    for name in table.columns:
        try:
            found[name] = column(name)
        except UnknownColumnError as error:
            problems.append(f"{table.at(1)}{error}")
    if KEY not in table.columns and not problems:
        problems.append(f"{table.at(1)}no column is called `{KEY}`" + _hint(table.columns))
    if problems:
        raise TableError(problems)
    return found


def _hint(names: Sequence[str]) -> str:
    hint = nearest(KEY, names)
    return f"; {hint}" if hint else ""


def import_table(roster: Roster, table: Table, *, remove: bool, seen: Callable[[int], None] = lambda _: None) -> Report:
    """Have users say what a table says: cells that are empty take away, columns that are missing leave alone.

    With ``remove``, whoever is not in the table goes. ``seen`` hears of every row. Raises :class:`TableError`, and then
    nothing is to be used of the roster.
    """
    columns = columns_of(table)
    rows = _once(table)
    names = [(name, one) for name, one in columns.items() if name != KEY]
    for row in table.rows:
        roster.put(row.cells[KEY], ((one, row.cells[name]) for name, one in names))
        seen(row.line)
    absent = [name for name in roster.users if name not in rows]
    if remove:
        for name in absent:
            roster.remove(name)
        absent = []
    return roster.report(absent=absent)


def _once(table: Table) -> Mapping[str, Row]:
    rows: dict[str, Row] = {}
    problems = []
    for row in table.rows:
        name = row.cells[KEY]
        if not name:
            problems.append(f"{table.at(row.line, KEY)}empty; every row needs one")
        elif name in rows:
            problems.append(f"{table.at(row.line, KEY)}`{name[:60]}` is on line {rows[name].line}, too")
        rows.setdefault(name, row)
    if problems:
        raise TableError(problems)
    return rows


def export(users: Iterable[Mapping[str, Any]], columns: Sequence[Column]) -> Iterator[list[str]]:
    """The rows of a table."""
    return ([one.cell(user) for one in columns] for user in users)


def _in_order(user: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """A user whose new keys stand where the description of a user has them, and the others where they stood."""
    usual = list(User.model_fields)
    order = [key for key in before if key in user]
    for key in sorted((key for key in user if key not in before), key=usual.index):
        ahead = [at for at, one in enumerate(order) if usual.index(one) < usual.index(key)]
        order.insert(ahead[-1] + 1 if ahead else 0, key)
    return {key: user[key] for key in order}
