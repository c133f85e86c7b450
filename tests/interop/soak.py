"""Load for as long as one wants: calls that come and go, calls that stay, reloads, and what memory does meanwhile.

The tests run it for seconds (:mod:`tests.interop.test_soak`), ``python -m bench.soak`` for hours.
"""

from __future__ import annotations

import os
import pickle
import time
import tracemalloc
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbxd.config import load
from pbxd.control import call
from tests.interop.crowd import Crowd, users
from tests.interop.handset import Handset
from tests.interop.operator import talk
from tests.interop.part import Part, audio
from tests.interop.server import ENGINE, USERS, House, Server
from tests.interop.sipp import Sipp
from tests.interop.stage import Stage

RANGES = (("+4588887700", "+4588887799"), ("200", "299"), ("+4577700000", "+4577799999"), ("70000", "79999"))
SETTLED = 34.0
"""Seconds until the transactions of the last calls are gone (RFC 3261's timers of 32 s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much of everything."""

    calls: int
    rate: float
    """Calls a second."""
    reloads: int
    """Each of them with a new call that stays."""
    devices: int
    """In the configuration, ten for each user."""
    registered: int
    """Of those."""
    settles: bool = False
    """Whether to wait at the end until the last transaction is gone, too (half a minute)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of it."""

    reloads: int
    held: int
    """Calls that still run of those that were to stay."""
    lost: set[str]
    """Devices that were registered and are not any more."""
    growth: int
    """Bytes of resident memory, in the second half of the reloads."""
    snapshot: int
    """Bytes of one configuration."""
    slowest: float
    """Seconds of the slowest reload."""


class Soak:
    """One server under load."""

    def __init__(self, stage: Stage, plan: Plan) -> None:
        self._stage = stage
        self._plan = plan
        stage.forked = False  # its memory is looked at
        self._carrier = stage.stranger("carrier")
        stage.house = House(
            address=stage.house.address,
            users=[*USERS, *users(plan.devices)],
            ranges=RANGES,
            trunks=[
                {
                    "name": "load",
                    "address": f"sip:{self._carrier.host}:5060",
                    "organizations": ["house"],
                    "options_every": "0",
                }
            ],
            server={
                "log": {"format": "json", "level": "warning"},
                "limits": {"calls": 2000, "calls_per_second": 1000, "registrations_per_user": 10},
                # Nobody sends sound here, and nobody is to be hung up on for it.
                "media": {"engine": os.environ.get(ENGINE, "embedded"), "rtp_ports": "20000-39999", "timeout": "0"},
            },
        )
        self._reloaded = 0
        self._slowest = 0.0

    def runs(self) -> Found:
        """Carry the plan out; a call of the load that fails fails the test."""
        server, plan = self._stage.server, self._plan
        devices = [device for user in users(plan.devices) for device in user.devices][: plan.registered]
        with ExitStack() as stack:
            crowd = stack.enter_context(Crowd(devices, self._stage.place(), server.address, seed=1))
            crowd.registers()
            anna, cora = (self._phone(stack, server, device) for device in ("anna-desk", "cora-desk"))
            load = self._load()
            # The first half fills caches and pools, and gets the load to where as much ends as begins.
            for _ in range(plan.reloads // 2):
                self._reload_with_a_new_call(anna, cora)
            before = self._memory()
            for _ in range(plan.reloads - plan.reloads // 2):
                self._reload_with_a_new_call(anna, cora)
            self._stage.plays(load)
            if plan.settles:
                self._settle()
            status = server.status()
            here = {binding["device"] for binding in status["bindings"]}
            return Found(
                reloads=self._reloaded,
                held=len(status["calls"]),
                lost=crowd.promised - here,
                growth=self._memory() - before,
                snapshot=snapshot_bytes(server.config),
                slowest=self._slowest,
            )

    def _load(self) -> Sipp:
        """Calls from a carrier to Bo, who answers each."""
        plan = self._plan
        bo = Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")
        patience = f"{plan.calls / plan.rate + 120:.0f}s"
        bo.waits_for("BYE").replies(200)
        self._stage.phone("bo-desk", expires=3600).waits(bo, calls=plan.calls + 10, options=("-timeout", patience))
        part = Part.calling("4588887702", user="4512345678", domain=self._stage.house.address).invites(audio())
        part = part.gets(180, optional=True).gets(200).acks().pauses(0.5).sends("BYE").gets(200)
        options = ("-r", f"{plan.rate:g}", "-l", "100000", "-timeout", patience, "-trace_err")
        return self._carrier.calls("4588887702", part, calls=plan.calls, options=options)

    def _phone(self, stack: ExitStack, server: Server, device: str) -> Handset:
        phone = stack.enter_context(Handset(device, self._stage.place(), server.address))
        phone.registers(expires=3600)
        return phone

    def _reload_with_a_new_call(self, caller: Handset, callee: Handset) -> None:
        """Something differs each time, so that there is a new snapshot, which the new call may hold on to."""
        server = self._stage.server
        path = server.config.parent / "organizations" / "house.yaml"
        text = path.read_text()
        serial = self._reloaded
        path.write_text(text.replace(f"name: House{serial or ''}\n", f"name: House{serial + 1}\n"))
        talk(caller, callee, "203")
        begun = time.monotonic()
        answer = self._ask("reload")
        self._slowest = max(self._slowest, time.monotonic() - begun)
        assert not answer["problems"], answer
        self._reloaded += 1

    def _ask(self, command: str) -> dict[str, Any]:
        return call(self._stage.server.config.parent / "var" / "control.sock", command, timeout=120)

    def _memory(self) -> int:
        resident: int = self._ask("status")["rss_bytes"]
        return resident

    def _settle(self) -> None:
        """Wait until only the calls that stay have anything left; transactions linger for half a minute."""
        deadline = time.monotonic() + SETTLED
        while self._ask("status")["transactions"] and time.monotonic() < deadline:
            time.sleep(0.2)


def snapshot_bytes(path: Path) -> int:
    """Memory that a configuration takes once it is read."""
    data = pickle.dumps(load(path), protocol=pickle.HIGHEST_PROTOCOL)
    tracemalloc.start()
    try:
        kept = pickle.loads(data)
        return tracemalloc.get_traced_memory()[0] if kept is not None else 0
    finally:
        tracemalloc.stop()
