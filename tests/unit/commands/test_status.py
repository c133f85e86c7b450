"""``pbxd status`` for people."""

from __future__ import annotations

from typing import Any

import pytest

from pbxd.commands.status import _duration, status_lines


def told(**differing: Any) -> list[str]:
    found: dict[str, Any] = {
        "version": "0.1.0",
        "pid": 4711,
        "uptime_seconds": 9.4,
        "rss_bytes": 71 << 20,
        "problems": [],
        "load": {"cpu": 0.04, "late_seconds": 0.002, "cpu_seconds": 1.0},
        "overload": {"waiting": 0, "turned_away": 0},
        "reloads": {"done": 0, "refused": 0, "ago": None},
        "configuration": "8ce0db3ef20b5d",
        "calls": [],
        "media_ports": 0,
        "registrations": 0,
        "subscriptions": 1,
        "defence": {"bans": 0},
        "bindings": [],
        "trunks": [],
        "certificates": [],
        "ledger": {"pending": 0, "lost": 0},
        "log": {"lost": 0},
    }
    return list(status_lines(found | differing))


def test_a_quiet_server() -> None:
    assert told() == [
        "pbxd 0.1.0, process 4711, up 9 s, 71 MiB",
        "ready",
        "load: 4% of a core, events 2 ms late at most; 0 messages wait, 0 requests turned away",
        "configuration 8ce0db3ef20b, since the start",
        "0 calls, 0 media ports",
        "0 registrations, 1 subscription",
        "ledger: 0 events waiting, 0 lost; log: 0 lines lost",
    ]


def test_what_needs_somebody_is_pointed_at() -> None:
    down = {"trunk": "backup", "calls": 0, "registered": False, "unusable": "is not registered", "servers_down": []}
    up = {"trunk": "carrier", "calls": 1, "registered": True, "unusable": "", "servers_down": ["udp:192.0.2.7:5060"]}
    certificate = {"certificate": "tls/server.pem", "names": ["pbx.example"], "days_left": 9, "expires": 0.0}
    text = "\n".join(
        told(
            problems=["the database does not keep up"],
            reloads={"done": 2, "refused": 1, "ago": 7_300.0},
            trunks=[up, down],
            certificates=[certificate, certificate | {"days_left": 90}, certificate | {"days_left": -1}],
            defence={"bans": 2},
        )
    )
    for words in (
        "NOT READY: the database does not keep up",
        "for 2 h 1 min, 1 reloads refused",
        "2 trunks, 1 up",
        "carrier               1 call      up, registered, servers down: udp:192.0.2.7:5060",
        "backup                0 calls     NOT USED: is not registered",
        "certificate tls/server.pem for pbx.example: ONLY 9 DAYS LEFT",
        "90 days left",
        "NOT VALID ANY MORE",
        "2 banned",
    ):
        assert words in text


def test_long_lists_are_cut() -> None:
    call = {"call": "c1", "seconds": 1.0, "parties": ["anna-desk", "bo-desk"]}
    lines = told(calls=[call] * 60)
    assert "60 calls, 0 media ports" in lines
    assert sum("anna-desk - bo-desk" in line for line in lines) == 50
    assert "  and 10 more (--json has all)" in lines


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.9, "59 s"), (300, "5 min"), (7_500, "2 h 5 min"), (273_600, "3 d 4 h")]
)
def test_durations(seconds: float, words: str) -> None:
    assert _duration(seconds).startswith(words)
