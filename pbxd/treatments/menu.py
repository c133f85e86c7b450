"""Have the caller choose by key where he goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.dialogues.menu import Surroundings, led
from pbxd.dialplan.extensions import Extensions
from pbxd.dialplan.treatment import Chosen, Completed, Menu, Outcome, Unreachable
from pbxd.org.menus import WORKING_HOURS

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.org.organization import Organization


async def menu(call: Call, treatment: Menu) -> Outcome:
    """Answer, and lead the caller through a menu or an auto attendant."""
    organization = call.facts.organization(treatment.organization)
    through = organization.menu(treatment.menu)
    if through is None:
        return Unreachable(status=404, reason="Not Found")
    around = Surroundings(
        extensions=Extensions(organization), open=lambda schedule: _is_open(schedule, call, organization)
    )
    async with call.dialogue(organization.name) as party:
        target = await led(party, through, around)
    return Chosen(to=target) if target is not None else Completed(reason="nothing was chosen")


def _is_open(name: str, call: Call, organization: Organization) -> bool:
    """Whether a schedule, or the working hours, say open now."""
    now = call.kernel.wall
    if name == WORKING_HOURS:
        return organization.hours_for().at(now, call.facts.extended_hours(organization.name)).open
    schedule = organization.schedules.get(name)
    return schedule is not None and schedule.at(now, organization.timezone).action == "open"
