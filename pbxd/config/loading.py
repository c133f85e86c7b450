"""From a path to a checked configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel

from pbxd.clock import SystemClock
from pbxd.config import building
from pbxd.config.advice import advice
from pbxd.config.attached import Attached, attached
from pbxd.config.checks import check
from pbxd.config.checks.certificates import check_certificates
from pbxd.config.inactive import inactive
from pbxd.config.judging import File, judge
from pbxd.config.models.organization import Organization
from pbxd.config.models.routing_tests import RoutingTests
from pbxd.config.models.server import Server
from pbxd.config.snapshot import Configuration
from pbxd.config.source import Map, Source, read
from pbxd.errors import ConfigError, ConfigProblem

M = TypeVar("M", bound=BaseModel)

DEFAULT_ORGANIZATIONS = ("organizations/*.yaml",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A checked configuration, and the files that it was made from: what is said of it later can name their lines."""

    configuration: Configuration
    organizations: Mapping[str, File[Organization]]
    """By name."""


def load(path: Path, *, today: date | None = None, certificates: bool = False) -> Configuration:
    """Read the server's file and everything that it names; see :func:`read_all`."""
    return read_all(path, today=today, certificates=certificates).configuration


def read_all(
    path: Path,
    *,
    today: date | None = None,
    certificates: bool = False,
    instead: Mapping[Path, bytes] = MappingProxyType({}),
) -> Loaded:
    """Read the server's file and everything that it names.

    Raises :class:`pbxd.errors.ConfigError` with every problem of every file. It reads files and takes a good part of a
    second for 2,000 users: not for the event loop of a server with calls on it. Holidays and the events of calendars
    are written out for some years around ``today``. With ``certificates`` these and their keys are opened, too, and
    tried. ``instead`` is what files are taken to hold, by their absolute paths, whatever they hold on disk.
    """
    today = today or datetime.fromtimestamp(SystemClock().wall(), UTC).date()
    path = path.absolute()
    reading = _Reading(path.parent, instead)
    source, server = reading.one(path, Server)
    found = reading.matching(source, "organizations", DEFAULT_ORGANIZATIONS, Organization)
    organizations = [file for file in found if file is not None]
    tests = reading.matching(source, "tests", (), RoutingTests)
    attachments = {file.model.organization: reading.attached(file, today) for file in organizations}
    problems = [*reading.problems, *check(server, organizations, complete=None not in found, today=today)]
    expiring: list[str] = []
    if server is not None and certificates:
        wrong, expiring = check_certificates(server, reading.folder, SystemClock().wall())
        problems += wrong
    if problems or server is None:
        raise ConfigError(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.path)))
    configuration = Configuration(
        path=path,
        server=building.server(server.model, reading.folder),
        organizations={
            file.model.organization: building.organization(file.model, attachments[file.model.organization])
            for file in organizations
        },
        trunks=building.trunks(server.model.trunks),
        inactive=inactive(server) + tuple(line for file in organizations for line in inactive(file)),
        warnings=(*advice(server, organizations), *expiring),
        content_hash=reading.content.hexdigest(),
        tests=tuple(test for file in tests if file is not None for test in building.routing_tests(file)),
    )
    return Loaded(configuration=configuration, organizations={file.model.organization: file for file in organizations})


class _Reading:
    """Files read so far: their problems, and the hash of what they hold."""

    def __init__(self, folder: Path, instead: Mapping[Path, bytes]) -> None:
        self.folder = folder
        self._instead = instead
        self.problems: list[ConfigProblem] = []
        self.content = hashlib.sha256()

    def one(self, path: Path, model: type[M]) -> tuple[Source, File[M] | None]:
        """One file, and in shape where it is; where it is not, there are problems."""
        name = self._name(path)
        try:
            raw = self._instead[path] if path in self._instead else path.read_bytes()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self.problems.append(ConfigProblem(file=name, line=1, path="", message=f"can't be read: {reason}"))
            return Source(name=name, text="", data=None), None
        self.content.update(f"{name}\0{len(raw)}\0".encode())
        self.content.update(raw)
        source, problems = read(name, raw)
        self.problems += problems
        if source.data is None:
            return source, None
        file, problems = judge(model, source)
        self.problems += problems
        return source, file

    def matching(self, server: Source, key: str, default: Sequence[str], model: type[M]) -> list[File[M] | None]:
        """The files that the patterns under the server's ``key`` name, in order of their names, each once.

        The patterns come from the data, not from the model: a mistake in the server's file hides none elsewhere.
        """
        paths: dict[Path, None] = {}
        given = server.data.get(key) if isinstance(server.data, Map) else None
        patterns = default if given is None else [given] if isinstance(given, str) else given
        for index, pattern in enumerate(patterns):
            if not isinstance(pattern, str) or not pattern.strip():
                continue
            found = self._glob(pattern.strip())
            if not found and given is not None:
                self.problems.append(server.problem((key, index), f"no file matches `{pattern}`"))
            paths.update(dict.fromkeys(found))
        return [self.one(path, model)[1] for path in paths]

    def attached(self, file: File[Organization], today: date) -> Attached:
        """What the files that an organization's file names hold, as far as they can be read."""
        found, problems = attached(file, self.folder, today, self.content.update)
        self.problems += problems
        return found

    def _glob(self, pattern: str) -> list[Path]:
        absolute = Path(pattern)
        root = Path(absolute.anchor) if absolute.is_absolute() else self.folder
        relative = pattern.removeprefix(absolute.anchor)
        return sorted(path for path in root.glob(relative) if path.is_file())

    def _name(self, path: Path) -> str:
        """The file as problems name it: relative to the server's file where it lies beside or below it."""
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else str(path)
