"""Camp-on by a blind transfer (CALL-3): whom a desk phone sends to a colleague waits in that colleague's queue."""

from __future__ import annotations

from pbxd.dialplan.router import Decision
from pbxd.dialplan.situation import Facts, FromDevice, Source
from pbxd.dialplan.treatment import Ring, Wait
from pbxd.org.levels import TRANSFER_TO_PERSONAL_QUEUE
from pbxd.org.users import User


def camped_on(by: Source, decision: Decision, facts: Facts) -> Decision:
    """The same decision, or to wait where a phone of the colleague was to ring, or all he is is busy.

    As the one who transfers has set. What the colleague has said himself, a diversion for example, comes first.
    """
    if not isinstance(by, FromDevice):
        return decision
    organization = facts.organization(by.organization)
    user, owner = organization.users.get(by.user), organization.line(decision.called)
    device = next((one for one in user.devices if one.name == by.device), None) if user is not None else None
    wanted = organization.effective(TRANSFER_TO_PERSONAL_QUEUE, user)
    if owner is None or not wanted.value or device is None or device.kind != "desk":
        return decision
    called = owner.user
    if not _rings(decision, called) and (
        isinstance(decision.treatment, Ring) or not facts.calls_of(organization.name, called.username)
    ):
        return decision
    wait = Wait(organization=organization.name, queue=called.username, kind="personal")
    return Decision(
        treatment=wait,
        called=decision.called,
        trail=(*decision.trail, f"transfer: {wanted}, so the call is to {wait}"),
        place=decision.place,
        billing_ids=decision.billing_ids,
    )


def _rings(decision: Decision, called: User) -> bool:
    """Whether it is the colleague's own phones that are to ring."""
    match decision.treatment:
        case Ring(targets=targets):
            mine = {device.name for device in called.devices}
            return any(one.device in mine for one in targets)
    return False
