"""Choose the number that one's calls show from now on (CODE-6, CLI-1)."""

from __future__ import annotations

from pbxd.dialplan.numbering import canonical
from pbxd.org.changes import show_number
from pbxd.org.display import allowed
from pbxd.org.levels import ANONYMOUS_CALLS
from pbxd.speech.sayings import Digits
from pbxd.treatments.features.asker import Asker, Reply


async def set_number(asker: Asker, number: str) -> Reply:
    """``*30*NUMBER*``: one that the user may show; one of his lines also by its alias."""
    dialled = canonical(number, asker.organization, asker.user).canonical
    owner = asker.organization.line(dialled)
    chosen = owner.line.number if owner is not None else dialled
    if chosen not in allowed(asker.user, asker.organization):
        raise asker.refused(403, "not-allowed")
    await asker.change(show_number(chosen))
    return asker.say("shows", what=chosen, spoken={"number": Digits(chosen)})


async def hide_number(asker: Asker) -> Reply:
    """``#30#*``."""
    if not asker.organization.effective(ANONYMOUS_CALLS, asker.user).value:
        raise asker.refused(403, "not-allowed")
    await asker.change(show_number("hidden"))
    return asker.say("hidden")


async def usual_number(asker: Asker) -> Reply:
    """``*30#*``."""
    await asker.change(show_number(None))
    return asker.say("usual")
