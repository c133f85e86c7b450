"""``pbxd trace``, ``pbxd pin`` and ``pbxd replay``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app
from pbxd.config import load
from pbxd.dialplan.basis import Basis, Key
from pbxd.events import Event, RouteDecided
from pbxd.tools.parties import situation
from tests.unit.commands.kept import EXAMPLE, server_with
from tests.unit.store.samples import conversation

START = 1_795_428_000.0
"""A Monday in office hours."""


def weekday(**decided: Any) -> list[Event]:
    """A call of that day, which says what its decision was made from."""
    call = situation(load(EXAMPLE / "pbxd.yaml"), "anna-desk", "202")
    reads: dict[Key, Any] = {("registered", call.source.organization, "bo-desk"): True}
    basis = Basis(now=START, configuration="", situation=call, reads=reads).to_json()
    story = conversation("c1", start=START)
    return [replace(one, basis=basis, **decided) if isinstance(one, RouteDecided) else one for one in story]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return server_with(tmp_path_factory.mktemp("kept"), weekday())


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
    config = server_with(tmp_path, weekday(treatment="ring bo-desk for 30 s"))
    printed = pbxd("pin", "c1", "--config", str(config))
    assert printed.exit_code == 0, printed.output
    for _ in range(2):
        added = pbxd("pin", "c1", "--to", str(tmp_path / "tests.yaml"), "--config", str(config))
        assert (added.exit_code, added.output) == (0, f"call c1 is pinned in {tmp_path}/tests.yaml\n")
    assert (tmp_path / "tests.yaml").read_text() == printed.output * 2
    with config.open("a") as file:
        file.write("tests: tests.yaml\n")
    assert pbxd("check", "--config", str(config)).exit_code == 0


@pytest.mark.covers("TOOL-1")
def test_a_call_is_decided_once_more(config: Path, tmp_path: Path) -> None:
    differs = pbxd("replay", "c1", "--config", str(config))
    assert differs.exit_code == 1
    assert differs.output.startswith("step 1 was: ring bo\n  would be: ring bo-desk for 30 s\n")
    assert "    + call: anna of " in differs.output
    [turn] = json.loads(pbxd("replay", "c1", "--json", "--config", str(config)).output)
    assert turn["same"] is False
    now = {**turn["now"], "trail": tuple(turn["now"]["trail"])}
    same = pbxd("replay", "c1", "--config", str(server_with(tmp_path, weekday(**now))))
    assert (same.exit_code, same.output) == (0, "step 1: ring bo-desk for 30 s, and the same again\n")


def test_the_ledger_must_say_what_was_decided_from(tmp_path: Path) -> None:
    config = str(server_with(tmp_path, conversation("c1", start=START)))
    for command, words in (("pin", "pinned"), ("replay", "replayed")):
        told = pbxd(command, "c1", "--config", config)
        assert told.exit_code == 1
        assert f"call c1 can't be {words}: the ledger doesn't say what step 1 was decided from" in told.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("trace", "c2"), "the ledger has no call c2"),
        (("trace", "c1", "--svg", "/nowhere/x.svg"), "/nowhere/x.svg can't be written: no such file or directory"),
        (("replay", "c2"), "the ledger has no call c2"),
        (("pin", "c2"), "the ledger has no call c2"),
        (("pin", "c1"), "call c1 can't be pinned: step 1 was: ring bo; such a call would now come to: ring bo-desk"),
        (("pin", "c1", "--as-if", "boo: lunch"), "nobody is called boo"),
    ],
)
def test_what_can_not_be_done_is_said(config: Path, arguments: tuple[str, ...], words: str) -> None:
    result = pbxd(*arguments, "--config", str(config))
    assert (result.exit_code, words in result.output) == (1, True), result.output
