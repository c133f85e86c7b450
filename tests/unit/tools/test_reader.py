"""A configuration that another process reads is the same, and so are the problems in it, however large it is."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from pickle import UnpicklingError
from weakref import ref

import pytest

from pbxd.config import ConfigError, load
from pbxd.config.report import report
from pbxd.config.snapshot import Configuration
from pbxd.errors import PbxdError
from pbxd.org.setting import NOTHING
from pbxd.tools.handover import SLICE, forget, parts, receive, send
from pbxd.tools.reader import Reader
from tests.unit.config.conftest import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


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


def crowd(files: Files, number: int) -> None:
    """Make it an organization of so many users."""
    lines = "".join(
        f'  - {{username: u{one}, name: U, lines: [{{number: "+458889{one:04}"}}],'
        f" devices: [{{name: u{one}-desk, kind: desk, password: secret}}]}}\n"
        for one in range(number)
    )
    files.organization("users:\n", f"users:\n{lines}")
    files.organization("groups:\n", "groups:\n  - {name: crowd, contacts: {}}\n")
    files.organization("number_ranges:\n", 'number_ranges:\n  - {from: "+4588890000", to: "+4588899999"}\n')


@pytest.mark.covers("API-6")
def test_what_is_handed_over_in_slices_is_the_same(files: Files) -> None:
    crowd(files, 3 * SLICE)
    whole = load(files.folder / "pbxd.yaml")
    stream = BytesIO()
    send(whole, stream)
    stream.seek(0)
    *steps, found = receive(stream)
    assert isinstance(found, Configuration)
    assert found == whole
    assert len(steps) > 3
    before, after = whole.organizations["small"], found.organizations["small"]
    for user in before.users.values():
        assert after.line(user.lines[0].number) == before.line(user.lines[0].number)
        assert after.owner(user.devices[0].name) is after.users[user.username]
        assert after.users[user.username].settings is NOTHING, "what all users share is there once"


def test_what_is_broken_off_is_no_configuration(files: Files) -> None:
    crowd(files, 2 * SLICE)
    stream = BytesIO()
    send(load(files.folder / "pbxd.yaml"), stream)
    with pytest.raises((EOFError, UnpicklingError)):
        list(receive(BytesIO(stream.getvalue()[:-100])))


def test_a_configuration_is_let_go_of_in_slices(files: Files) -> None:
    crowd(files, 2 * SLICE)
    whole = load(files.folder / "pbxd.yaml")
    alive = ref(whole)
    left = parts(whole)
    del whole
    assert alive() is None
    assert len(list(forget(left))) > 4
    assert not left
