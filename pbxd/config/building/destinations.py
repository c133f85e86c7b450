"""Where a call can be sent: a setting's mapping to the one type for it."""

from __future__ import annotations

from pbxd.config.models.destinations import Place, To
from pbxd.config.models.sounds import Prompt as PromptModel
from pbxd.config.models.sounds import Say
from pbxd.org.rules import (
    Announce,
    Step,
    Target,
    ToGroup,
    ToHuntGroup,
    ToMailbox,
    ToNumber,
    ToQueue,
    ToUser,
    ToVoicemail,
)
from pbxd.org.sounds import Prompt, Spoken


def step(model: To | Target) -> Step:
    """``{to: voicemail, after: 20s, announce: closed}``, or a place alone."""
    if not isinstance(model, To):
        return Step(target=model)
    if isinstance(model.to, ToVoicemail) and model.announce is not None:
        return Step(target=ToVoicemail(user=model.to.user, announce=model.announce), after=model.after)
    return Step(target=model.to, after=model.after)


def place(model: Place | Target) -> Target:
    """``{queue: support}``, or a place alone."""
    match model:
        case Place(number=str(number)):
            return ToNumber(number)
        case Place(user=str(user)):
            return ToUser(user)
        case Place(group=str(group)):
            return ToGroup(group)
        case Place(queue=str(queue)):
            return ToQueue(queue)
        case Place(hunt_group=str(hunt_group)):
            return ToHuntGroup(hunt_group)
        case Place(mailbox=str(mailbox)):
            return ToMailbox(mailbox)
        case Place(announce=str(sound)):
            return Announce(sound)
        case Place(to=to):
            assert to is not None, "the model has seen that one thing is named"
            return to
    return model


def prompt(model: PromptModel) -> Prompt:
    """A sound's name, or words to speak."""
    if not isinstance(model, Say):
        return model
    return Spoken({"": model.say} if isinstance(model.say, str) else dict(model.say))
