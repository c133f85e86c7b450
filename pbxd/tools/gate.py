"""What a configuration must pass before it counts: it is well-formed, its lint has no errors, its tests hold (TOOL-2).

``pbxd check``, the start of the server and every reload ask here, so that what one accepts the others do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from pbxd.clock import SystemClock
from pbxd.config import loading
from pbxd.config.snapshot import Configuration
from pbxd.errors import ConfigError
from pbxd.tools.expectations import failures
from pbxd.tools.lint import lint


def examine(
    path: Path,
    *,
    now: float | None = None,
    certificates: bool = False,
    instead: Mapping[Path, bytes] = MappingProxyType({}),
) -> Configuration:
    """The configuration, with what its lint warns of among the warnings.

    ``now`` (seconds since 1970) is the moment of routing tests that name none. With ``certificates`` these and their
    keys are tried, too. ``instead`` is what files are taken to hold, before they do. Raises :class:`ConfigError`: with
    every problem of the files, or, where they have none, with every error of the lint and every test that fails.
    """
    now = SystemClock().wall() if now is None else now
    read = loading.read_all(path, certificates=certificates, instead=instead)
    found = lint(read, now)
    problems = [one.problem for one in found if one.severity == "error"] + failures(read.configuration, now)
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.path)))
    warnings = (str(one) for one in found)
    return replace(read.configuration, warnings=(*read.configuration.warnings, *warnings))
