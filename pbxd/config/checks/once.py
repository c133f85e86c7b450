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
        self._taken: dict[object, str] = {}

    def take(self, file: File[Any], key: object, path: Path) -> Iterator[ConfigProblem]:
        """A problem if ``key`` (shown as its text) was taken before."""
        first = self._taken.get(key)
        if first is not None:
            yield file.problem(path, f"{self._kind} `{key}` is used twice; the first is at {first}")
        else:
            self._taken[key] = f"{file.source.name}:{file.source.line(path)}"
