"""Somebody is called, and records a sound of the library by phone (SND-1)."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pbxd.calls.dialogue import LegDialogue
from pbxd.calls.orders import OrderError, user_of
from pbxd.dialogues.recording import record_well
from pbxd.dialplan.situation import Situation
from pbxd.dialplan.source import FromDevice
from pbxd.dialplan.treatment import Presentation
from pbxd.speech.library import Library, check
from pbxd.speech.sayings import Message
from pbxd.treatments.confirming import unchanged
from pbxd.treatments.summoning import summoned

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.exchange import Exchange
    from pbxd.config.snapshot import Configuration
    from pbxd.org.users import User

LONGEST: Final = 300.0
"""Seconds of a sound that is recorded by phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictation:
    """What is to be recorded, and by whom."""

    organization: str
    user: str
    names: tuple[str, ...]
    """Of the sounds, in their order."""
    title: str
    """What the phone shows."""
    language: str
    library: Library


def order(
    exchange: Exchange,
    configuration: Configuration,
    *,
    user: str,
    name: str,
    language: str | None = None,
    organization: str | None = None,
) -> dict[str, Any]:
    """Call a user, who records the sound ``name`` in a language: the command ``pbxd sounds record``.

    Raises :class:`pbxd.calls.orders.OrderError` for what can't be recorded.
    """
    within, found = user_of(configuration.organizations, user, organization)
    language = language or found.language
    if name in within.sounds:
        raise OrderError(f"the sound {name} is in the organization's file: change it there")
    if language not in within.languages:
        raise OrderError(f"{language} is not among the organization's languages: {', '.join(within.languages)}")
    try:
        check(name, language)
    except ValueError as error:
        raise OrderError(str(error)) from error
    library = Library(configuration.server.data)
    call = start(
        exchange,
        Dictation(organization=within.name, user=user, names=(name,), title=name, language=language, library=library),
        found,
    )
    if call is None:
        raise OrderError("the server takes no calls just now")
    return {"call": call.id, "user": user, "sound": name, "language": language}


def start(exchange: Exchange, dictation: Dictation, user: User) -> Call | None:
    """Call the user; ``None`` where no calls are let in any more."""
    device = user.devices[0].name if user.devices else user.username
    source = FromDevice(organization=dictation.organization, user=user.username, device=device)
    number = user.primary.number if user.primary is not None else user.username
    situation = Situation(source=source, dialled=number)
    return exchange.originate(situation, dictation.title, partial(begin, dictation=dictation))


async def begin(call: Call, dictation: Dictation) -> bool:
    """Ring the user's phones, and have the one who answers record; nothing comes after that."""
    organization = call.facts.organization(dictation.organization)
    user = organization.users[dictation.user]
    presents = Presentation(number=organization.switchboard or "", name=dictation.title)
    leg = await summoned(call, organization, user, user.devices, presents)
    if leg is None:
        call.result.is_now(result="no-answer", status=480, reason=f"{dictation.user} did not answer")
        return False
    call.subject = leg
    call.answered()
    with LegDialogue(call.kernel, leg, organization, user.language, unchanged) as party:
        kept = [await _recorded(party, dictation, name) for name in dictation.names]
    said = [f"{name} was{'' if there else ' not'} recorded" for name, there in zip(dictation.names, kept, strict=True)]
    call.result.is_now(result="answered", status=200, reason=f"the sound {', '.join(said)}")
    return False


async def _recorded(party: LegDialogue, dictation: Dictation, name: str) -> bool:
    from pbxd.media.sound.files import UnreadableSound, convert  # brings the codecs, which few servers need at once

    await party.say(Message("record-sound", {"name": name}))
    with tempfile.TemporaryDirectory(prefix="pbxd-dictation-") as directory:
        take = Path(directory) / "take.wav"
        try:
            if not await record_well(party, take, longest=LONGEST):
                return False
            into = dictation.library.put(dictation.organization, name, dictation.language)
            await asyncio.get_running_loop().run_in_executor(None, convert, take, into)
        except (OSError, UnreadableSound):
            await party.say(Message("not-possible"))
            return False
    await party.say(Message("sound-saved", {"name": name}))
    return True
