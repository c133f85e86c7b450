"""sipvicious scans a running server: it learns nothing about who exists, and is soon not heard any more."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.interop.server import answers_options, secret
from tests.interop.stage import Stage

pytest.importorskip("sipvicious")

pytestmark = [pytest.mark.interop, pytest.mark.covers("SEC-1", "SEC-2")]

LIMIT = 10
KNOWN = ("anna-desk", "bo-desk", "cora-desk", "201", "202")
UNKNOWN = tuple(f"nobody{number}" for number in range(40))


@pytest.fixture
def stage(stage: Stage) -> Stage:
    stage.house = replace(stage.house, server={"limits": {"ban_after": LIMIT}})
    return stage


def scan(stage: Stage, tool: str, *options: str) -> str:
    """Run a tool of sipvicious against the server; returns everything it prints."""
    server, port = stage.server.address
    home = stage.directory / "scanner"
    home.mkdir(exist_ok=True)
    program = Path(sys.executable).with_name(f"sipvicious_{tool}")
    where = ["-P", str(free_port()), "-p", str(port), server]
    done = subprocess.run(
        [program, *options, *where],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=home,
        env=os.environ | {"HOME": str(home)},
    )
    return done.stdout + done.stderr


def names(stage: Stage) -> str:
    """A dictionary of names that exist among those that don't."""
    path = stage.directory / "names.txt"
    path.write_text("\n".join((*UNKNOWN[:20], *KNOWN, *UNKNOWN[20:])))
    return str(path)


def free_port() -> int:
    """sipvicious binds all addresses, whatever it is told; so its port has to be one that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS"])
def test_a_search_for_users_finds_none(stage: Stage, method: str) -> None:
    said = scan(stage, "svwar", "-m", method, "-d", names(stage), "--force", "--maximumtime", "15")
    assert "found nothing" in said
    for name in ("anna-desk", "bo-desk", "cora-desk"):  # digits are in addresses, too
        assert name not in said


def test_who_guesses_passwords_is_not_heard_any_more(stage: Stage) -> None:
    guesses = stage.directory / "passwords.txt"
    guesses.write_text("\n".join([*(f"guess{number}" for number in range(LIMIT + 5)), secret("anna-desk")]))
    said = scan(stage, "svcrack", "-u", "anna-desk", "-d", str(guesses))
    assert secret("anna-desk") not in said
    (banned,) = stage.server.events("banned")
    assert (banned["account"], banned["failures"]) == ("anna-desk", LIMIT)
    assert stage.server.status()["defence"]["turned_away"]["banned"] > 0
    assert "anna-desk" in stage.server.command("bans")
    stage.phone("anna-desk")  # from an address of its own
    assert "is heard again" in stage.server.command("unban", "anna-desk")
    assert stage.server.command("bans") == "nobody is banned\n"


@pytest.mark.full
def test_who_guesses_for_many_users_loses_his_address(stage: Stage) -> None:
    guesses = stage.directory / "passwords.txt"
    guesses.write_text("\n".join(f"guess{number}" for number in range(4)))
    for name in ("anna-desk", "nobody", "bo-desk"):
        scan(stage, "svcrack", "-u", name, "-d", str(guesses))
    (banned,) = stage.server.events("banned")
    assert (banned["account"], banned["failures"]) == ("", LIMIT)
    assert "found nothing" in scan(stage, "svwar", "-d", names(stage), "--maximumtime", "5")
    assert answers_options(*stage.server.address, patience=1.0)
