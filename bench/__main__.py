"""What pbxd costs beside its peers, measured in one run on this machine: ``bench/run [--quick] [--part PART]``.

Servers have core 0 and the load (SIPp) core 1. Compare ratios; absolute figures belong to the machine. About ten
minutes, ``--quick`` about two.
"""

from __future__ import annotations

import argparse
import math
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.load import Run, answering, calls, memory_of_held_calls, registrations
from bench.servers import SERVERS, Server, Usage

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to measure."""

    steady: float
    step: float
    precision: float
    """The highest rate is known when the lowest that failed is at most this many times as high."""
    attempts: int
    """Rates that are tried for the highest one at the most."""
    held: int


FULL = Pace(steady=20, step=10, precision=1.08, attempts=6, held=1000)
QUICK = Pace(steady=5, step=3, precision=1.5, attempts=4, held=300)


@dataclass(slots=True)
class Figures:
    """What was measured of one server; ``None`` where it does not do such a thing."""

    idle: Usage
    call: float | None = None
    """Milliseconds of processor time for a call at 50 a second."""
    calls_most: Run | None = None
    register: float | None = None
    """Milliseconds for a registration (two requests) at 50 a second."""
    registers_most: Run | None = None
    held: float | None = None
    """MiB for 1,000 calls that are up."""


def most(attempt: Callable[[float], Run], guess: float, pace: Pace) -> Run | None:
    """The highest rate held: up or down from a guess by halves, then between what was held and what was not."""
    best: Run | None = None
    rate, failed = guess, math.inf
    for _ in range(pace.attempts):
        run = attempt(rate)
        held = run.held(pace.step)
        words = f"{run.done} well, {run.failed} not, {run.seconds:.1f} s, {run.milliseconds:.2f} ms each"
        print(f"    {rate:6.0f}/s {'held' if held else 'not held'}: {words}", file=sys.stderr)
        if held:
            best = run
        else:
            failed = rate
        low = best.rate if best else 0.0
        if failed <= low * pace.precision:
            break
        rate = low * 1.5 if failed == math.inf else failed / 1.5 if best is None else math.sqrt(low * failed)
    return best


def measure(server: Server, pace: Pace, directory: Path, parts: frozenset[str]) -> Figures:
    """Everything about one server."""
    figures = Figures(idle=server.usage())
    if "memory" in parts:  # first, while nothing lies in free lists yet
        with answering(server, directory):
            each = memory_of_held_calls(server, count=pace.held, rate=100, directory=directory)
            figures.held = each * 1000 / MEBIBYTE
    if "calls" in parts:
        with answering(server, directory):
            steady = calls(server, rate=50, seconds=pace.steady, directory=directory)
            figures.call = steady.milliseconds
            # Costs fall under load, since more is done in one wake-up: begin at what the steady rate promises.
            guess = 1000 / max(steady.milliseconds, 0.3)
            figures.calls_most = most(
                lambda rate: calls(server, rate=rate, seconds=pace.step, directory=directory), guess, pace
            )
    if "registrations" in parts and server.registers:
        steady = registrations(server, rate=50, seconds=pace.steady, users=1000, directory=directory)
        figures.register = steady.milliseconds
        figures.registers_most = most(
            lambda rate: registrations(server, rate=rate, seconds=pace.step, users=1000, directory=directory),
            1000 / max(steady.milliseconds, 0.2),
            pace,
        )
    return figures


ROWS: tuple[tuple[str, Callable[[Figures], float | None]], ...] = (
    ("CPU s per 1,000 calls, at 50/s", lambda f: f.call),
    ("CPU s per 1,000 calls, at the highest rate", lambda f: f.calls_most.milliseconds if f.calls_most else None),
    ("calls/s held with under 0.1 % failures", lambda f: f.calls_most.rate if f.calls_most else None),
    ("CPU s per 1,000 registrations, at 50/s", lambda f: f.register),
    (
        "CPU s per 1,000 registrations, at the highest rate",
        lambda f: f.registers_most.milliseconds if f.registers_most else None,
    ),
    ("registrations/s held", lambda f: f.registers_most.rate if f.registers_most else None),
    ("MiB per 1,000 calls that are up", lambda f: f.held),
    ("MiB resident, idle", lambda f: f.idle.memory / MEBIBYTE),
)


def table(measured: dict[str, Figures]) -> str:
    """All figures, and behind each peer's the ratio of pbxd's to it."""
    own = measured.get("pbxd")
    lines = [f"{'':52}" + "".join(f"{name:>20}" for name in measured)]
    for title, value in ROWS:
        cells = [f"{title:52}"]
        for name, figures in measured.items():
            number = value(figures)
            ours = value(own) if own else None
            ratio = f" (x{ours / number:.2f})" if number and ours and name != "pbxd" else ""
            cells.append(f"{'-' if number is None else f'{number:.2f}{ratio}':>20}")
        lines.append("".join(cells))
    return "\n".join(lines) + "\n(x...): pbxd's figure divided by that peer's"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="shorter runs: about two minutes")
    parser.add_argument("--part", action="append", choices=["calls", "registrations", "memory", "media"])
    parser.add_argument("--server", action="append", choices=[server.name for server in SERVERS])
    arguments = parser.parse_args()
    parts = frozenset(arguments.part or ["calls", "registrations", "memory", "media"])
    pace = QUICK if arguments.quick else FULL
    if shutil.which("sipp") is None:
        print("SIPp (Debian package sip-tester) is needed", file=sys.stderr)
        return 2
    measured: dict[str, Figures] = {}
    for kind in SERVERS:
        if kind.name not in (arguments.server or [kind.name]):
            continue
        if kind.lacking():
            print(f"{kind.name} is left out: {kind.lacking()} is not installed", file=sys.stderr)
            continue
        print(f"{kind.name} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory() as place:
            server = kind(Path(place))
            try:
                server.start()
                measured[kind.name] = measure(server, pace, Path(place), parts - {"media"})
            finally:
                server.stop()
    if parts != {"media"}:
        print(table(measured))
    if "media" in parts:
        print("\nSound relayed, PCMU, 50 packets/s each way, by the in-process engine and by a bare relay", flush=True)
        seconds = "5" if arguments.quick else "15"
        relay = Path(__file__).with_name("relay.py")
        subprocess.run([sys.executable, relay, "--calls", "100", "--seconds", seconds], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
