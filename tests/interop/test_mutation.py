"""Broken packets by the hundred thousand leave a running server as it was: it answers, and it has not grown."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.interop.handset import Handset
from tests.interop.mutation import Mutator
from tests.interop.server import Server, answers_options
from tests.interop.stage import Stage
from tests.interop.test_trunks import trunk
from tests.torture import cases

pytestmark = [pytest.mark.interop, pytest.mark.covers("SEC-3", "REL-4")]

SEED = 20_261_122
PROOF = f'nonce="1-2", nc=00000001, cnonce="1", response="{"0" * 32}"'
AT_ONCE = 250
"""Packets between two questions whether the server is still with us; they fit its socket's buffer."""
METHODS = ["REGISTER", "SUBSCRIBE", "PUBLISH", "MESSAGE", "OPTIONS", "BYE", "PRACK", "UPDATE", "REFER", "NOTIFY"]
MIB = 1024 * 1024


def corpus(carrier: str, server: str) -> Sequence[bytes]:
    """Whole messages, good and bad, as if they came from ``carrier`` to ``server``."""
    found = [case.data for case in cases.CASES]
    for method in METHODS:
        more = ("Event: presence", "Expires: 600", "RAck: 1 1 INVITE", "Contact: <sip:a@h>;q=0.5;expires=60")
        digest = f'Authorization: Digest username="anna-desk", realm="house.example", uri="sip:h", qop=auth, {PROOF}'
        start = f"{method} sip:bo@house.example SIP/2.0"
        found.append(cases.case(f"sound-{method}", 0, None, *more, digest, start=start).data)
    able = ("Session-Expires: 1800;refresher=uac", "Supported: 100rel, timer")
    found.append(cases.offered("sound", 0, cases.OFFER, *able).data)
    places = [(cases.CARRIER, carrier), (cases.STRANGER, carrier), ("192.0.2.1", server)]
    for old, new in places:
        found = [data.replace(old.encode(), new.encode()) for data in found]
    return found


def bombard(server: Server, carrier: str, count: int) -> None:
    """Send ``count`` broken packets, at the server's pace."""
    mutator = Mutator(corpus(carrier, server.house.address), SEED)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((carrier, 5060))
        for sent in range(0, count, AT_ONCE):
            for _ in range(AT_ONCE):
                sender.sendto(mutator.packet(), server.address)
            assert is_alive(server), f"no answer after {sent + AT_ONCE} packets\n{server.story()}"


def is_alive(server: Server) -> bool:
    """Whether it answers OPTIONS: within a second, or asked again and again within ten."""
    return any(answers_options(*server.address, patience=1.0) for _ in range(10))


@pytest.mark.parametrize(
    ("count", "growth"),
    [(100_000, 192 * MIB), pytest.param(2_000_000, 512 * MIB, marks=[pytest.mark.full, pytest.mark.timeout(3600)])],
)
def test_mutated_packets(stage: Stage, count: int, growth: int) -> None:
    """``growth`` is for transactions, which linger for 32 s (3 kB each), and for as many calls as are allowed."""
    carrier = stage.stranger("carrier")
    quiet = {"log": {"format": "json", "level": "warning"}}
    stage.house = replace(stage.house, trunks=[trunk(carrier)], server=quiet)
    bo = Handset("bo-desk", stage.place(), stage.server.address)
    with bo:
        bo.registers()  # his phone rings and rings, and he never answers
        before = stage.server.status()
        bombard(stage.server, carrier.host, count)
    after = stage.server.status()
    assert after["messages"]["received"] > 0.95 * count  # the rest are keep-alives, or lost before they were read
    assert after["messages"].get("crashed", 0) == 0
    assert [found["error"] for found in stage.server.events("call-crashed")] == []
    deadline = time.monotonic() + 60
    while (rest := stage.server.status())["sessions"]:  # calls that nobody acknowledged are given up after 32 s
        assert time.monotonic() < deadline, rest
        time.sleep(1)
    assert (rest["calls"], rest["media_ports"], [trunk["calls"] for trunk in rest["trunks"]]) == ([], 0, [0])
    assert after["rss_bytes"] - before["rss_bytes"] < growth, after
