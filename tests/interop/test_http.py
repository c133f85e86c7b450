"""Figures, health and readiness over HTTP, from a process of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.interop.operator import Place, ended, eventually, phones_of, started, talk
from tests.interop.server import House, Server

pytestmark = [pytest.mark.interop, pytest.mark.covers("API-4")]

PORT = 8088


@pytest.fixture
def house(loopback: Place) -> House:
    address = loopback()
    return House(address=address, server={"http": {"listen": f"http://{address}:{PORT}"}, "drain": "30"})


def get(house: House, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Status and text; status 0 where nobody answers."""
    request = urllib.request.Request(f"http://{house.address}:{PORT}{path}", headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def figures(house: House) -> dict[str, float]:
    """Those without labels, by name; those with one by name and its value."""
    status, text = get(house, "/metrics")
    assert status == 200, text
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def children(server: Server) -> list[int]:
    """Its processes for HTTP; readers of the configuration come and go."""
    found = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [int(pid) for pid in found if b"pbxd.api" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_figures_health_and_readiness(house: House, tmp_path: Path, loopback: Place) -> None:
    with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phones:
        anna, bo = phones("anna-desk"), phones("bo-desk")
        invite, answer = talk(anna, bo)
        eventually(lambda: get(house, "/health")[0] == 200, "health")
        found = eventually(lambda: (now := figures(house))["pbxd_calls"] == 1 and now, "the call")
        assert found["pbxd_ready"] == 1
        assert found["pbxd_calls_arrived_total"] == 1
        assert found["pbxd_registrations"] == 2
        assert found["pbxd_call_setup_seconds_count"] == 1
        assert found["process_resident_memory_bytes"] > 2**25
        assert found["process_cpu_seconds_total"] > 0
        assert get(house, "/ready") == (200, '{"ready":true,"problems":[]}')
        for header in ("Forwarded", "X-Forwarded-For"):
            assert get(house, "/metrics", {header: "192.0.2.7"})[0] == 403
        assert get(house, "/nothing")[0] == 404
        os.kill(server.pid, signal.SIGTERM)
        eventually(lambda: get(house, "/ready")[0] == 503, "draining")
        assert "takes no new calls" in json.loads(get(house, "/ready")[1])["problems"][0]
        assert get(house, "/health")[0] == 200
        [child] = children(server)
        anna.hangs_up(invite, answer)
        bo.replies(bo.waits_for("BYE"), 200)
        assert ended(server) == 0
        assert not Path(f"/proc/{child}").exists()
        assert not [line for line in server.log() if line["level"] in ("warning", "error")]


def test_a_server_that_hangs_is_not_healthy_and_one_that_is_killed_leaves_nobody(house: House, tmp_path: Path) -> None:
    with started(house, tmp_path / "server") as server:
        eventually(lambda: get(house, "/health")[0] == 200, "health")
        [child] = children(server)
        os.kill(server.pid, signal.SIGSTOP)
        eventually(lambda: get(house, "/health")[0] == 503, "the answer that it hangs")
        os.kill(server.pid, signal.SIGKILL)
        eventually(lambda: not Path(f"/proc/{child}").exists(), "the end of the HTTP process")


def test_calls_go_on_when_the_http_process_does_not(house: House, tmp_path: Path, loopback: Place) -> None:
    with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phones:
        eventually(lambda: get(house, "/health")[0] == 200, "health")
        [child] = children(server)
        os.kill(child, signal.SIGKILL)
        talk(phones("anna-desk"), phones("bo-desk"))
        eventually(lambda: get(house, "/health")[0] == 200, "health again")
        assert figures(house)["pbxd_calls"] == 1
        [line] = [line for line in server.events("log") if line["level"] == "warning"]
        assert line["message"] == "the HTTP process ended with -9"


def test_an_address_that_is_taken_is_waited_for(house: House, tmp_path: Path, loopback: Place) -> None:
    with socket.create_server((house.address, PORT)), started(house, tmp_path / "server") as server:
        line = eventually(lambda: server.events("log"), "the warning")[0]
        assert (line["level"], "can't listen on http://" in line["message"]) == ("warning", True)
        assert server.command("health") == "ready\n"
        server.stop()
