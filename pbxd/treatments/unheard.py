"""What can be decided and not be heard yet: the rules are told so, and go on."""

from __future__ import annotations

from pbxd.dialplan.treatment import Outcome, Unreachable, Wait


async def unheard(treatment: Wait) -> Outcome:
    """Nobody answers for it; the reason phrase that the caller gets in the end names it."""
    return Unreachable(status=480, reason=str(treatment))
