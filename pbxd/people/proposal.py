"""A change of an organization's file that is looked at before it is written, and checked as ``pbxd check`` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from pbxd.config.judging import judge
from pbxd.config.loading import read_all
from pbxd.config.models.users import User
from pbxd.config.section import Section
from pbxd.config.source import List, Map, Source, Value, dotted
from pbxd.config.source import Path as ListPath
from pbxd.errors import ConfigError, ConfigProblem
from pbxd.org.organization import Organization
from pbxd.people.editing import Change, EditError, changed
from pbxd.people.splicing import identity
from pbxd.people.writing import Data
from pbxd.tools.gate import examine


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the items of a list come from, for what is wrong with them to be said there."""

    file: str
    lines: Mapping[str, int]
    """By what each goes by (:func:`pbxd.people.splicing.identity`)."""
    path: ListPath = ("users",)
    """The list, in the organization's file."""
    model: type[Section] = User

    def line(self, item: Mapping[str, Data]) -> int | None:
        """Where an item comes from; ``None``: not from there."""
        return self.lines.get(identity(item)[1] or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An organization's file, as it is."""

    config: Path
    """The server's file."""
    organization: Organization
    source: Source
    raw: bytes

    @property
    def path(self) -> Path:
        return self.config.absolute().parent / self.source.name

    @property
    def data(self) -> Mapping[str, Value]:
        assert isinstance(self.source.data, dict), "it was checked"
        return self.source.data


def opened(config: Path, name: str | None) -> Opened:
    """The file of an organization, or of the only one. Raises :class:`ConfigError`, or :class:`KeyError` with the
    names that there are.
    """
    loaded = read_all(config)
    if name is None and len(loaded.organizations) == 1:
        [name] = loaded.organizations
    if name is None or name not in loaded.organizations:
        raise KeyError(*loaded.organizations)
    source = loaded.organizations[name].source
    raw = (config.absolute().parent / source.name).read_bytes()
    if raw.decode("utf-8-sig") != source.text:
        raise EditError(f"{source.name} is being changed by somebody else")
    organization = loaded.configuration.organizations[name]
    return Opened(config=config, organization=organization, source=source, raw=raw)


def proposed(file: Opened, data: Mapping[str, Data], origin: Origin | None = None) -> Change:
    """The change that makes the file hold ``data``.

    Raises :class:`EditError` where it can't be made, and :class:`ConfigError` where ``pbxd check`` would refuse what
    comes of it: with the rows of ``origin`` that are to blame.
    """
    items = _at(data, origin.path) if origin is not None else []
    if origin is not None and (wrong := list(_wrong_rows(items, origin))):
        raise ConfigError(wrong)
    change = changed(file.path, file.source.name, file.raw, data)
    if change.is_none:
        return change
    try:
        examine(file.config, instead={change.path: change.after})
    except ConfigError as error:
        problems = error.problems
        if origin is not None:
            problems = tuple(_blamed(one, file.source.name, items, origin) for one in problems)
        raise ConfigError(problems) from error
    return change


def _at(data: Data, path: ListPath) -> Sequence[Mapping[str, Data]]:
    found: Any = data
    for part in path:
        found = found[part]
    return cast("Sequence[Mapping[str, Data]]", found)


def _wrong_rows(items: Sequence[Mapping[str, Data]], origin: Origin) -> Iterator[ConfigProblem]:
    """What is wrong in items by themselves."""
    for item in items:
        line = origin.line(item)
        if line is not None:
            source = Source(name=origin.file, text="", data=_placed(item, line))
            yield from (_named(one, one.path) for one in judge(origin.model, source)[1])


def _blamed(problem: ConfigProblem, name: str, items: Sequence[Mapping[str, Data]], origin: Origin) -> ConfigProblem:
    """A problem of the file, said of the row that an item comes from."""
    index, _, below = problem.path.removeprefix(f"{dotted(origin.path)}.").partition(".")
    inside = problem.file == name and problem.path.startswith(f"{dotted(origin.path)}.")
    if not inside or not index.isdigit() or int(index) >= len(items):
        return problem
    line = origin.line(items[int(index)])
    if line is None:
        return problem
    plain = ConfigProblem(file=origin.file, line=line, path=below, message=problem.message, hint=problem.hint)
    return _named(plain, below)


def _named(problem: ConfigProblem, path: str) -> ConfigProblem:
    """With the column's name for a path: items of lists count from 1 there, and a list of names is one cell."""
    parts = path.split(".")
    if len(parts) > 1 and parts[-1].isdigit() and parts[0] not in ("lines", "devices", "numbers"):
        parts.pop()
    named = ".".join(str(int(part) + 1) if part.isdigit() else part for part in parts)
    return replace(problem, path=f"column {named}" if named else "")


def _placed(value: Any, line: int) -> Value:
    """Data with a line, the same for all of it."""
    if isinstance(value, dict):
        found = Map(line)
        found.update((key, _placed(one, line)) for key, one in value.items())
        found.lines = dict.fromkeys(value, line)
        return found
    if isinstance(value, list):
        items = List(line)
        items.extend(_placed(one, line) for one in value)
        items.lines = [line] * len(value)
        return items
    return None if value is None else str(value)
