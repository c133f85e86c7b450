"""Where the server of a configuration is reached and keeps its records, found without judging the rest of the file.

The commands that talk to a running server or read what it has kept need its data directory or its database and nothing
else, and must work while somebody is in the middle of editing the file.
"""

from __future__ import annotations

import re
from pathlib import Path

from pbxd.errors import ConfigError, ConfigProblem

DEFAULT = "var"
DEFAULT_DATABASE = "sqlite:///var/pbxd.db"

_LINE = r"""^{key}:[ \t]*["']?([^"'#\n]*?)["']?[ \t]*(?:#.*)?$"""


def control_socket(data: Path) -> Path:
    """The control socket of the server that keeps its files in ``data``."""
    return data / "control.sock"


def control_path(path: Path) -> Path:
    """The control socket of the server whose configuration is at ``path``.

    In a file that is no YAML just now, the line that begins with ``data`` is believed. Raises :class:`ConfigError` for
    a file that can't be read.
    """
    path = path.absolute()
    return control_socket(path.parent / (_said(path, "data") or DEFAULT))


def database_url(path: Path) -> str:
    """The database of the server whose configuration is at ``path``; as :func:`control_path`."""
    path = path.absolute()
    return anchored(_said(path, "database") or DEFAULT_DATABASE, path.parent)


def anchored(url: str, folder: Path) -> str:
    """The URL of a database; a file is found from ``folder``."""
    if not url.startswith("sqlite:///"):
        return url
    return f"sqlite:///{folder / url.removeprefix('sqlite:///')}"


def _said(path: Path, key: str) -> str:
    from pbxd.config.source import Map, read  # YAML: the server, which knows its directory, goes without

    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"can't be read: {(error.strerror or str(error)).lower()}"
        raise ConfigError([ConfigProblem(file=str(path), line=1, path="", message=message)]) from error
    source, _ = read(path.name, raw)
    if isinstance(source.data, Map):
        found = source.data.get(key)
        return found if isinstance(found, str) else ""
    line = re.search(_LINE.format(key=key), raw.decode("utf-8", "replace"), re.MULTILINE)
    return line[1] if line else ""
