"""Hours of load on one server, and what memory does meanwhile: ``python -m bench.soak --calls 100000``."""

from __future__ import annotations

import argparse
import itertools
import tempfile
from pathlib import Path

from tests.interop.soak import Plan, Soak
from tests.interop.stage import Stage


def main() -> None:
    """Carry one plan out and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=40.0, help="calls a second")
    parser.add_argument("--reloads", type=int, default=200, help="each with one new call that stays")
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--registered", type=int, default=2000)
    plan = Plan(**vars(parser.parse_args()), settles=True)
    hosts = (f"127.9.0.{number}" for number in itertools.count(2))
    with tempfile.TemporaryDirectory(prefix="pbxd-soak-") as directory:
        stage = Stage(lambda: next(hosts), Path(directory))
        try:
            found = Soak(stage, plan).runs()
        finally:
            stage.clear()
    print(f"{plan.calls} calls, {found.reloads} reloads (the slowest took {found.slowest:.2f} s)")
    print(f"{found.held} calls still run; registrations lost: {len(found.lost)}")
    print(f"memory grew by {found.growth / 2**20:.1f} MiB; one configuration takes {found.snapshot / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
