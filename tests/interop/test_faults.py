"""What breaks under a server: the process itself, its disk, its database. What was promised is kept, calls go on."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Self

import pytest

from pbxd.cdr import call_record
from pbxd.control import ControlError
from pbxd.control import call as command
from pbxd.store.interface import WRITE_BEHIND
from pbxd.store.rebuild import Rebuilt, rebuild_at
from tests.interop.crowd import Crowd, users
from tests.interop.handset import Handset
from tests.interop.operator import Place, eventually, phones_of, started, talk
from tests.interop.postgres import postgres
from tests.interop.server import USERS, House, Server
from tests.interop.stage import Stage
from tests.interop.test_crowd import RANGES
from tests.interop.test_reliability import bo_answers, from_carrier

pytestmark = pytest.mark.interop

SLACK = 0.8
"""Seconds that a commit takes on a machine that is busy with other tests, on top of the moment it may wait."""


class Load:
    """Calls from a carrier, phones that register, and a user who sets something, beside each other."""

    def __init__(self, stage: Stage, crowd: Crowd) -> None:
        self.server = stage.server
        self.crowd = crowd
        self.confirmed = self.attempted = ""
        """Where Cora is diverted to when she is busy: what was confirmed to her last, and what she wanted last."""
        self.deaths: list[float] = []
        """When the server was killed; wall-clock seconds."""
        self._going = True
        self._thread = threading.Thread(target=self._refresh)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        self.crowd.stops()  # a test that fails leaves no server to answer it
        self._thread.join()

    def _refresh(self) -> None:
        while self._going:
            self.crowd.refreshes(5)

    def until_killed(self, after: float) -> None:
        """Have the server killed after so many seconds, and set things meanwhile."""
        socket = self.server.config.parent / "var" / "control.sock"
        death = threading.Timer(after, os.kill, (self.server.pid, signal.SIGKILL))
        death.start()
        with suppress(ControlError):
            for number in count(int(time.time() * 1000) % 1_000_000):
                self.attempted = f"+4540{number % 1_000_000:06d}"
                command(socket, "set", user="cora", what="divert-busy", value=self.attempted)
                self.confirmed = self.attempted
        self.deaths.append(time.time())
        death.join()
        self.server.kill()

    def may_be_lost(self, at: float) -> bool:
        """Whether what happened then may not have been written yet when the server died."""
        return any(death - WRITE_BEHIND - SLACK < at <= death for death in self.deaths)


def database(server: Server) -> Path:
    return server.config.parent / "var" / "pbxd.db"


def rows(file: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def check_kept(load: Load, promised: set[str]) -> None:
    """What was acknowledged is there, what is written behind is there but for its last moment, and folds agree."""
    file = database(load.server)
    assert {device for (device,) in rows(file, "SELECT device FROM bindings")} >= promised
    [(state,)] = rows(file, "SELECT state FROM user_states WHERE username = 'cora'")
    assert load.confirmed in state or load.attempted in state
    if load.attempted in state:  # it was kept, and only the answer was lost; the next attempt may not come so far
        load.confirmed = load.attempted
    looked = time.time()  # calls go on meanwhile, and the newest are still to be written
    results = dict(rows(file, "SELECT call, result FROM calls WHERE ended IS NOT NULL"))
    for line in load.server.events("call-ended"):
        at = datetime.fromisoformat(line["time"]).timestamp()
        if at <= looked - WRITE_BEHIND - SLACK and not load.may_be_lost(at):
            assert results[line["call"]] == line["result"], line
    assert rows(file, f"SELECT call FROM calls WHERE ended IS NULL AND started < {load.deaths[-1]}") == []
    found = asyncio.run(rebuild_at(f"sqlite:///{file}", call_record, dry=True))
    assert (found.differ, found.with_gap, found.without_beginning) == (0, 0, 0), found


@pytest.mark.covers("REL-2")
@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.full)])
@pytest.mark.timeout(1500)
def test_kill_9_at_any_moment_under_load(stage: Stage, times: int) -> None:
    carrier, call = from_carrier(stage)
    devices = users(20)
    stage.house = replace(stage.house, users=[*USERS, *devices], ranges=RANGES)
    names = [device for user in devices for device in user.devices]
    random = Random(times)
    with Crowd(names, stage.place(), stage.server.address, seed=times) as crowd:
        crowd.registers()
        bo, patience = bo_answers().waits_for("BYE").replies(200), ["-timeout", "1500s"]
        stage.phone("bo-desk", expires=3600).waits(bo, calls=1_000_000, options=patience)
        load = ["-r", "30", "-l", "20", *patience]
        carrier.calls("4588887702", call.pauses(0.1).sends("BYE").gets(200), calls=1_000_000, options=load)
        with Load(stage, crowd) as running:
            for _ in range(times):
                running.until_killed(random.uniform(0.05, 0.5))
                promised = set(crowd.promised)
                stage.server.start()
                check_kept(running, promised)
    results = {result for (result,) in rows(database(stage.server), "SELECT DISTINCT result FROM calls")}
    assert {"answered", "crashed"} <= results, "there was no load"
    assert rows(database(stage.server), "PRAGMA integrity_check") == [("ok",)]


# Disk and database ----------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may make a small file system")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        try:
            for size in (65_536, 4_096, 1):
                with suppress(OSError):
                    while True:
                        file.write(b"x" * size)
        finally:
            file.flush()


def waiting(server: Server) -> int:
    pending: int = server.status()["ledger"]["pending"]
    return pending


def calls_go_on(server: Server, anna: Handset, bo: Handset) -> None:
    """A call that is answered and ended, and that can't be written."""
    invite, answer = talk(anna, bo)
    anna.hangs_up(invite, answer)
    bo.replies(bo.waits_for("BYE"), 200)
    eventually(lambda: waiting(server) > 0, "events that wait")


def all_is_stored(server: Server, url: str) -> None:
    """Nothing waits any more, nothing was lost, and the record of the call is there."""
    eventually(lambda: waiting(server) == 0, "storing what waited")
    assert server.status()["ledger"]["lost"] == 0
    found = asyncio.run(rebuild_at(url, call_record, dry=True))
    assert found == Rebuilt(agree=1)


@pytest.mark.covers("REL-4")
def test_a_full_disk_costs_no_call_and_no_record(loopback: Place, tmp_path: Path, small_disk: Path) -> None:
    url = f"sqlite:///{small_disk}/pbxd.db"
    house = House(address=loopback(), server={"database": url})
    with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phone:
        anna, bo = phone("anna-desk"), phone("bo-desk")
        fill(small_disk / "ballast")
        calls_go_on(server, anna, bo)
        eventually(lambda: "full" in server.story(), "words about the disk")
        (small_disk / "ballast").unlink()
        all_is_stored(server, url)


@pytest.mark.covers("REL-4")
def test_a_database_that_is_away_for_a_while_costs_no_call_and_no_record(loopback: Place, tmp_path: Path) -> None:
    with postgres() as kept:
        url = asyncio.run(kept.database())
        house = House(address=loopback(), server={"database": url})
        with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phone:
            anna, bo = phone("anna-desk"), phone("bo-desk")
            kept.stop()
            calls_go_on(server, anna, bo)
            kept.start()
            all_is_stored(server, url)


@pytest.mark.covers("API-2")
def test_what_is_old_is_deleted_by_the_running_server(loopback: Place, tmp_path: Path) -> None:
    house = House(address=loopback(), server={"retention": {"ledger_days": 30}})
    with started(house, tmp_path / "server") as server:
        server.stop()
        connection = sqlite3.connect(database(server))
        connection.execute("UPDATE events SET at = at - 31 * 86400")
        connection.commit()
        connection.close()
        old = rows(database(server), "SELECT count(*) FROM events")[0][0]
        assert old >= 2
        server.start()
        eventually(lambda: rows(database(server), "SELECT count(*) FROM events")[0][0] == 1, "deleting what is old")
        assert rows(database(server), "SELECT type FROM events") == [("ServerStarted",)]
