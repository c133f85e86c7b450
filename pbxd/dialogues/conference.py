"""What somebody hears and may do in a conference room (CALL-7)."""

from __future__ import annotations

from typing import Final, Protocol

from pbxd.dialogues.dialogue import Dialogue
from pbxd.speech.sayings import Count, Message

TRIES: Final = 3
"""PINs that may be given in one call."""
LONGEST_PIN: Final = 12
PATIENCE: Final = 3600.0
"""Seconds between two looks at what was pressed; nothing happens when they are over."""


class Seat(Protocol):
    """A party's place in a room."""

    @property
    def people(self) -> int:
        """In the room, this one included."""
        ...

    @property
    def leads(self) -> bool:
        """Whether this one may lock the room and mute the others."""
        ...

    def sit(self) -> None:
        """Hear the room, and be heard, from now on."""
        ...

    def mute(self) -> bool:
        """Be heard no more, or again; whether one is muted now."""
        ...

    def lock(self) -> bool:
        """Let nobody else in, or everybody again; whether the room is locked now."""
        ...

    def mute_others(self) -> bool:
        """Have all who don't lead be heard no more, or again; whether they are muted now."""
        ...


async def admitted(dialogue: Dialogue, pin: str) -> bool:
    """Ask for the PIN; whether it was given."""
    for _ in range(TRIES):
        said = await dialogue.ask(
            Message("room-pin"), keys="0123456789", most=LONGEST_PIN, terminator="#", within=10.0, secret=True
        )
        if said == pin:
            return True
        await dialogue.say(Message("pin-wrong"))
    await dialogue.say(Message("goodbye"))
    return False


async def greet(dialogue: Dialogue, room: str, people: int) -> None:
    """Say where one is, and with how many others."""
    if people:
        await dialogue.say(Message("room-welcome", {"room": room, "people": Count(people, "participants")}))
    else:
        await dialogue.say(Message("room-first", {"room": room}))


async def attend(dialogue: Dialogue, seat: Seat) -> None:
    """Sit in the room, and do what is asked for by keys, until one hangs up."""
    while True:
        seat.sit()
        if await dialogue.ask(within=PATIENCE) != "*":
            continue
        match await dialogue.ask():
            case "6":
                muted = seat.mute()
                await dialogue.say(Message("room-muted" if muted else "room-unmuted"))
            case "1" if seat.leads:
                locked = seat.lock()
                await dialogue.say(Message("room-locked" if locked else "room-unlocked"))
            case "2" if seat.leads:
                muted = seat.mute_others()
                await dialogue.say(Message("room-others-muted" if muted else "room-others-unmuted"))
            case _:
                await dialogue.say(Message("room-keys-leader" if seat.leads else "room-keys"))
