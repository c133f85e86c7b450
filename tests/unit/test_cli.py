"""What the commands print, and with which status they end. Talking to a running server is in tests/interop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app
from pbxd.config.place import control_path
from pbxd.errors import ConfigError

COMMANDS = ("run", "check", "status", "reload", "hangup", "bans", "unban")
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "pbxd.yaml"
SMALL = """\
listen: [udp://127.0.0.1:5060]
organizations: [house.yaml]
"""
HOUSE = """\
organization: house
name: House
domain: house.example
country: DK
timezone: Europe/Copenhagen
languages: [en]
number_ranges: [{from: "200", to: "299"}]
users:
  - {username: bo, name: Bo, lines: [{number: "202"}], devices: [{name: bo-desk, kind: desk, password: hush-hush}]}
"""


def pbxd(*arguments: str | Path, config: Path | None = None) -> Result:
    """Run the command in this process; ``config`` goes into the environment."""
    environment = {"PBXD_CONFIG": str(config) if config else None, "COLUMNS": "200", "NO_COLOR": "1"}
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=environment)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "house.yaml").write_text(HOUSE)
    path = tmp_path / "pbxd.yaml"
    path.write_text(SMALL)
    return path


@pytest.mark.covers("API-6")
def test_a_configuration_without_errors(small: Path) -> None:
    done = pbxd("check", small)
    assert done.exit_code == 0
    assert done.stdout == f"{small}: no errors; 1 organization, 1 user, 0 trunks\n"


def test_what_is_not_active_yet_is_listed() -> None:
    done = pbxd("check", EXAMPLE)
    assert done.exit_code == 0
    assert "not active yet: shortcuts.icon (organizations/nordhavn.yaml:" in done.stdout


@pytest.mark.covers("API-6")
@pytest.mark.parametrize("command", ["check", "run"])
def test_every_mistake_is_printed_and_no_secret(small: Path, command: str) -> None:
    small.write_text(SMALL + "limits: {kalls: 3}\n")
    small.with_name("house.yaml").write_text(HOUSE.replace("kind: desk", "knd: desk"))
    done = pbxd(command, config=small)
    assert done.exit_code == 1
    assert done.stdout == ""
    for words in ("house.yaml\n  line 9: ", "`knd`", "pbxd.yaml\n  line 3: ", "did you mean `calls`?", "in 2 files"):
        assert words in done.stderr
    assert "hush-hush" not in done.stderr


@pytest.mark.parametrize("command", [("run",), ("check",), ("status",), ("reload",), ("hangup", "c1")])
def test_a_file_that_cannot_be_read(tmp_path: Path, command: tuple[str, ...]) -> None:
    for path, reason in ((tmp_path / "none.yaml", "no such file or directory"), (tmp_path, "is a directory")):
        done = pbxd(*command, "--config", path)
        assert done.exit_code == 1
        assert done.stderr == f"{path} can't be read: {reason}; --config or PBXD_CONFIG names the server's file\n"


def test_the_option_wins_over_the_environment_and_the_argument_over_both(small: Path) -> None:
    wrong = small.with_name("none.yaml")
    assert pbxd("check", config=small).exit_code == 0
    assert pbxd("check", "-c", small, config=wrong).exit_code == 0
    assert pbxd("check", small, "-c", wrong).exit_code == 0


@pytest.mark.parametrize("arguments", [("frobnicate",), ("run", "--nope"), ("hangup",)])
def test_a_wrong_command_line(arguments: tuple[str, ...]) -> None:
    assert pbxd(*arguments).exit_code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_a_configuration_and_shows_an_example(command: str) -> None:
    shown = re.sub(r"\x1b\[[0-9;]*m", "", pbxd(command, "--help").stdout)
    assert "--config" in shown
    assert "PBXD_CONFIG" in shown
    assert f"Example: pbxd {command}" in shown


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("listen: []\n", "var"),
        ("data: kept\nlisten: []\n", "kept"),
        ("data: kept\nunknown: key\n", "kept"),
        ("data: kept\nlog: [json\n", "kept"),
        ('log: [json\ndata: "kept here"  # and there\n', "kept here"),
        ("log: [json\n", "var"),
        ("data:\nlog: [json\n", "var"),
        ("data: [kept]\n", "var"),
        ("data: /srv/pbxd\n", "/srv/pbxd"),
        ("- a list\n", "var"),
        ("", "var"),
    ],
)
def test_the_control_socket_is_found_whatever_else_is_wrong(tmp_path: Path, text: str, data: str) -> None:
    path = tmp_path / "pbxd.yaml"
    path.write_text(text)
    assert control_path(path) == tmp_path / data / "control.sock"


def test_the_control_socket_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        control_path(tmp_path / "pbxd.yaml")
