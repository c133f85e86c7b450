"""What the lint looks at, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pbxd.config.judging import File
from pbxd.config.models import organization as files
from pbxd.config.snapshot import Configuration
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem
from pbxd.org.organization import Organization

Severity: TypeAlias = Literal["error", "warning"]
"""An error keeps a configuration from being used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One organization, with the file that it was made from."""

    configuration: Configuration
    organization: Organization
    file: File[files.Organization]
    now: float
    """Seconds since 1970; rules for dates that are over are useless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that will hardly have been meant."""

    kind: str
    """Its stable name, such as ``forwarding-cycle``."""
    severity: Severity
    path: Path
    """Where in the organization's file."""
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding with its file and line."""

    kind: str
    severity: Severity
    problem: ConfigProblem

    def __str__(self) -> str:
        problem = self.problem
        hint = f"; {problem.hint}" if problem.hint else ""
        return f"{problem.message}{hint} ({problem.file}:{problem.line})"
