"""What lives in memory: pbxd's own objects, counted by class, for tests that nothing is left behind."""

from __future__ import annotations

import gc
from collections import Counter

VALUES = ("address", "events", "store", "sip.message", "sip.headers", "sip.values", "sip.uri")
"""Modules of values, which the store in memory, the phones and the small caches of the grammar hold on purpose."""
POOLED = ("media.embedded.sockets",)
"""Sockets rest in the engine's pool, whose bounds are its own tests' affair."""
KEPT_ON_PURPOSE = tuple(f"pbxd.{name}" for name in VALUES + POOLED)


def objects() -> Counter[str]:
    """How many objects of each of pbxd's classes the garbage collector knows and can't free."""
    gc.collect()
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in map(type, gc.get_objects()))
    return Counter(name for name in names if name.startswith("pbxd.") and not name.startswith(KEPT_ON_PURPOSE))
