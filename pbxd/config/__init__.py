"""YAML files to an immutable :class:`Configuration`, with every problem by file and line (API-6).

Only whoever reads files pays for pydantic and YAML: the running server has its files read by a process of their own
(:mod:`pbxd.tools.reader`) and imports nothing but the snapshot.
"""

from __future__ import annotations

from pathlib import Path

from pbxd.config.snapshot import (
    Configuration,
    LimitsConfig,
    Listen,
    LogConfig,
    Match,
    MediaConfig,
    PortRange,
    ServerConfig,
    Trunk,
)
from pbxd.errors import ConfigError, ConfigProblem

__all__ = [
    "ConfigError",
    "ConfigProblem",
    "Configuration",
    "LimitsConfig",
    "Listen",
    "LogConfig",
    "Match",
    "MediaConfig",
    "PortRange",
    "ServerConfig",
    "Trunk",
    "load",
]


def load(path: Path, *, certificates: bool = False) -> Configuration:
    """Read the server's file and everything that it names; see :func:`pbxd.config.loading.load`."""
    from pbxd.config import loading

    return loading.load(path, certificates=certificates)
