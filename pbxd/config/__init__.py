"""YAML files to an immutable :class:`Configuration`, with every problem by file and line (API-6)."""

from __future__ import annotations

from pbxd.config.loading import load
from pbxd.config.report import report
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
    "report",
]
