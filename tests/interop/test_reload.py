"""A running server is told something new, and asked: reload, status, hangup."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.interop.handset import Handset
from tests.interop.operator import Place, ended, eventually, pbxd, phones_of, ring, started, talk
from tests.interop.server import House, Server, User

pytestmark = pytest.mark.interop


@pytest.fixture
def house(loopback: Place) -> House:
    return House(address=loopback())


# Told something new --------------------------------------------------------------------------------------------------

DAN = User(username="dan", number="+4588887704", alias="204", devices=("dan-desk",))


def write(server: Server, house: House, tmp_path: Path) -> None:
    """Put another house's files in the place of those that the server has read."""
    other = house.write(tmp_path / f"other-{time.monotonic_ns()}")
    server.config.write_bytes(other.read_bytes())
    name = Path("organizations") / "house.yaml"
    (server.config.parent / name).write_bytes((other.parent / name).read_bytes())


def knows(server: Server, place: Place, device: str) -> bool:
    """Whether a device can register."""
    with Handset(device, place(), server.address) as phone:
        try:
            phone.registers()
        except AssertionError:
            return False
        return True


@pytest.mark.covers("API-6", "REL-3")
@pytest.mark.parametrize("way", ["command", "signal"])
def test_a_reload_takes_effect_while_calls_go_on(house: House, tmp_path: Path, loopback: Place, way: str) -> None:
    with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phones:
        anna, bo = phones("anna-desk"), phones("bo-desk")
        talk(anna, bo)
        assert not knows(server, loopback, "dan-desk")
        write(server, replace(house, users=[*house.users, DAN]), tmp_path)
        if way == "command":
            assert "is in force" in server.command("reload")
        else:
            os.kill(server.pid, signal.SIGHUP)
        eventually(lambda: server.events("config-reloaded"), "the reload")
        soft, dan = phones("anna-soft"), phones("dan-desk")
        ring(soft, dan, "204")
        assert len(server.status()["calls"]) == 2, "the first one goes on"


@pytest.mark.covers("API-6")
@pytest.mark.parametrize("broken", ["mistakes", "no YAML"])
def test_a_broken_file_changes_nothing_and_every_problem_is_told(
    house: House, tmp_path: Path, loopback: Place, broken: str
) -> None:
    house = replace(house, server={"data": "kept", "database": "sqlite:///kept/pbxd.db"})
    with started(house, tmp_path / "server") as server:
        before = server.status()["configuration"]
        organization = server.config.parent / "organizations" / "house.yaml"
        organization.write_text(organization.read_text().replace("country: DK", "cuntry: DK"))
        wrong = "media: {engin: child}\n" if broken == "mistakes" else "log: {format: [json\n"
        server.config.write_text(server.config.read_text() + wrong)
        done = pbxd("reload", "--config", str(server.config))
        assert done.returncode == 1
        assert "nothing is changed" in done.stderr
        told = done.stderr.splitlines()[:-1]
        assert any(line.startswith("pbxd.yaml:") for line in told)
        if broken == "mistakes":
            assert any("cuntry" in line for line in told)
        [line] = server.events("reload-refused")
        assert line["problems"] == told
        os.kill(server.pid, signal.SIGHUP)
        eventually(lambda: len(server.events("reload-refused")) == 2, "the refusal")
        assert server.status()["configuration"] == before
        assert knows(server, loopback, "bo-desk")


@pytest.mark.covers("TOOL-2", "API-6")
def test_a_routing_test_that_fails_keeps_the_running_configuration(
    house: House, tmp_path: Path, loopback: Place
) -> None:
    with started(house, tmp_path / "server") as server:
        before = server.status()["configuration"]
        server.config.write_text(server.config.read_text() + "tests: [held.yaml]\n")
        held = server.config.parent / "held.yaml"
        held.write_text('- {name: bo, when: {from: anna, to: "202"}, expect: {rings: [anna-desk]}}\n')
        done = pbxd("reload", "--config", str(server.config))
        assert done.returncode == 1
        assert "held.yaml:1: bo: step 1 is expected to be rings: [anna-desk], but it is rings: [bo-desk]" in done.stderr
        assert "nothing is changed" in done.stderr
        assert server.status()["configuration"] == before
        held.write_text('- {name: bo, when: {from: anna, to: "202"}, expect: {rings: [bo-desk]}}\n')
        assert "is in force" in server.command("reload")
        assert server.status()["configuration"] != before


def test_what_needs_a_restart_is_said_until_it_is_done(house: House, tmp_path: Path, loopback: Place) -> None:
    with started(house, tmp_path / "server") as server:
        elsewhere = loopback()
        changed = {"media": {"engine": "child"}, "limits": {"calls": 9}}
        write(server, replace(house, address=elsewhere, server=changed), tmp_path)
        for _ in range(2):
            assert "only after a restart: listen, media" in server.command("reload")
        lines = [line["message"] for line in server.events("log") if line["level"] == "warning"]
        assert lines == ["changed, and in force only after a restart: listen, media"] * 2
        server.stop()


def test_reloads_at_once_are_done_one_after_the_other(house: House, tmp_path: Path) -> None:
    with started(house, tmp_path / "server") as server:
        command = [sys.executable, "-m", "pbxd", "reload", "--config", str(server.config)]
        asking = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        assert ["is in force" in process.communicate(timeout=60)[0] for process in asking] == [True] * 3
        assert len(server.events("config-reloaded")) == 3
        server.stop()


def test_a_reload_under_way_does_not_keep_it_from_stopping(house: House, tmp_path: Path) -> None:
    with started(house, tmp_path / "server") as server:
        server.config.unlink()
        os.mkfifo(server.config)
        os.kill(server.pid, signal.SIGHUP)
        with server.config.open("wb"):  # which waits for a reader
            os.kill(server.pid, signal.SIGTERM)
            assert ended(server) == 0
        assert not server.events("reload-refused")


# Asked ---------------------------------------------------------------------------------------------------------------


def test_status_for_people_and_for_programs(house: House, tmp_path: Path, loopback: Place) -> None:
    with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phones:
        anna, bo = phones("anna-desk"), phones("bo-desk")
        talk(anna, bo)
        found = server.status()
        assert found["pid"] == server.pid
        assert found["log"] == {"lost": 0}
        assert found["ledger"]["lost"] == 0
        assert found["registrations"] == len(found["bindings"]) == 2
        [binding] = [binding for binding in found["bindings"] if binding["device"] == "bo-desk"]
        assert binding["contact"] == f"sip:bo-desk@{bo.host}:5060"
        assert 590 <= binding["expires_in"] <= 600
        [call] = found["calls"]
        shown = server.command("status")
        for words in (call["call"], "anna-desk - bo-desk", "house/bo-desk", "2 registrations", "0 lines lost", "MiB"):
            assert words in shown


def test_hangup_ends_a_call_and_says_when_there_is_none(house: House, tmp_path: Path, loopback: Place) -> None:
    with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phones:
        anna, bo = phones("anna-desk"), phones("bo-desk")
        talk(anna, bo)
        [call] = server.status()["calls"]
        server.command("hangup", call["call"])
        for phone in (anna, bo):
            phone.replies(phone.waits_for("BYE"), 200)
        eventually(lambda: not server.status()["calls"], "the end of the call")
        done = pbxd("hangup", call["call"], PBXD_CONFIG=str(server.config))
        assert done.returncode == 1
        assert done.stderr == f"there is no call {call['call']}; `pbxd status` lists those that run\n"
        server.stop()


def test_the_running_server_can_be_asked_while_its_files_are_being_edited(house: House, tmp_path: Path) -> None:
    house = replace(house, server={"data": "kept", "database": "sqlite:///kept/pbxd.db"})
    with started(house, tmp_path / "server") as server:
        text = server.config.read_text()
        for wrong in ("unknown: 1\n", "log: [json\n"):
            server.config.write_text(text + wrong)
            assert server.status()["pid"] == server.pid
        server.stop()


def test_nobody_to_ask(house: House, tmp_path: Path) -> None:
    config = str(house.write(tmp_path))
    for command in (["status"], ["reload"], ["hangup", "c1"]):
        done = pbxd(*command, "--config", config)
        assert done.returncode == 3
        assert done.stderr == f"no pbxd is running behind {tmp_path}/var/control.sock\n"
