"""A phone that follows the script of a :class:`tests.support.dialogue.TextDialogue`."""

from __future__ import annotations

from collections.abc import Iterable

from pbxd.events import Said
from tests.support.dialogue import HangsUp, Hears, Presses, Speaks, Step
from tests.support.house import House
from tests.support.phone import Phone

PATIENCE = 60.0
"""Seconds in which what the script waits for has to be said."""


class Party:
    """``heard`` is what the server said, as the double has it; the script's party hears what comes after ``since``."""

    def __init__(self, house: House, phone: Phone, since: int = 0) -> None:
        self._house = house
        self._phone = phone
        self._told = since

    @property
    def heard(self) -> list[str]:
        return [text for said in self._house.happened(Said) for text in said.text.split(" / ")]

    async def follows(self, script: Iterable[Step]) -> None:
        """Do all of it, in a call that is being made."""
        for step in script:
            match step:
                case Hears(text):
                    await self._hears(text)
                case Presses(keys):
                    for key in keys:
                        self._phone.call.sound.presses(key)
                    await self._phone.pause(0.1)
                case Speaks(seconds):
                    self._phone.call.sound.sings(seconds)
                    await self._phone.pause(seconds)
                case HangsUp() if self._phone.call.state == "talking":
                    await self._phone.hangs_up()
                case HangsUp():
                    await self._phone.cancels()

    async def _hears(self, text: str) -> None:
        def said() -> int | None:
            after = (at for at, each in enumerate(self.heard) if at >= self._told and text in each)
            return next((at + 1 for at in after), None)

        self._told = await self._phone.watch.until(said, f"{self._phone.name} hears {text!r}", PATIENCE)
