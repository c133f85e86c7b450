"""``pbxd rules show``: rules as sentences, in the order in which they are asked (RULE-1, RULE-4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pbxd.commands.common import DEFAULT, Config, Within, fail_unknown, loaded, organization_of

if TYPE_CHECKING:
    from pbxd.org.organization import Group, Organization
    from pbxd.org.rules import Rule, Rules, RuleSet
    from pbxd.org.users import LineType, User

rules = typer.Typer(no_args_is_help=True, help="Call routing rules.")


class Language(StrEnum):
    """The languages of sentences."""

    EN = "en"
    DA = "da"
    SV = "sv"


@dataclass(frozen=True, slots=True)
class Section:
    """Rules under a heading."""

    heading: str
    rules: tuple[Rule, ...]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(rules, name="rules")


@rules.command()
def show(
    user: Annotated[
        str | None, typer.Argument(help="A username: the rules that count for him, in their order.")
    ] = None,
    language: Annotated[Language, typer.Option("--language", "-l", help="Of the sentences.")] = Language.EN,
    parts: Annotated[bool, typer.Option("--yaml", help="In parts, as a configuration may hold them.")] = False,
    config: Config = DEFAULT,
    organization: Within = None,
) -> None:
    """Print rules as sentences: those of the organization, its groups and rule-based numbers, or those of one user.

    Example: pbxd rules show --language da

    Example: pbxd rules show anna
    """
    found = organization_of(loaded(config), organization)
    if user is not None and user not in found.users:
        fail_unknown("user", user, found.users)
    sections = _of_user(found, found.users[user]) if user is not None else _of_organization(found)
    printed = [_as_text(section, language.value, parts=parts) for section in sections if section.rules]
    typer.echo("\n\n".join(printed) or "there are no rules")


def _of_organization(organization: Organization) -> Iterator[Section]:
    yield from _of_level(f"organization {organization.name}", organization.rules)
    for group in organization.groups.values():
        yield from _of_level(f"group {group.name}", group.rules)
    for number in organization.rule_based.values():
        yield Section(f"rule-based number {number.name} ({number.number})", number.rules)


def _of_level(level: str, found: Rules) -> Iterator[Section]:
    for direction, order in (("received", found.incoming), ("made", found.outgoing)):
        yield Section(f"{level}, calls {direction}, required", order.required)
        yield Section(f"{level}, calls {direction}, overridable", order.overridable)
    yield Section(f"{level}, fallback", found.fallback)


def _of_user(organization: Organization, user: User) -> Iterator[Section]:
    """The order of RULE-1, without what he has set at the moment: that is for `pbxd route`."""
    groups = organization.groups_of(user)
    yield from _of_direction(organization, user, groups, "received")
    yield from _handling(organization, user)
    for name, found in (*((f"group {group.name}", group.rules) for group in groups), _named(organization)):
        yield Section(f"calls received, fallback of {name}", found.fallback)
    yield from _of_direction(organization, user, groups, "made")


def _named(organization: Organization) -> tuple[str, Rules]:
    return f"organization {organization.name}", organization.rules


def _of_direction(organization: Organization, user: User, groups: Sequence[Group], direction: str) -> Iterator[Section]:
    def order(rules: Rules) -> RuleSet:
        return rules.incoming if direction == "received" else rules.outgoing

    levels = [_named(organization), *((f"group {group.name}", group.rules) for group in groups)]
    for name, found in levels:
        yield Section(f"calls {direction}, required by {name}", order(found).required)
    yield Section(f"calls {direction}, {user.username}'s own", order(user.rules).overridable)
    for name, found in (*levels[1:], levels[0]):
        yield Section(f"calls {direction}, overridable, of {name}", order(found).overridable)


def _handling(organization: Organization, user: User) -> Iterator[Section]:
    from pbxd.org.handling import handling

    lines: tuple[LineType, ...] = ("landline", "mobile")
    made = [one for line in lines for one in handling(organization, user, line)]
    for source in dict.fromkeys(one.source for one in made):
        heading = f"calls received, {source.setting} of {source.level.value} {source.name}"
        yield Section(heading, tuple(one.rule for one in made if one.source == source))


def _as_text(section: Section, language: str, *, parts: bool) -> str:
    lines = _parts(section.rules) if parts else [f"  - {_sentence(rule, language)}" for rule in section.rules]
    return "\n".join([f"# {section.heading}" if parts else section.heading, *lines])


def _sentence(rule: Rule, language: str) -> str:
    from pbxd.org.sentence import write

    return write(rule, language)


def _parts(rules: Sequence[Rule]) -> Iterator[str]:
    import yaml

    from pbxd.config.building.rules import rule_parts

    for rule in rules:
        text = yaml.safe_dump([rule_parts(rule)], allow_unicode=True, sort_keys=False, width=110)
        yield text.rstrip("\n")
