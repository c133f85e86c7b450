"""Entries of a directory, and changes of them, applied to the users of an organization."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pbxd.people.ldif import Modification, Record
from pbxd.people.mapping import Rules, Source
from pbxd.people.proposal import Origin
from pbxd.people.roster import Report, Roster
from pbxd.people.tables import CONTROL, MAX_CELL, TableError

DN: Final = "dn"
"""Stands for an entry's name where a mapping says from what a column comes."""
_OFF: Final = 2
"""The bit of userAccountControl of an account that is switched off."""


def import_entries(roster: Roster, records: Sequence[Record], rules: Rules, name: str, *, remove: bool) -> Report:
    """Have users be what a directory says of them. With ``remove``, who is in no entry of it goes.

    Raises :class:`TableError` with every problem, by line, and then nothing is to be used of the roster.
    """
    work = _Import(roster, rules, name)
    for record in records:
        match record.change:
            case None | "add":
                work.entry(record)
            case "delete":
                work.deleted(record)
            case "modify":
                work.modified(record)
            case "modrdn" | "moddn":
                work.renamed(record)
    if work.problems:
        raise TableError(work.problems)
    absent = [username for username in roster.users if username not in work.lines]
    if all(record.change is not None for record in records):
        absent = []  # changes say nothing of all the others
    if remove:
        for username in absent:
            roster.remove(username)
        absent = []
    return roster.report(absent=absent, notes=work.notes)


def origin_of(roster: Roster, records: Sequence[Record], rules: Rules, name: str) -> Origin:
    """Which line of the file each user comes from."""
    lines = {}
    for record in records:
        for text in rules.username.texts(_texts(record)):
            lines[_known(roster, text.strip()) or text.strip()] = record.line
    return Origin(file=name, lines=lines)


class _Import:
    def __init__(self, roster: Roster, rules: Rules, name: str) -> None:
        self._roster = roster
        self._rules = rules
        self._name = name
        self.lines: dict[str, int] = {}
        """Who was in the file, and where."""
        self.problems: list[str] = []
        self.notes: list[str] = []

    def entry(self, record: Record) -> None:
        """Add or change the user whom an entry is of."""
        values = _texts(record)
        if "true" in (one.lower() for one in values.get("isdeleted", ())):
            self._gone(record, self._named(values))
            return
        if not self._rules.is_user(values):
            return
        if (username := self._username(record, values)) is None:
            return
        if _is_off(values) and self._rules.disabled != "keep":
            self._switched_off(record, username)
            return
        if (line := self.lines.get(username)) is not None:
            self.problems.append(f"{self._at(record.line)}`{username}` is on line {line}, too")
            return
        self.lines[username] = record.line
        self._put(record, username, self._rules.sources, values)

    def deleted(self, record: Record) -> None:
        """Take out whom an entry was of that is gone."""
        self._gone(record, self._found(record.dn))

    def modified(self, record: Record) -> None:
        """Change what came from attributes that changed."""
        username = self._found(record.dn)
        if username is None:
            self._unknown(record)
            return
        self.lines[username] = record.line
        changed = {one.attribute for one in record.modifications}
        touched = [one for one in self._rules.sources if changed.intersection(one.attributes)]
        values = {name: self._after(username, name, record.modifications) for name in changed}
        values[DN] = [record.dn]
        whole = []
        for source in touched:
            if missing := [name for name in source.attributes if name not in values]:
                where = self._at(record.line, source.column.name)
                self.problems.append(f"{where}needs {', '.join(missing)} as well, which the change does not name")
            else:
                whole.append(source)
        if _is_off(values) and self._rules.disabled != "keep":
            self._switched_off(record, username)
            return
        self._put(record, username, whole, values)

    def renamed(self, record: Record) -> None:
        """Follow an entry that has got another name."""
        username = self._found(record.dn)
        if username is None:
            self._unknown(record)
            return
        self.lines[username] = record.line
        given = _texts(record)
        rdn, parent = "".join(given.get("newrdn", ())), "".join(given.get("newsuperior", ()))
        name, _, text = rdn.partition("=")
        dn = f"{rdn},{parent or _parent(record.dn)}"
        values = {DN: [dn], name.strip().lower(): [_unescaped(text.strip())]}
        sources = [one for one in self._rules.sources if set(one.attributes) <= values.keys()]
        self._put(record, username, sources, values)
        if name.strip().lower() in self._rules.username.attributes:
            self.notes.append(f"{self._at(record.line)}{username} keeps the username, whatever the entry is called now")

    def _put(
        self, record: Record, username: str, sources: Sequence[Source], values: Mapping[str, Sequence[str]]
    ) -> None:
        before = self._roster.users.get(username)
        cells = {}
        for source in sources:
            cell = self._rules.cell(source, values, source.column.cell(before) if before is not None else "")
            if len(cell) > MAX_CELL or CONTROL.search(cell):
                self.problems.append(f"{self._at(record.line, source.column.name)}is no text for a configuration")
            cells[source.column.name] = source.column, cell
        texts = {name: cell for name, (_, cell) in cells.items()}
        more = self._rules.new(username, texts) if before is None else ()
        self._roster.put(username, [*cells.values(), *more])

    def _username(self, record: Record, values: Mapping[str, Sequence[str]]) -> str | None:
        username = self._named(values)
        if username is None:
            wanted = " and ".join(self._rules.username.attributes)
            self.problems.append(f"{self._at(record.line)}{record.dn[:80]} has no {wanted}, which makes the username")
        return username

    def _named(self, values: Mapping[str, Sequence[str]]) -> str | None:
        """The username of an entry, written as that of the user who has it."""
        texts = [one.strip() for one in self._rules.username.texts(values)]
        return (_known(self._roster, texts[0]) or texts[0]) if texts and texts[0] else None

    def _found(self, dn: str) -> str | None:
        """Whom an entry's name is of: whoever has it in a column, or has what it begins with in one, alone."""
        name, _, text = _rdn(dn).partition("=")
        values = {DN: [dn], name.strip().lower(): [_unescaped(text.strip())]}
        if name.strip().lower() in self._rules.username.attributes:
            return _known(self._roster, self._named(values) or "")
        by_name = [one for one in self._rules.sources if one.attributes == (DN,)]
        by_first = [one for one in self._rules.sources if one.attributes == (name.strip().lower(),)]
        for source in (*by_name, *by_first):
            cell = self._rules.cell(source, values, "").lower()
            having = [one for one, user in self._roster.users.items() if source.column.cell(user).lower() == cell]
            if len(having) == 1:
                return having[0]
        return None

    def _after(self, username: str, name: str, changes: Sequence[Modification]) -> list[str]:
        """The values of an attribute after the changes, from what is known of it."""
        user = self._roster.users[username]
        source = next((one for one in self._rules.sources if one.attributes == (name,)), None)
        before = source.column.cell(user) if source is not None else ""
        values = [one for one in (before.split(";") if source and source.column.listed else [before]) if one]
        for change in changes:
            given = [one.text for one in change.values if one.text is not None]
            match change.operation:
                case _ if change.attribute != name:
                    pass
                case "replace":
                    values = given
                case "add":
                    values = [*given, *values] if source is None or not source.column.listed else [*values, *given]
                case "delete":
                    gone = {self._known_as(source, one) for one in given}
                    values = [one for one in values if gone and one not in gone]
        return values

    def _known_as(self, source: Source | None, text: str) -> str:
        """A value of the directory as the column has it."""
        return self._rules.cell(source, {source.attributes[0]: [text]}, "") if source is not None else text

    def _switched_off(self, record: Record, username: str) -> None:
        known = username in self._roster.users
        self.lines[username] = record.line
        if known and self._rules.disabled == "remove":
            self._roster.remove(username)
        elif known:
            self.notes.append(f"{self._at(record.line)}{username} is switched off in the directory, and stays as is")

    def _gone(self, record: Record, username: str | None) -> None:
        if username is None or username not in self._roster.users:
            self._unknown(record)
            return
        self.lines[username] = record.line
        self._roster.remove(username)

    def _unknown(self, record: Record) -> None:
        self.notes.append(f"{self._at(record.line)}{' '.join(record.dn[:80].split())} is nobody who is known here")

    def _at(self, line: int, column: str = "") -> str:
        return f"{self._name}:{line}: " + (f"column {column}: " if column else "")


def _texts(record: Record) -> dict[str, list[str]]:
    """The values that are text, by attribute."""
    found: dict[str, list[str]] = {DN: [record.dn]}
    for value in record.values:
        if value.text is not None:
            found.setdefault(value.attribute, []).append(value.text)
    return found


def _known(roster: Roster, username: str) -> str | None:
    """A user's name, however it is written in a directory, which does not tell capitals from others."""
    if username in roster.users:
        return username
    return roster.folded.get(username.casefold())


def _is_off(values: Mapping[str, Sequence[str]]) -> bool:
    flags = "".join(values.get("useraccountcontrol", ()))
    return flags.isascii() and flags.isdigit() and len(flags) < 12 and bool(int(flags) & _OFF)


def _rdn(dn: str) -> str:
    """The first part of a name; a comma in it is escaped (RFC 4514 2.4)."""
    return re.split(r"(?<!\\),", dn, maxsplit=1)[0]


def _parent(dn: str) -> str:
    return dn[len(_rdn(dn)) + 1 :]


def _unescaped(text: str) -> str:
    """RFC 4514 3: ``\\,`` is a comma, ``\\C3\\A6`` an æ."""

    def character(found: re.Match[str]) -> str:
        pairs = found[0].replace("\\", "")
        return bytes.fromhex(pairs).decode("utf-8", "replace")

    return re.sub(r"\\(.)", r"\1", re.sub(r"(?:\\[0-9A-Fa-f]{2})+", character, text))
