"""Everything that menus and auto attendants let callers choose, and where in the file that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pbxd.config.source import Path
from pbxd.org import menus
from pbxd.org.organization import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A choice, at its place."""

    choice: menus.Choice
    owner: str
    """Name of the menu or auto attendant."""
    path: Path
    key: str = ""
    """That leads to it, or to what it comes after."""
    above: Placed | None = None
    """The menu that it is in."""


def choices(organization: Organization) -> Iterator[Placed]:
    """All of them, each menu before what is in it."""
    for index, menu in enumerate(organization.menus.values()):
        yield from _within(Placed(choice=menu.choices, owner=menu.name, path=("ivrs", index)), ("ivrs", index))
    for index, attendant in enumerate(organization.auto_attendants.values()):
        yield from _of_branch(attendant.tree, attendant.name, ("auto_attendants", index, "tree"))


def _of_branch(branch: menus.Branch, owner: str, path: Path) -> Iterator[Placed]:
    for choice, key in ((branch.opened, "open"), (branch.closed, "closed"), (branch.to, "to")):
        if choice is not None:
            here = (*path, key)
            yield from _within(Placed(choice=choice, owner=owner, path=here), (*here, "menu"))
    if branch.then is not None:
        yield from _of_branch(branch.then, owner, (*path, "then"))


def _within(placed: Placed, menu: Path) -> Iterator[Placed]:
    """A choice, and what is in it; ``menu`` is where its keys are, if it is a menu."""
    yield placed
    match placed.choice:
        case menus.Play(then=then):
            yield from _below(then, placed, (*placed.path, "then"), placed.key, placed.above)
        case menus.Choices(options=options, otherwise=otherwise, wrong=wrong):
            for key, option in options.items():
                yield from _below(option, placed, (*menu, "options", key), key, placed)
            yield from _below(otherwise, placed, (*menu, "timeout", "then"), placed.key, placed)
            yield from _below(wrong, placed, (*menu, "wrong_key", "then"), placed.key, placed)


def _below(choice: menus.Choice | None, placed: Placed, path: Path, key: str, above: Placed | None) -> Iterator[Placed]:
    if choice is not None:
        one = Placed(choice=choice, owner=placed.owner, path=path, key=key, above=above)
        yield from _within(one, (*path, "menu"))
