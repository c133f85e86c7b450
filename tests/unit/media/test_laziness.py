"""A server that only relays carries nothing of what sound needs."""

from __future__ import annotations

import subprocess
import sys


def test_relaying_imports_neither_numpy_nor_codecs() -> None:
    program = """
import sys
import pbxd.__main__, pbxd.server, pbxd.media.remote, pbxd.media.embedded.worker
print(sorted({"numpy", "av", "G722", "audioop", "pbxd.media.sound"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
