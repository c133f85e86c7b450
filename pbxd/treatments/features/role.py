"""Set the role (CODE-10)."""

from __future__ import annotations

from pbxd.org.changes import take_role
from pbxd.treatments.features.asker import Asker, Reply


async def set_role(asker: Asker, code: str) -> Reply:
    """``*24*N*``."""
    role = asker.coded("role", asker.organization.roles.values(), code)
    await asker.change(take_role(role.name, asker.now))
    label = asker.label(role)
    return asker.say("role", what=label, spoken={"role": label})
