"""Files that an organization's file names: lists of prefixes (CSV), calendars (iCalendar) and sounds.

They stand beside the organization's file, or where their path says, seen from there.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path as FilePath

from pbxd.config.calendars import CalendarEvent, events
from pbxd.config.judging import File
from pbxd.config.models.hours import WorkingHours
from pbxd.config.models.organization import Organization
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem

MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What the files that one organization names hold, by the names under which it names them."""

    today: date
    """When they were read."""
    base: FilePath
    """The directory that their names start from."""
    prefixes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calendars: Mapping[str, tuple[CalendarEvent, ...]] = field(default_factory=dict)


def attached(
    file: File[Organization], folder: FilePath, today: date, hashed: Callable[[bytes], None]
) -> tuple[Attached, list[ConfigProblem]]:
    """Read what the organization's file names. ``hashed`` is called with every file's content.

    Repeating events of calendars are written out for some time before and after ``today``.
    """
    base = (folder / file.source.name).parent
    problems: list[ConfigProblem] = []
    prefixes: dict[str, tuple[str, ...]] = {}
    calendars: dict[str, tuple[CalendarEvent, ...]] = {}
    for path, name in _named(file.model):
        if name in prefixes or name in calendars:
            continue
        try:
            content = _content(base / name)
        except OSError as error:
            problems.append(file.problem(path, f"`{name}` can't be read: {(error.strerror or str(error)).lower()}"))
            continue
        hashed(content)
        if path[-1] == "csv":
            prefixes[name], found = _prefixes(content, str(FilePath(file.source.name).parent / name))
            problems += found
            continue
        try:
            calendars[name] = events(content, file.model.timezone, today)
        except ValueError as error:
            problems.append(file.problem(path, f"`{name}` is no calendar: {error}"))
    for path, name in _sounds(file.model):
        if not (base / name).is_file():
            problems.append(file.problem(path, f"there is no file `{name}`"))
    return Attached(today=today, base=base, prefixes=prefixes, calendars=calendars), problems


def _content(path: FilePath) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(f"longer than {MAX_BYTES} bytes")
    return content


def _named(model: Organization) -> Iterator[tuple[Path, str]]:
    for name, type_ in model.number_types.items():
        if type_.csv is not None:
            yield ("number_types", name, "csv"), type_.csv
    yield from _of_hours(("working_hours",), model.working_hours)
    for index, group in enumerate(model.groups):
        yield from _of_hours(("groups", index, "working_hours"), group.working_hours)
    for index, user in enumerate(model.users):
        yield from _of_hours(("users", index, "working_hours"), user.working_hours)


def _sounds(model: Organization) -> Iterator[tuple[Path, str]]:
    """Files that are only looked for here: they are read when somebody is to hear them."""
    for index, sound in enumerate(model.sounds):
        for language, recording in sound.languages.items():
            if recording.file is not None:
                yield ("sounds", index, "languages", language, "file"), recording.file
    for name, music in model.music.items():
        for index, file in enumerate(music.files):
            yield ("music", name, "files", index), file


def _of_hours(path: Path, hours: WorkingHours | None) -> Iterator[tuple[Path, str]]:
    for index, exception in enumerate(hours.exceptions if hours is not None else ()):
        if exception.ics is not None:
            yield (*path, "exceptions", index, "ics"), exception.ics


def _prefixes(content: bytes, name: str) -> tuple[tuple[str, ...], list[ConfigProblem]]:
    """The first column, or the one headed ``prefix``; empty lines and everything else are for people."""
    problems = []
    found: dict[str, None] = {}
    column = 0
    rows = csv.reader(content.decode("utf-8-sig", "replace").splitlines())
    for line, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row]
        if line == 1 and "prefix" in map(str.lower, cells):
            column = [cell.lower() for cell in cells].index("prefix")
        elif any(cells):
            prefix = cells[column] if column < len(cells) else ""
            if re.fullmatch(r"\+?[0-9]{1,15}|\+", prefix):
                found[prefix] = None
            else:
                message = f"`{prefix[:40]}` is not the beginning of a number"
                problems.append(ConfigProblem(file=name, line=line, path="", message=message))
    return tuple(found), problems
