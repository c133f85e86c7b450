"""A transfer came to nothing: who was to be moved goes back to the one who transferred."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.dialplan.treatment import Outcome, Recall
from pbxd.treatments.converse import converse
from pbxd.treatments.ring import ring

if TYPE_CHECKING:
    from pbxd.calls.call import Call


async def recall(call: Call, treatment: Recall) -> Outcome:
    """Take the conversation up again where the other one is still there, and otherwise ring him."""
    transfer, call.transfer = call.transfer, None
    if transfer is not None:
        transfer.failed(treatment.status, treatment.reason)
        if not transfer.referrer.over:
            return await converse(call, transfer.referrer)
    return await ring(call, treatment.ring)
