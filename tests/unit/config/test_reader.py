"""A configuration that another process reads is the same, and so are the problems in it."""

from __future__ import annotations

import pytest

from pbxd.config import ConfigError, load
from pbxd.config.reader import Reader
from pbxd.config.report import report
from pbxd.errors import PbxdError
from tests.unit.config.conftest import Files


def test_what_is_read_is_the_same(files: Files) -> None:
    files.server("limits: {calls: 7}\n")
    assert Reader(files.folder / "pbxd.yaml").result() == load(files.folder / "pbxd.yaml")


def test_every_problem_comes_back_with_its_line(files: Files) -> None:
    files.server("limits: {kalls: 7}\nlog: {form: json}\n")
    with pytest.raises(ConfigError) as here:
        load(files.folder / "pbxd.yaml")
    with pytest.raises(ConfigError) as there:
        Reader(files.folder / "pbxd.yaml").result()
    assert there.value.problems == here.value.problems
    assert report(there.value.problems) == report(here.value.problems)
    assert str(there.value) == str(here.value)


def test_a_reader_that_is_killed_is_an_error(files: Files) -> None:
    reader = Reader(files.folder / "pbxd.yaml")
    reader.kill()
    with pytest.raises(PbxdError, match="ended with -9"):
        reader.result()
