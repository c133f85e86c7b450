"""An open mailbox: its messages, and its main menu (VM-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pbxd.dialogues.dialogue import Dialogue
from pbxd.dialogues.listening import Listening
from pbxd.dialogues.owner import change_pin, greetings, switch_greeting_only, switch_voicemail
from pbxd.mailboxes import Box, VoiceMessageRow
from pbxd.speech.sayings import Count, Message, Moment, Saying, Value

SILENCES: Final = 3
"""How often the main menu is said to somebody who presses nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What whoever has opened a mailbox may do besides listening (VM-3)."""

    greeting: bool = True
    pin: bool = True
    switch_off: bool = False
    greeting_only: bool = False
    call_back: bool = True
    """Whether it is known on whose account a call goes out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody has opened a mailbox."""

    dialogue: Dialogue
    box: Box
    by: str
    """Under which name messages are sent on."""
    rights: Rights
    moment: Callable[[float], Moment]
    """A moment (wall-clock seconds), as it is said now on the listener's clock."""
    named: Callable[[VoiceMessageRow], Value | None]
    """Who left a message, as that is said; ``None``: nobody knows."""
    find: Callable[[str], Box | None]
    """The mailbox that a dialled number belongs to."""


async def open_mailbox(visit: Visit) -> str:
    """Let somebody listen to his messages and look after his mailbox.

    Returns the number that he wants to call back, or an empty string when it is over. What was deleted is gone for good
    when this ends, however it does.
    """
    with visit.box.visited() as touched:
        key = await visit.dialogue.say(*_summary(visit.box), until="1*#")
        if visit.box.messages() and key != "*":
            number = await Listening(visit, touched).run()
            if number:
                return number
        return await _main_menu(visit, touched)


def _summary(box: Box) -> list[Saying]:
    new, old = box.counts
    found: list[Saying] = [Message("mailbox-summary", {"messages": Count(new, "messages-new")})]
    if old:
        found.append(Message("mailbox-summary-old", {"messages": Count(old, "messages-old")}))
    return found


async def _main_menu(visit: Visit, touched: set[str]) -> str:
    dialogue, silences = visit.dialogue, 0
    while silences < SILENCES:
        choices = _choices(visit)
        key = await dialogue.ask(*map(Message, choices.values()), keys="".join(choices))
        silences = 0 if key else silences + 1
        match key if key in choices else "":
            case "1":
                if number := await Listening(visit, touched).run():
                    return number
            case "2":
                await greetings(visit)
            case "3":
                await change_pin(visit)
            case "4":
                await switch_voicemail(visit)
            case "5":
                await switch_greeting_only(visit)
            case _ if key:
                await dialogue.say(Message("key-unknown"))
    await dialogue.say(Message("goodbye"))
    return ""


def _choices(visit: Visit) -> dict[str, str]:
    """The keys of the main menu, and what is said of each."""
    rights, row = visit.rights, visit.box.row
    found = {"1": "menu-listen"}
    if rights.greeting:
        found["2"] = "menu-greeting"
    if rights.pin:
        found["3"] = "menu-pin"
    if rights.switch_off:
        found["4"] = "menu-switch-on" if row.switched_off else "menu-switch-off"
    if rights.greeting_only:
        found["5"] = "menu-take-messages" if row.greeting_only else "menu-greeting-only"
    return found
