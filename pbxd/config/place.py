"""Where the server of a configuration is reached, found without judging the rest of the file.

The commands that talk to a running server need its data directory and nothing else, and must work while somebody is
in the middle of editing the file.
"""

from __future__ import annotations

import re
from pathlib import Path

from pbxd.errors import ConfigError, ConfigProblem

DEFAULT = "var"

_LINE = re.compile(r"""^data:[ \t]*["']?([^"'#\n]*?)["']?[ \t]*(?:#.*)?$""", re.MULTILINE)


def control_socket(data: Path) -> Path:
    """The control socket of the server that keeps its files in ``data``."""
    return data / "control.sock"


def control_path(path: Path) -> Path:
    """The control socket of the server whose configuration is at ``path``.

    In a file that is no YAML just now, the line that begins with ``data`` is believed. Raises :class:`ConfigError` for
    a file that can't be read.
    """
    return control_socket(_data(path.absolute()))


def _data(path: Path) -> Path:
    from pbxd.config.source import Map, read  # YAML: the server, which knows its directory, goes without

    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"can't be read: {(error.strerror or str(error)).lower()}"
        raise ConfigError([ConfigProblem(file=str(path), line=1, path="", message=message)]) from error
    source, _ = read(path.name, raw)
    if isinstance(source.data, Map):
        found = source.data.get("data")
    else:
        line = _LINE.search(raw.decode("utf-8", "replace"))
        found = line and line[1]
    return path.parent / (found if isinstance(found, str) and found else DEFAULT)
