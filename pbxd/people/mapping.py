"""How entries of a directory become users: a file that an administrator writes once."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from pbxd.config.judging import judge
from pbxd.config.scalars import Country, OneOrMore, Text
from pbxd.config.section import Section
from pbxd.config.source import read as read_source
from pbxd.errors import ConfigError, ConfigProblem
from pbxd.people.columns import EMPTY_LIST, KEY, Column, UnknownColumnError, column
from pbxd.people.numbers import canonical
from pbxd.people.tables import content

RANDOM: Final = "random"
"""As a password or PIN of somebody who is added: one that nobody has chosen."""
_PART: Final = re.compile(r"\{([A-Za-z0-9._-]+)\}")


class MappingFile(Section):
    """The file."""

    entries: dict[Text, Annotated[list[Text], OneOrMore, Field(min_length=1)]]
    """Attributes, of each of which an entry must have one of the values to be a user."""
    columns: dict[Text, Text]
    """Columns of users, each with an attribute, or with text in which ``{attribute}`` stands for its value."""
    values: Annotated[dict[Text, dict[Text, Text]], Field(default_factory=dict)]
    """Of columns: what stands for a value. A value that is not there stays, and in a list it is left out."""
    defaults: Annotated[dict[Text, Text], Field(default_factory=dict)]
    """Columns of somebody who is added; ``{username}`` and other columns stand for their values."""
    country: Country | None = None
    """Where numbers without ``+`` are from."""
    disabled: Literal["skip", "keep", "remove"] = "skip"
    """What becomes of accounts that Active Directory has switched off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a column's text comes from."""

    column: Column
    template: str

    @property
    def attributes(self) -> tuple[str, ...]:
        """In lower case."""
        return tuple(found.lower() for found in _PART.findall(self.template))

    def texts(self, values: Mapping[str, Sequence[str]]) -> list[str]:
        """What it says of an entry: all values of a single attribute, or one text of several attributes."""
        if _PART.fullmatch(self.template):
            return list(values.get(self.attributes[0], ()))
        text = _PART.sub(lambda part: next(iter(values.get(part[1].lower(), ())), ""), self.template)
        return [" ".join(text.split())] if any(values.get(name) for name in self.attributes) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A mapping that was read."""

    entries: Mapping[str, frozenset[str]]
    """By attribute; both in lower case."""
    sources: tuple[Source, ...]
    username: Source
    values: Mapping[str, Mapping[str, str]]
    """By column, then by value in lower case."""
    defaults: Mapping[Column, str]
    country: str | None
    disabled: Literal["skip", "keep", "remove"]

    def is_user(self, values: Mapping[str, Sequence[str]]) -> bool:
        """Whether an entry is to become a user."""
        return all(any(one.lower() in wanted for one in values.get(name, ())) for name, wanted in self.entries.items())

    def cell(self, source: Source, values: Mapping[str, Sequence[str]], before: str) -> str:
        """What the column's cell says of an entry, where it said ``before``."""
        texts = [text for one in source.texts(values) if (text := one.strip())]
        known = self.values.get(source.column.name)
        if not source.column.listed:
            text = texts[0] if texts else ""
            text = known.get(text.lower(), text) if known is not None else text
            return canonical(text, self.country) if source.column.path[-1] in ("number", "switchboard") else text
        if known is None:
            return ";".join(texts)
        possible = set(known.values())
        named = (known.get(text.lower(), text) for text in texts)
        ours = dict.fromkeys(name for name in named if name in possible)
        others = [one for one in before.split(";") if one and one not in possible and one != EMPTY_LIST]
        kept = [one for one in before.split(";") if one in ours]
        return ";".join(dict.fromkeys((*others, *kept, *ours)))

    def new(self, username: str, cells: Mapping[str, str]) -> Iterator[tuple[Column, str]]:
        """What somebody who is added has besides."""
        for one, text in self.defaults.items():
            if cells.get(one.name):
                continue
            if text == RANDOM and one.secret:
                yield (
                    one,
                    secrets.token_urlsafe(15) if one.path[-1] == "password" else f"{secrets.randbelow(10**6):06d}",
                )
            else:
                yield one, _PART.sub(lambda part: {**cells, KEY: username}.get(part[1], ""), text)


def read(path: Path) -> Rules:
    """Read a mapping. Raises :class:`ConfigError`, or :class:`pbxd.people.tables.TableError` where there is no file."""
    source, problems = read_source(str(path), content(path))
    file, more = judge(MappingFile, source) if source.data is not None else (None, [])
    problems = [*problems, *more]
    if file is None or problems:
        raise ConfigError(problems)
    model = file.model
    columns: dict[str, Column] = {}
    for section, names in (("columns", model.columns), ("defaults", model.defaults), ("values", model.values)):
        for name in names:
            try:
                columns[name] = column(name)
            except UnknownColumnError as error:
                problems.append(file.problem((section, name), str(error)))
    if KEY not in model.columns:
        problems.append(ConfigProblem(file=str(path), line=1, path="columns", message=f"`{KEY}` is missing"))
    if problems:
        raise ConfigError(problems)
    sources = {name: Source(column=columns[name], template=_template(text)) for name, text in model.columns.items()}
    return Rules(
        entries={name.lower(): frozenset(one.lower() for one in wanted) for name, wanted in model.entries.items()},
        sources=tuple(one for name, one in sources.items() if name != KEY),
        username=sources[KEY],
        values={
            columns[name].name: {one.lower(): text for one, text in table.items()}
            for name, table in model.values.items()
        },
        defaults={columns[name]: text for name, text in model.defaults.items()},
        country=model.country,
        disabled=model.disabled,
    )


def _template(text: str) -> str:
    return text if "{" in text else f"{{{text}}}"
