"""What feature codes do: one small file for each kind, and the table that finds it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from pbxd.calls.tape import tape_of
from pbxd.calls.transfer import hand_on
from pbxd.dialplan.source import FromDevice
from pbxd.dialplan.treatment import Completed, Feature, Outcome
from pbxd.queues.runner import Distribution
from pbxd.sip.headers import Reason
from pbxd.speech.catalogue import catalogue
from pbxd.speech.sayings import Message
from pbxd.store.interface import StoreError
from pbxd.treatments.features import agent
from pbxd.treatments.features.absence import end_absence, set_absence
from pbxd.treatments.features.activity import plan_activity, set_activity, set_shortcut
from pbxd.treatments.features.asker import Asker, NotDone, Reply
from pbxd.treatments.features.divert import end_diversion, set_diversion
from pbxd.treatments.features.held import park, transfer
from pbxd.treatments.features.hours import extend_hours
from pbxd.treatments.features.night import end_override, override
from pbxd.treatments.features.number import hide_number, set_number, usual_number
from pbxd.treatments.features.profile import set_profile
from pbxd.treatments.features.prompts import dictate, record_prompts
from pbxd.treatments.features.recording import pause_recording, record
from pbxd.treatments.features.role import set_role
from pbxd.treatments.features.seat import log_in, log_out
from pbxd.treatments.refusing import refuse, tell

if TYPE_CHECKING:
    from pbxd.calls.call import Call

Performer = Callable[..., Awaitable[Reply]]
"""Takes the asker and the code's arguments, and returns what to tell him. Raises :class:`NotDone` with why not."""

FEATURES: Final[Mapping[str, Performer]] = {
    "show-number": set_number,
    "hide-number": hide_number,
    "usual-number": usual_number,
    "profile": set_profile,
    "divert": set_diversion("always"),
    "divert-off": end_diversion("always"),
    "divert-busy": set_diversion("busy"),
    "divert-busy-off": end_diversion("busy"),
    "divert-no-answer": set_diversion("no-answer"),
    "divert-no-answer-off": end_diversion("no-answer"),
    "divert-unreachable": set_diversion("unreachable"),
    "divert-unreachable-off": end_diversion("unreachable"),
    "night-override": override,
    "night-override-off": end_override,
    "activity": set_activity,
    "role": set_role,
    "plan-activity": plan_activity,
    "extend-hours": extend_hours,
    "absence": set_absence,
    "absence-off": end_absence,
    "shortcut": set_shortcut,
    "queue-login": agent.log_in,
    "queue-logout": agent.log_out,
    "pause": agent.pause,
    "pause-off": agent.resume,
    "park": park,
    "transfer": transfer,
    "seat-login": log_in,
    "seat-logout": log_out,
    "record-prompts": record_prompts,
    "record": record,
    "record-pause": pause_recording,
}
"""By name, as in :data:`pbxd.org.codes.CODES`."""

DONE: Final = 480
"""The status of a response that says that something was done. It has to be a failure, because a code makes no call that
is answered; and of the failures this one makes no phone try elsewhere, ask for a password, or play a busy tone."""

_log = logging.getLogger("pbxd.features")


async def feature(call: Call, treatment: Feature) -> Outcome:
    """Do what the code is for, tell its user, and refuse the call with the result as its reason phrase.

    The Reason header says in numbers whether it was done: cause 200, or why not (RFC 3326).
    """
    asker = _asker(call, treatment)
    status, cause = DONE, 200
    try:
        reply = await FEATURES[treatment.name](asker, *treatment.arguments)
        said = spoken(treatment.name, reply)
    except NotDone as refused:
        status, cause, reply, said = refused.status, refused.status, Reply(refused.reason), refused.said
    except StoreError as error:
        _log.error("%s of %s was not saved: %s", treatment.name, treatment.user, error)
        cause, reply, said = 500, asker.say("not-saved"), Message("try-again-later")
    call.result.is_now(result="feature", status=status, reason=reply.text, final=True)
    await tell(call, treatment.organization, said)
    why = Reason(protocol="SIP", cause=cause, text=reply.text)
    refuse(call.subject, status, reply.text, why)
    return Completed(reason=reply.text)


def spoken(name: str, reply: Reply) -> Message:
    """What is said of a code that did something: the first of its messages whose gaps can be filled."""
    messages = catalogue().messages
    for candidate in (f"feature-{name}-until", f"feature-{name}-other", f"feature-{name}", f"feature-{name}-all"):
        entry = messages.get(candidate)
        if entry is not None and entry.gaps <= reply.spoken.keys():
            return Message(candidate, {gap: reply.spoken[gap] for gap in sorted(entry.gaps)})
    return Message("feature-done")


def _asker(call: Call, treatment: Feature) -> Asker:
    organization = call.facts.organization(treatment.organization)
    source = call.situation.source
    return Asker(
        people=call.equipment.people,
        late_hours=call.equipment.late_hours,
        seats=call.equipment.seats,
        organization=organization,
        user=organization.users[treatment.user],
        device=treatment.device,
        withheld=call.withheld,
        now=call.kernel.wall,
        distribution=call.kernel.part(Distribution),
        hands_on=lambda to: isinstance(source, FromDevice) and hand_on(call, source, to),
        dictates=lambda title, names: dictate(call, treatment, title, names),
        tape=lambda: tape_of(call, source) if isinstance(source, FromDevice) else None,
    )
