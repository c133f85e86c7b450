"""Choose the number that one's calls show from now on (CODE-6, CLI-1)."""

from __future__ import annotations

from pbxd.dialplan.numbering import canonical
from pbxd.org.changes import show_number
from pbxd.org.levels import ANONYMOUS_CALLS, SWITCHBOARD
from pbxd.treatments.features.asker import Asker


async def set_number(asker: Asker, number: str) -> str:
    """``*30*NUMBER*``: one of the user's own lines, by number or alias, or the switchboard's."""
    dialled = canonical(number, asker.organization).canonical
    owner = asker.organization.line(dialled)
    if owner is not None and owner.user is asker.user:
        chosen = owner.line.number
    elif dialled and dialled == asker.organization.effective(SWITCHBOARD, asker.user).value:
        chosen = dialled
    else:
        raise asker.refused(403, "not-allowed")
    await asker.change(show_number(chosen))
    return asker.say("shows", what=chosen)


async def hide_number(asker: Asker) -> str:
    """``#30#*``."""
    if not asker.organization.effective(ANONYMOUS_CALLS, asker.user).value:
        raise asker.refused(403, "not-allowed")
    await asker.change(show_number("hidden"))
    return asker.say("hidden")


async def usual_number(asker: Asker) -> str:
    """``*30#*``."""
    await asker.change(show_number(None))
    return asker.say("usual")
