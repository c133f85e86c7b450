"""Menus against the text double: what callers hear, press and come to."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest

from pbxd.dialogues.menu import PATIENCE, Surroundings, led
from pbxd.dialplan.extensions import Extensions
from pbxd.org.menus import (
    WORKING_HOURS,
    Again,
    AutoAttendant,
    Back,
    Branch,
    Choice,
    Choices,
    DialExtension,
    Menu,
    Play,
    Speak,
)
from pbxd.org.numbers import NumberRange
from pbxd.org.organization import Organization
from pbxd.org.rules import Target, ToMailbox, ToNumber, ToQueue, ToSwitchboard
from pbxd.org.sounds import Spoken
from pbxd.org.users import Line, User
from tests.support.dialogue import Hears, Presses, Step, TextDialogue

MAIN = Spoken({"en": "Press 1 for sales.", "da": "Tryk 1 for salg."})
SALES, SUPPORT, DESK = ToNumber("1510"), ToQueue("support"), ToSwitchboard()


def user(name: str, number: str) -> User:
    return User(
        username=name, name=name, language="en", groups=(), lines=(Line(number=number, alias=None),), devices=()
    )


HOUSE = Organization(
    name="house",
    title="The House",
    domain="house.example",
    country="DK",
    timezone=ZoneInfo("Europe/Copenhagen"),
    languages=("en", "da"),
    switchboard=None,
    number_ranges=(
        NumberRange(first="200", last="249", dialable_from_ivr=True),
        NumberRange(first="250", last="299"),
        NumberRange(first="+4588887700", last="+4588887799", dialable_from_ivr=True),
    ),
    users={"anna": user("anna", "201"), "boss": user("boss", "250")},
)


def around(*, open: bool = True) -> Surroundings:
    return Surroundings(extensions=Extensions(HOUSE), open=lambda name: open and name == WORKING_HOURS)


def menu(options: Mapping[str, Choice], *, repeat: int = 2, otherwise: Choice | None = None) -> Menu:
    """Without options, an extension is dialled."""
    choices = Choices(prompt=MAIN, options=options, dials=not options, repeat=repeat, otherwise=otherwise)
    return Menu(name="main", number="1600", choices=choices)


async def played(through: Menu | AutoAttendant, *script: Step, open: bool = True) -> tuple[Target | None, list[str]]:
    """Where the caller comes to, and what he heard."""
    dialogue = TextDialogue(script)
    found = await led(dialogue, through, around(open=open))
    assert not dialogue.left
    return found, dialogue.heard


PROMPT = "Press 1 for sales."
NOTHING, GIVE_UP, GOODBYE = "menu-nothing", "menu-give-up", "goodbye"


@pytest.mark.covers("IVR-1")
@pytest.mark.parametrize("key", ["0", "5", "9", "*", "#"])
async def test_each_key_leads_where_it_says(key: str) -> None:
    through = menu({key: SALES, "1": SUPPORT})
    assert await played(through, Hears(PROMPT), Presses(key)) == (SALES, [PROMPT])


@pytest.mark.covers("IVR-1")
async def test_who_presses_nothing_hears_it_again_and_goes_where_the_menu_says() -> None:
    assert await played(menu({"1": SALES}, otherwise=DESK)) == (DESK, [PROMPT, *[NOTHING, PROMPT] * 2])
    assert await played(menu({"1": SALES}, repeat=0)) == (None, [PROMPT, GIVE_UP])


@pytest.mark.covers("IVR-1")
async def test_a_wrong_key_is_told_and_counts() -> None:
    wrong: list[Step] = [Hears(PROMPT), Presses("7")]
    sorry = ["menu-invalid", PROMPT]
    assert await played(menu({"1": SALES}, otherwise=DESK), *wrong * 3) == (DESK, [PROMPT, *sorry * 2])
    assert await played(menu({"1": SALES}), *wrong, Hears(PROMPT), Presses("1")) == (SALES, [PROMPT, *sorry])


async def test_wrong_keys_may_lead_elsewhere_and_have_words_of_their_own() -> None:
    choices = Choices(
        prompt=MAIN, options={"1": SALES}, repeat=1, otherwise=DESK, wrong=SUPPORT, sorry=Spoken({"": "No."})
    )
    through = Menu(name="main", number="1600", choices=choices)
    heard = [PROMPT, "No.", PROMPT]
    wrong: list[Step] = [Hears(PROMPT), Presses("7")]
    assert await played(through, *wrong, *wrong) == (SUPPORT, heard)
    assert await played(through, Hears(PROMPT), Presses("7"), Hears(PROMPT)) == (DESK, heard)


@pytest.mark.covers("IVR-2")
async def test_an_extension_is_dialled_as_an_option() -> None:
    through = menu({"9": DialExtension()})
    script: list[Step] = [Hears(PROMPT), Presses("9"), Hears("dial-extension"), Presses("201")]
    assert await played(through, *script) == (ToNumber("201"), [PROMPT, "dial-extension"])
    assert await played(through, Presses("9201")) == (ToNumber("201"), [])


@pytest.mark.covers("IVR-2")
async def test_an_extension_is_dialled_instead_of_options() -> None:
    assert await played(menu({}), Hears(PROMPT), Presses("201")) == (ToNumber("201"), [PROMPT])


@pytest.mark.covers("IVR-2")
@pytest.mark.parametrize(
    "dialled", ["250", "249", "001", "112#"], ids=["range not opened", "nobody", "outside", "emergency"]
)
async def test_what_may_not_be_dialled_is_told(dialled: str) -> None:
    script: list[Step] = [Hears(PROMPT), Presses(dialled), Hears(PROMPT), Presses("201")]
    sorry = f"extension-unknown number={dialled.rstrip('#')}"
    assert await played(menu({}), *script) == (ToNumber("201"), [PROMPT, sorry, PROMPT])


async def test_who_does_not_dial_is_back_in_the_menu() -> None:
    through = menu({"9": DialExtension(), "1": SALES})
    dial = "dial-extension"
    star: list[Step] = [Hears(PROMPT), Presses("9"), Hears(dial), Presses("*"), Hears(PROMPT), Presses("1")]
    assert await played(through, *star) == (SALES, [PROMPT, dial, PROMPT])
    silent: list[Step] = [Hears(PROMPT), Presses("9"), *[Hears(dial)] * 3, Hears(PROMPT), Presses("1")]
    assert await played(through, *silent) == (SALES, [PROMPT, dial, *[NOTHING, dial] * 2, PROMPT])


@pytest.mark.covers("IVR-3")
async def test_a_key_chooses_the_language() -> None:
    script: list[Step] = [Hears(PROMPT), Presses("8"), Hears("Tryk 1 for salg."), Presses("1")]
    assert await played(menu({"8": Speak("da"), "1": SALES}), *script) == (SALES, [PROMPT, "Tryk 1 for salg."])


@pytest.mark.covers("IVR-4")
async def test_menus_are_in_menus() -> None:
    inner = Choices(prompt=Spoken({"": "Inner."}), options={"1": SUPPORT, "*": Back(), "#": Again()}, repeat=0)
    through = menu({"1": inner, "2": SALES})
    down: list[Step] = [Hears(PROMPT), Presses("1"), Hears("Inner.")]
    assert await played(through, *down, Presses("1")) == (SUPPORT, [PROMPT, "Inner."])
    assert await played(through, *down, Presses("#"), Hears("Inner."), Presses("1")) == (
        SUPPORT,
        [PROMPT, "Inner.", "Inner."],
    )
    assert await played(through, *down, Presses("*"), Hears(PROMPT), Presses("2")) == (
        SALES,
        [PROMPT, "Inner.", PROMPT],
    )
    assert await played(through, *down) == (None, [PROMPT, "Inner.", GIVE_UP])


async def test_a_key_may_say_something_and_go_on() -> None:
    through = menu({"1": Play("opening-hours", Again()), "2": Play("address"), "3": SALES})
    again: list[Step] = [Hears(PROMPT), Presses("1"), Hears("opening-hours"), Hears(PROMPT), Presses("3")]
    assert await played(through, *again) == (SALES, [PROMPT, "opening-hours", PROMPT])
    assert await played(through, Hears(PROMPT), Presses("2")) == (None, [PROMPT, "address", GOODBYE])


@pytest.mark.covers("IVR-4")
@pytest.mark.parametrize(
    ("open", "to", "heard"), [(True, SUPPORT, ["Hello.", PROMPT]), (False, ToMailbox("box"), ["Hello."])]
)
async def test_an_auto_attendant_goes_by_the_hours(open: bool, to: Target, heard: list[str]) -> None:
    tree = Branch(
        announce=Spoken({"": "Hello."}),
        then=Branch(
            schedule=WORKING_HOURS,
            opened=menu({"1": SALES}, otherwise=SUPPORT, repeat=0).choices,
            closed=ToMailbox("box"),
        ),
    )
    through = AutoAttendant(name="front", number="1610", tree=tree)
    assert await played(through, open=open) == (to, heard)


@pytest.mark.covers("IVR-4")
async def test_a_tree_goes_on_where_nothing_was_chosen() -> None:
    closed = Branch(schedule="parties", opened=SALES, announce="closed")
    tree = Branch(to=menu({"1": SALES}, repeat=0).choices, then=Branch(to=Play("news"), then=closed))
    through = AutoAttendant(name="front", number="1610", tree=tree)
    assert await played(through) == (None, [PROMPT, "news", "closed", GOODBYE])
    only = AutoAttendant(name="front", number="1610", tree=Branch(to=menu({"1": SALES}, repeat=0).choices))
    assert await played(only) == (None, [PROMPT, GIVE_UP])


@pytest.mark.parametrize("otherwise", [Again(), Back(), Speak("da")])
async def test_a_machine_that_hears_it_for_ever_is_told_goodbye(otherwise: Choice) -> None:
    found, heard = await played(menu({"1": SALES}, otherwise=otherwise))
    assert (found, heard[-1]) == (None, GOODBYE)
    assert len(heard) <= 2 * PATIENCE
