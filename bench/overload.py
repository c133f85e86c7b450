"""Twice the calls that the server can do: how many it completes all the same, and how soon it answers (REL-1).

``python -m bench.overload --capacity 300`` calls that often a second, then twice as often, for ``--seconds`` each, on
loopback. Printed: the share of the first run's calls that the second completed, and p99 from INVITE to the final
response of the calls that were accepted, as SIPp saw it.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired

from bench.load import HOLD, _aimed, _sipp, answering, caller
from bench.servers import CALLER, Pbxd
from tests.interop.part import Part

GOAL_SHARE = 0.9
GOAL_MILLISECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the calls of one run."""

    offered: int
    completed: int
    seconds: float
    p99: float
    """Milliseconds from INVITE to the final response of accepted calls."""

    @property
    def rate(self) -> float:
        """Calls completed per second."""
        return self.completed / self.seconds

    def __str__(self) -> str:
        return f"{self.offered} offered, {self.completed} completed, {self.rate:.0f}/s, p99 {self.p99:.0f} ms"


class Timed:
    """A caller that notes how long its INVITE takes."""

    def __init__(self, part: Part) -> None:
        self._part = part

    def xml(self) -> str:
        """The scenario, with the clock started by the INVITE and stopped by its 200."""
        started = self._part.xml().replace("<send ", '<send start_rtd="invite" ', 1)
        return started.replace('<recv response="200" ', '<recv response="200" rtd="invite" ', 1)


def run(server: Pbxd, rate: float, seconds: float, directory: Path) -> Outcome:
    """Call ``rate`` times a second; calls that are refused are not tried again."""
    count = int(rate * seconds)
    options = [*_aimed(server, rate, count), "-trace_rtt", "-rtt_freq", "100"]
    process = _sipp(Timed(caller(server.host, HOLD)), directory, "caller", CALLER, options)
    try:
        process.wait(seconds + 60)
    except TimeoutExpired:
        process.kill()
        process.wait()
    with (directory / "caller.csv").open() as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    waited = percentile(list(times(directory)), 0.99)
    return Outcome(offered=count, completed=int(last["SuccessfulCall(C)"]), seconds=seconds, p99=waited)


def times(directory: Path) -> Sequence[float]:
    """Response times in milliseconds, one for each call that got its 200."""
    path = max(directory.glob("caller_*_rtt.csv"), key=lambda path: path.stat().st_mtime)
    with path.open() as file:
        return [float(row[1]) for row in list(csv.reader(file, delimiter=";"))[1:]]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values don't exceed; 0 where there are none."""
    return sorted(values)[int(share * (len(values) - 1))] if values else 0.0


def main() -> int:
    """Measure and print; the exit status says whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--capacity", type=float, default=300.0, help="calls per second that the server just can do")
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        server = Pbxd(directory)
        server.start()
        try:
            with answering(server, directory):
                full = run(server, asked.capacity, asked.seconds, directory)
                print(f"at capacity:       {full}", flush=True)
                twice = run(server, 2 * asked.capacity, asked.seconds, directory)
        finally:
            server.stop()
    share = twice.completed / max(full.completed, 1)
    print(f"at twice as much:  {twice}")
    print(
        f"share of capacity: {share:.0%} (goal {GOAL_SHARE:.0%}), p99 {twice.p99:.0f} ms (goal {GOAL_MILLISECONDS:.0f})"
    )
    return 0 if share >= GOAL_SHARE and twice.p99 <= GOAL_MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
