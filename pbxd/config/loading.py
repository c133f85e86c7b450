"""From a path to a checked configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from pbxd.config import building
from pbxd.config.checks import check
from pbxd.config.inactive import inactive
from pbxd.config.judging import File, judge
from pbxd.config.models.organization import Organization
from pbxd.config.models.routing_tests import RoutingTests
from pbxd.config.models.server import Server
from pbxd.config.snapshot import Configuration
from pbxd.config.source import read
from pbxd.errors import ConfigError, ConfigProblem

M = TypeVar("M", bound=BaseModel)


def load(path: Path) -> Configuration:
    """Read the server's file and everything that it names.

    Raises :class:`pbxd.errors.ConfigError` with every problem of every file. It reads files and takes a good part of a
    second for 2,000 users: not for the event loop of a server with calls on it.
    """
    path = path.absolute()
    reading = _Reading(path.parent)
    server = reading.one(path, Server)
    if server is None:
        raise ConfigError(reading.problems)
    organizations = reading.matching(server, "organizations", server.model.organizations, Organization)
    complete = not reading.problems
    reading.matching(server, "tests", server.model.tests, RoutingTests)
    problems = [*reading.problems, *check(server, organizations, complete=complete)]
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.path)))
    return Configuration(
        path=path,
        server=building.server(server.model, reading.folder),
        organizations={file.model.organization: building.organization(file.model) for file in organizations},
        trunks=building.trunks(server.model.trunks),
        inactive=inactive(server) + tuple(line for file in organizations for line in inactive(file)),
        content_hash=reading.content.hexdigest(),
    )


class _Reading:
    """Files read so far: their problems, and the hash of what they hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[ConfigProblem] = []
        self.content = hashlib.sha256()

    def one(self, path: Path, model: type[M]) -> File[M] | None:
        """One file and its model; ``None`` when it is no use, and then there are problems."""
        name = self._name(path)
        try:
            raw = path.read_bytes()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self.problems.append(ConfigProblem(file=name, line=1, path="", message=f"can't be read: {reason}"))
            return None
        self.content.update(f"{name}\0{len(raw)}\0".encode())
        self.content.update(raw)
        source, problems = read(name, raw)
        self.problems += problems
        if source.data is None:
            return None
        file, problems = judge(model, source)
        self.problems += problems
        return file

    def matching(self, server: File[Server], key: str, patterns: Sequence[str], model: type[M]) -> list[File[M]]:
        """The files that the patterns under ``key`` name, in order of their names, each once."""
        paths: dict[Path, None] = {}
        for index, pattern in enumerate(patterns):
            found = self._glob(pattern)
            if not found and key in server.model.model_fields_set:
                self.problems.append(server.problem((key, index), f"no file matches `{pattern}`"))
            paths.update(dict.fromkeys(found))
        return [file for path in paths if (file := self.one(path, model)) is not None]

    def _glob(self, pattern: str) -> list[Path]:
        absolute = Path(pattern)
        root = Path(absolute.anchor) if absolute.is_absolute() else self.folder
        relative = pattern.removeprefix(absolute.anchor)
        return sorted(path for path in root.glob(relative) if path.is_file())

    def _name(self, path: Path) -> str:
        """The file as problems name it: relative to the server's file where it lies beside or below it."""
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else str(path)
