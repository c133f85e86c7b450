"""Menus, auto attendants, conference rooms and mailboxes, as the snapshot holds them."""

from __future__ import annotations

from typing import Any

from pbxd.config.building.destinations import place, prompt
from pbxd.config.models import destinations as destination_files
from pbxd.config.models import menus as files
from pbxd.org.menus import (
    Again,
    AutoAttendant,
    Back,
    Branch,
    Choice,
    Choices,
    ConferenceRoom,
    DialExtension,
    Mailbox,
    Menu,
    Play,
    Speak,
    VoicemailNumber,
)
from pbxd.org.rules import Target


def menus(models: list[files.Ivr]) -> dict[str, Menu]:
    """Menus, by name."""
    return {model.name: Menu(**_talking(model), choices=_choices(model)) for model in models}


def _talking(model: files.Talking) -> dict[str, Any]:
    return {
        "name": model.name,
        "number": model.number,
        "numbers": tuple(model.numbers),
        "billing_id": model.billing_id,
        "language": model.language,
        "display_text": model.display_text,
        "keep_earlier_text": model.keep_earlier_text,
        "barring": tuple(model.barring),
        "code": model.code,
        "admins": tuple(model.admins),
    }


def _choices(model: destination_files.Menu) -> Choices:
    timeout = model.timeout or destination_files.MenuTimeout()
    wrong = model.wrong_key or destination_files.WrongKey()
    return Choices(
        prompt=prompt(model.prompt),
        options={key: _choice(reached) for key, reached in model.options.items()},
        dials=model.dial_extension,
        seconds=timeout.seconds,
        repeat=timeout.repeat,
        otherwise=_optional(timeout.then),
        wrong=_optional(wrong.then),
        sorry=prompt(wrong.prompt) if wrong.prompt is not None else None,
    )


def _optional(model: destination_files.Target | Target | None) -> Choice | None:
    return _choice(model) if model is not None else None


def _choice(model: destination_files.Target | Target) -> Choice:
    match model:
        case destination_files.Target(dial_extension=True):
            return DialExtension()
        case destination_files.Target(again=True):
            return Again()
        case destination_files.Target(back=True):
            return Back()
        case destination_files.Target(language=str(language)):
            return Speak(language)
        case destination_files.Target(menu=destination_files.Menu() as menu):
            return _choices(menu)
        case destination_files.Target(announce=announced) if announced is not None:
            return Play(prompt(announced), _optional(model.then))
    return place(model)


def auto_attendants(models: list[files.AutoAttendant]) -> dict[str, AutoAttendant]:
    """Auto attendants, by name."""
    return {model.name: AutoAttendant(**_talking(model), tree=_branch(model.tree)) for model in models}


def _branch(model: files.Branch) -> Branch:
    return Branch(
        announce=prompt(model.announce) if model.announce is not None else None,
        schedule=model.schedule.open if model.schedule is not None else None,
        opened=_optional(model.open),
        closed=_optional(model.closed),
        to=_optional(model.to),
        then=_branch(model.then) if model.then is not None else None,
    )


def conference_rooms(models: list[files.ConferenceRoom]) -> dict[str, ConferenceRoom]:
    """Conference rooms, by name."""
    return {
        model.name: ConferenceRoom(
            name=model.name,
            number=model.number,
            numbers=tuple(model.numbers),
            billing_id=model.billing_id,
            pin=model.pin or "",
            capacity=model.max,
        )
        for model in models
    }


def mailboxes(models: list[files.GroupMailbox]) -> dict[str, Mailbox]:
    """Group mailboxes, by name."""
    return {
        model.name: Mailbox(
            name=model.name,
            number=model.number,
            numbers=tuple(model.numbers),
            billing_id=model.billing_id,
            code=model.code,
            pin=model.pin or "",
            greeting=prompt(model.greeting) if model.greeting is not None else None,
            groups=tuple(model.groups),
            email=tuple(model.email),
            sms=tuple(model.sms),
        )
        for model in models
    }


def voicemail_numbers(
    models: list[files.VoicemailNumber], mailboxes: list[files.GroupMailbox]
) -> dict[str, VoicemailNumber]:
    """Numbers that open mailboxes, by number; the retrieval codes of group mailboxes are such numbers, too."""
    codes = {
        model.code: VoicemailNumber(name=model.code, number=model.code, kind="group", mailbox=model.name)
        for model in mailboxes
        if model.code is not None
    }
    return codes | {
        model.number: VoicemailNumber(
            name=model.number,
            number=model.number,
            numbers=tuple(model.numbers),
            billing_id=model.billing_id,
            kind=model.kind,
            mailbox=model.mailbox,
        )
        for model in models
    }
