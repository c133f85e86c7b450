"""Override night mode, and take that back (CODE-8, TIME-2)."""

from __future__ import annotations

from pbxd.org.changes import override_night
from pbxd.treatments.features.asker import Asker, Reply


async def override(asker: Asker) -> Reply:
    """``*22*``."""
    await asker.change(override_night(True))
    return asker.say("night-override")


async def end_override(asker: Asker) -> Reply:
    """``#22#*``."""
    await asker.change(override_night(False))
    return asker.say("night-override-off")
