"""The stage of the interop tests: a real server and independent peers, each on a loopback address of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.authority import Authority
from tests.interop.stage import Stage


@pytest.fixture
def stage(loopback: Callable[[], str], tmp_path: Path) -> Iterator[Stage]:
    """A server and peers made as the test asks for them; all are gone when it ends."""
    made = Stage(loopback, tmp_path)
    try:
        yield made
    finally:
        made.clear()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)
