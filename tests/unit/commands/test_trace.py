"""``pbxd trace`` and ``pbxd pin``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app
from pbxd.events import RouteDecided
from tests.unit.commands.kept import server_with
from tests.unit.store.samples import conversation

WEEKDAY = conversation("c1", start=1_795_428_000.0)
"""A Monday in office hours."""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return server_with(tmp_path_factory.mktemp("kept"), conversation("c1"))


def pbxd(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.mark.covers("TOOL-5")
def test_a_call_from_the_ledger_in_the_terminal_and_as_a_picture(config: Path, tmp_path: Path) -> None:
    shown = pbxd("trace", "c1", "--config", str(config))
    assert shown.exit_code == 0
    assert "── INVITE 202 " in shown.output
    assert "202 is bo's" in shown.output
    drawn = pbxd("trace", "c1", "--svg", str(tmp_path / "call.svg"), "--config", str(config))
    assert (drawn.exit_code, drawn.output) == (0, "")
    texts = {text.text for text in ElementTree.parse(tmp_path / "call.svg").iter("{http://www.w3.org/2000/svg}text")}
    assert {"anna-desk", "INVITE 202", "180 Ringing", "BYE"} <= texts


@pytest.mark.covers("TOOL-2")
def test_a_call_is_added_to_a_file_of_tests(tmp_path: Path) -> None:
    treatment = "ring bo-desk for 30 s"
    story = [replace(event, treatment=treatment) if isinstance(event, RouteDecided) else event for event in WEEKDAY]
    config = server_with(tmp_path, story)
    printed = pbxd("pin", "c1", "--config", str(config))
    assert printed.exit_code == 0, printed.output
    for _ in range(2):
        added = pbxd("pin", "c1", "--to", str(tmp_path / "tests.yaml"), "--config", str(config))
        assert (added.exit_code, added.output) == (0, f"call c1 is pinned in {tmp_path}/tests.yaml\n")
    assert (tmp_path / "tests.yaml").read_text() == printed.output * 2
    with config.open("a") as file:
        file.write("tests: tests.yaml\n")
    assert pbxd("check", "--config", str(config)).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("trace", "c2"), "the ledger has no call c2"),
        (("trace", "c1", "--svg", "/nowhere/x.svg"), "/nowhere/x.svg can't be written: no such file or directory"),
        (("pin", "c2"), "the ledger has no call c2"),
        (("pin", "c1"), "call c1 can't be pinned: step 1 was: ring bo; such a call would now come to: ring bo-desk"),
        (("pin", "c1", "--as-if", "boo: lunch"), "nobody is called boo"),
    ],
)
def test_what_can_not_be_done_is_said(config: Path, arguments: tuple[str, ...], words: str) -> None:
    result = pbxd(*arguments, "--config", str(config))
    assert (result.exit_code, words in result.output) == (1, True), result.output
