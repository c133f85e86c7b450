"""Whether what sound needs beyond relaying is installed, found out without importing it."""

from __future__ import annotations

from importlib.util import find_spec


def installed() -> bool:
    """Whether the extra ``pbxd[media]`` is there."""
    return all(find_spec(name) is not None for name in ("numpy", "av", "G722"))
