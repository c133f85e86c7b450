"""Menus and auto attendants: what a caller chooses by key, and how often he may be wrong (IVR-1 to IVR-4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias

from pbxd.dialogues.dialogue import Dialogue
from pbxd.dialplan.extensions import Extensions
from pbxd.org.menus import Again, AutoAttendant, Back, Branch, Choice, Choices, DialExtension, Menu, Play, Speak
from pbxd.org.rules import Target
from pbxd.speech.sayings import Digits, Message, Saying

WRONG_KEY: Final = Message("menu-invalid")
NO_KEY: Final = Message("menu-nothing")
GIVE_UP: Final = Message("menu-give-up")
GOODBYE: Final = Message("goodbye")
DIAL: Final = "dial-extension"
UNKNOWN: Final = "extension-unknown"
TO_BACK: Final = "*"
"""Instead of an extension: back to the menu."""
DIGITS: Final = "0123456789"
PATIENCE: Final = 50
"""Questions that a caller is asked in one menu: who still has not chosen then is a machine."""


class Ended(Enum):
    """How a choice ends that leads nowhere."""

    AGAIN = auto()
    """Its menu is to be heard again."""
    BACK = auto()
    """The menu above is to be heard again."""
    NOTHING = auto()
    """The caller heard what there was to hear."""
    GAVE_UP = auto()
    """The caller did not choose, often enough."""


Led: TypeAlias = Target | Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a menu knows of its organization."""

    extensions: Extensions
    open: Callable[[str], bool]
    """Whether a schedule says open now, by its name or :data:`pbxd.org.menus.WORKING_HOURS`."""


async def led(dialogue: Dialogue, through: Menu | AutoAttendant, around: Surroundings) -> Target | None:
    """Lead a caller through; returns where he goes. ``None``: nowhere, and he was told goodbye."""
    guide = _Guide(dialogue, around)
    match through:
        case Menu(choices=choices):
            found = await guide.along(Branch(to=choices))
        case AutoAttendant(tree=tree):
            found = await guide.along(tree)
    if isinstance(found, Ended):
        await dialogue.say(GIVE_UP if found is Ended.GAVE_UP else GOODBYE)
        return None
    return found


class _Guide:
    """Of one caller."""

    def __init__(self, dialogue: Dialogue, around: Surroundings) -> None:
        self._dialogue = dialogue
        self._around = around
        self._asked = 0

    async def along(self, tree: Branch) -> Led:
        """From one branch to the next, until one leads somewhere."""
        branch: Branch | None = tree
        found: Led = Ended.NOTHING
        while branch is not None:
            if branch.announce is not None:
                await self._dialogue.say(branch.announce)
            for choice in self._choices(branch):
                found = await self._follow(choice)
                while found in (Ended.AGAIN, Ended.BACK) and self._asked < PATIENCE:
                    self._asked += 1
                    found = await self._follow(choice)
                if not isinstance(found, Ended):
                    return found
            branch = branch.then
        return found

    def _choices(self, branch: Branch) -> list[Choice]:
        by_schedule = None
        if branch.schedule is not None:
            by_schedule = branch.opened if self._around.open(branch.schedule) else branch.closed
        return [choice for choice in (by_schedule, branch.to) if choice is not None]

    async def _follow(self, choice: Choice | None, menu: Choices | None = None) -> Led:
        """Where a choice leads, of a ``menu`` if it is in one."""
        match choice:
            case None:
                return Ended.NOTHING
            case Again():
                return Ended.AGAIN
            case Back():
                return Ended.BACK
            case Speak(language=language):
                self._dialogue.speak(language)
                return Ended.AGAIN
            case Play(prompt=prompt, then=then):
                await self._dialogue.say(prompt)
                return await self._follow(then, menu)
            case Choices():
                found = await self._menu(choice)
                return Ended.AGAIN if found is Ended.BACK else found
            case DialExtension():
                seconds, repeat = (menu.seconds, menu.repeat) if menu is not None else (5, 2)
                dialling = Choices(prompt=DIAL, dials=True, seconds=seconds, repeat=repeat, otherwise=Back())
                return await self._follow(dialling)
            case target:
                return target

    async def _menu(self, menu: Choices) -> Led:
        """Ask until something is chosen, or until that failed often enough."""
        failed, answer, sorry = 0, "", ()  # type: int, str, tuple[Saying, ...]
        while failed <= menu.repeat and self._asked < PATIENCE:
            self._asked += 1
            answer = await self._answer(menu, sorry)
            choice = self._chosen(menu, answer)
            if choice is None:
                failed, sorry = failed + 1, _sorry(menu, answer)
                continue
            found = await self._follow(choice, menu)
            if found is not Ended.AGAIN:
                return found
            failed, sorry = 0, ()
        otherwise = (menu.wrong if answer else None) or menu.otherwise
        return await self._follow(otherwise, menu) if otherwise is not None else Ended.GAVE_UP

    async def _answer(self, menu: Choices, sorry: tuple[Saying, ...]) -> str:
        ask = self._dialogue.ask
        if menu.dials:
            most = max(1, self._around.extensions.longest)
            return await ask(*sorry, menu.prompt, keys=DIGITS, most=most, terminator="#", within=menu.seconds)
        return await ask(*sorry, menu.prompt, keys="".join(menu.options), within=menu.seconds)

    def _chosen(self, menu: Choices, answer: str) -> Choice | None:
        if not menu.dials:
            return menu.options.get(answer)
        return Back() if answer == TO_BACK else self._around.extensions.reached(answer)


def _sorry(menu: Choices, answer: str) -> tuple[Saying, ...]:
    """What is said before the prompt comes again."""
    if not answer:
        return (NO_KEY,)
    if menu.sorry is not None:
        return (menu.sorry,)
    return (Message(UNKNOWN, {"number": Digits(answer)}),) if menu.dials and answer.isdecimal() else (WRONG_KEY,)
