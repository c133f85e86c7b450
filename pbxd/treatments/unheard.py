"""What can be decided and not be heard yet: the rules are told so, and go on."""

from __future__ import annotations

from pbxd.dialplan.treatment import Chosen, Mailbox, Menu, Outcome, Play, Room, Unreachable, Voicemail, Wait


async def unheard(treatment: Voicemail | Mailbox | Play | Wait | Menu | Room) -> Outcome:
    """Nobody answers for it; the reason phrase that the caller gets in the end names it.

    A sound before something else is left out.
    """
    if isinstance(treatment, Play) and treatment.then is not None:
        return Chosen(to=treatment.then)
    return Unreachable(status=480, reason=str(treatment))
