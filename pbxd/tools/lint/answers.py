"""``nobody-answers``: numbers at which a call rings nobody, is heard by nobody and reaches no voicemail."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.dialplan.situation import FromTrunk, Situation
from pbxd.dialplan.supposed import Supposed
from pbxd.dialplan.treatment import Reject
from pbxd.org.users import User
from pbxd.tools.dry_run import dry_run
from pbxd.tools.lint.subject import Finding, Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Lines of users without a phone, whose calls come to nothing on a day when nobody has set anything."""
    facts = Supposed(organizations=subject.configuration.organizations, by_name=subject.configuration.trunks)
    for index, user in enumerate(subject.organization.users.values()):
        if user.lines and not any(device.registers or device.number for device in user.devices):
            why = _comes_to_nothing(subject, user, facts)
            if why:
                message = f"calls to {user.lines[0].number} are always refused: {user.username} has no phone, and {why}"
                path = ("users", index, "lines", 0)
                hint = "give a device, or a rule that sends these calls somewhere"
                yield Finding(kind="nobody-answers", severity="warning", path=path, message=message, hint=hint)


def _comes_to_nothing(subject: Subject, user: User, facts: Supposed) -> str:
    source = FromTrunk(organization=subject.organization.name, trunk="", number="", number_format="plus_e164", name="")
    turns = dry_run(Situation(source=source, dialled=user.lines[0].number), facts, subject.now)
    if all(isinstance(turn.decision.treatment, Reject) for turn in turns):
        return turns[-1].decision.trail[-1].partition(": ")[2]
    return ""
