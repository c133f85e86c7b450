"""``menu-dead-end`` and ``menu-without-end``: callers to whom a menu says nothing of use, and who never leave it."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.config.source import Path
from pbxd.org import menus
from pbxd.org.organization import Organization
from pbxd.org.rules import ToMenu, ToNumber
from pbxd.tools.lint.choices import Placed, choices
from pbxd.tools.lint.subject import Finding, Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Menus without keys, ends of trees without a word, and circles of those who press nothing."""
    organization = subject.organization
    for one in choices(organization):
        if not isinstance(one.choice, menus.Choices):
            continue
        if not one.choice.options and not one.choice.dials:
            yield Finding(
                kind="menu-dead-end",
                severity="warning",
                path=one.path,
                message=f"a menu of {one.owner} has no keys",
                hint="give it `options`, or play its prompt by `announce`",
            )
        elif _stays(one, organization):
            yield Finding(
                kind="menu-without-end",
                severity="warning",
                path=one.path,
                message=f"who presses no key in {one.owner} goes round in a circle",
                hint="end it with `timeout: {then: ...}` that leads elsewhere",
            )
    for index, attendant in enumerate(organization.auto_attendants.values()):
        yield from _ends(attendant.tree, attendant.name, ("auto_attendants", index, "tree"))


def _ends(branch: menus.Branch, owner: str, path: Path) -> Iterator[Finding]:
    if branch.then is not None:
        yield from _ends(branch.then, owner, (*path, "then"))
    elif branch.to is None:
        leads = {"open": branch.opened, "closed": branch.closed} if branch.schedule is not None else {}
        missing = [key for key, choice in leads.items() if choice is None]
        if missing or not (leads or branch.announce):
            when = f", when it is {missing[0]}," if missing else ""
            yield Finding(
                kind="menu-dead-end",
                severity="warning",
                path=path,
                message=f"the tree of {owner} ends{when} without a word",
                hint="give it a destination or an announcement",
            )


def _stays(one: Placed, organization: Organization) -> bool:
    """Whether a caller who presses nothing, in this menu and wherever that leads him, comes back to it."""
    seen: list[Placed] = []
    here: Placed | None = one
    while here is not None and here not in seen:
        seen.append(here)
        here = _after_nothing(here, organization)
    return here == one


def _after_nothing(menu: Placed, organization: Organization) -> Placed | None:
    """The menu that follows where no key is pressed; ``None``: another place, or the end."""
    choice = menu.choice.otherwise if isinstance(menu.choice, menus.Choices) else None
    while isinstance(choice, menus.Play):
        choice = choice.then
    match choice:
        case menus.Again() | menus.Speak() | menus.DialExtension():
            return menu
        case menus.Back():
            return menu.above or menu
        case menus.Choices():
            return next((one for one in choices(organization) if one.choice is choice), None)
        case ToMenu(name) | ToNumber(name):
            found = organization.menu(name)
            if isinstance(found, menus.Menu):
                return next((one for one in choices(organization) if one.choice is found.choices), None)
    return None
