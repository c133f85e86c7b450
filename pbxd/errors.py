"""The four roots of everything that can be wrong and is not a bug of ours.

Busy, no answer, declined and unreachable are *outcomes* (:mod:`pbxd.dialplan.treatment`), not errors. Any other
exception is a bug, meets the firewall round its call, and costs that call only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class PbxdError(Exception):
    """Common root, for a caller that wants to catch everything that pbxd raises on purpose."""


class MalformedMessage(PbxdError):
    """Bytes from the network that are not what their protocol allows.

    ``header`` names the offending header field (canonical form) or is ``None``, ``status`` is what a request that is
    malformed like this deserves (400 unless an RFC says otherwise).
    """

    def __init__(self, reason: str, *, header: str | None = None, status: int = 400) -> None:
        super().__init__(f"{header}: {reason}" if header else reason)
        self.reason = reason
        self.header = header
        self.status = status


class ProtocolViolation(PbxdError):
    """A well-formed message at a moment when the peer must not send it; ``status`` is the answer to a request."""

    def __init__(self, reason: str, *, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Refused(PbxdError):
    """We decline a request: ``status`` and ``reason`` go on the wire."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigProblem:
    """One thing that is wrong in a configuration, where it is, and what to write instead (``hint``, may be empty)."""

    file: str
    line: int
    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: {self.path}: " if self.path else f"{self.file}:{self.line}: "
        return where + self.message + (f" ({self.hint})" if self.hint else "")


class ConfigError(PbxdError):
    """A configuration that can't be used; carries *every* problem found, in order of file and line."""

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
