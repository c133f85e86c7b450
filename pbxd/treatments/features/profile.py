"""Switch to a profile (CODE-12)."""

from __future__ import annotations

from pbxd.org.changes import switch_to
from pbxd.treatments.features.asker import Asker, Reply


async def set_profile(asker: Asker, code: str) -> Reply:
    """``*20*N*``; the user's own profiles come first."""
    known = [*asker.user.profiles.values(), *asker.organization.profiles.values()]
    profile = asker.coded("profile", known, code)
    profile = asker.user.profiles.get(profile.name, profile)
    await asker.change(switch_to(profile, asker.now))
    until = None if profile.duration is None else asker.now + profile.duration
    return asker.say("profile", what=profile.name, until=until, spoken={"profile": profile.name})
