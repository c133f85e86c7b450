"""The process that serves SIP carries nothing of what speaks or makes music."""

from __future__ import annotations

import subprocess
import sys


def test_saying_something_imports_neither_engines_nor_numpy() -> None:
    program = """
import sys
import pbxd.server
from pbxd.speech.sayings import Message
from pbxd.speech.wording import worded
worded(Message("leave-message"), "da")
heavy = {"numpy", "av", "ctypes.util", "audioop", "espeakng_loader", "piper", "pbxd.speech.engines.espeak"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
