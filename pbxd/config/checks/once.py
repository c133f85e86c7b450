"""Names and numbers that may be used once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pbxd.config.judging import File
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem


class Once:
    """Remembers what was taken, and where."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._taken: dict[object, tuple[File[Any], Path]] = {}

    def take(self, file: File[Any], key: object, path: Path) -> Iterator[ConfigProblem]:
        """A problem if ``key`` (shown as its text) was taken before."""
        if key not in self._taken:
            self._taken[key] = file, path
            return
        other, earlier = self._taken[key]
        first = f"{other.source.name}:{other.source.line(earlier)}"
        yield file.problem(path, f"{self._kind} `{key}` is used twice; the first is at {first}")
