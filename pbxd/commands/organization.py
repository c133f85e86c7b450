"""``pbxd why`` and ``pbxd numbers free``: what an organization's file comes to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pbxd.commands.common import (
    DEFAULT,
    WRONG,
    AsJson,
    Config,
    Within,
    fail,
    fail_unknown,
    loaded,
    organization_of,
)

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration
    from pbxd.org.levels import Setting
    from pbxd.org.numbers import NumberRange
    from pbxd.org.organization import Organization
    from pbxd.org.permissions import Right
    from pbxd.org.why import Why

numbers = typer.Typer(no_args_is_help=True, help="The organization's numbers.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(why)
    app.add_typer(numbers, name="numbers")


def why(
    user: Annotated[str, typer.Argument(help="A username.")],
    setting: Annotated[
        str | None, typer.Argument(help="A setting or permission, or a section such as `voicemail`; without it, all.")
    ] = None,
    other: Annotated[
        str | None, typer.Argument(help="With a permission over other people: whether it holds over this user.")
    ] = None,
    config: Config = DEFAULT,
    organization: Within = None,
    as_json: AsJson = False,
) -> None:
    """Show what a setting is for a user, which level set it, what that covers up, and which permissions were added up.

    Example: pbxd why anna ring_seconds

    Example: pbxd why anna pickup bo
    """
    found = _with_user(loaded(config), organization, user)
    if other is not None:
        _may(found, user, setting or "", other, as_json=as_json)
        return
    answers = _answers(found, user, setting)
    if as_json:
        typer.echo(json.dumps([_as_data(answer) for answer in answers], indent=2, ensure_ascii=False))
        return
    typer.echo("\n\n".join("\n".join(answer.lines) for answer in answers))


def _with_user(configuration: Configuration, name: str | None, user: str) -> Organization:
    """The organization that has the user."""
    having = [one for one in configuration.organizations.values() if user in one.users]
    if name is None and len(having) == 1:
        return having[0]
    if name is None and having:
        fail(f"--organization must say which {user}: {', '.join(one.name for one in having)}", WRONG)
    if name is None:
        fail_unknown("user", user, {known for one in configuration.organizations.values() for known in one.users})
    found = organization_of(configuration, name)
    if user not in found.users:
        fail_unknown("user", user, found.users)
    return found


def _answers(organization: Organization, user: str, name: str | None) -> list[Why]:
    """About one key, all keys of a section, or every key that some level says something about."""
    from pbxd.org.levels import SETTINGS, Level
    from pbxd.org.why import why

    person = organization.users[user]
    if name is not None:
        return [why(organization, person, setting) for setting in _named(name)]
    answers = [why(organization, person, setting) for setting in SETTINGS.values()]
    said = [answer for answer in answers if answer.sources[0].level is not Level.DEFAULT]
    return said or fail(f"no level says anything for {user}: pbxd's defaults hold", 0)


def _named(name: str) -> list[Setting[Any]]:
    """The key of this name or with this last part, or the keys of a section."""
    from pbxd.org.levels import SETTINGS

    if name in SETTINGS:
        return [SETTINGS[name]]
    found = [setting for key, setting in SETTINGS.items() if key.startswith(f"{name}.") or key.endswith(f".{name}")]
    return found or fail_unknown("setting or permission", name, [*SETTINGS, *(key.split(".")[-1] for key in SETTINGS)])


def _may(organization: Organization, user: str, name: str, other: str, *, as_json: bool) -> None:
    right = _right(name)
    if other not in organization.users:
        fail_unknown("user", other, organization.users)
    granted = organization.may(user, right, other)
    if as_json:
        answer = {"user": user, "may": right.name, "whom": other, "value": granted.value, "sources": granted.sources}
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{user} may {'' if granted else 'not '}{right.words} {other}:")
    for source in granted.sources:
        typer.echo(f"  {source}")


def _right(name: str) -> Right:
    from pbxd.org.permissions import RIGHTS

    right = RIGHTS.get(name.removeprefix("permissions."))
    if right is None:
        fail_unknown("permission over other people", name, RIGHTS)
    return right


def _as_data(answer: Why) -> dict[str, Any]:
    from pbxd.org.wording import in_words

    def plain(value: object) -> object:
        return value if isinstance(value, bool | int | str | tuple | None) else in_words(value)

    return {
        "setting": answer.setting.name,
        "kind": answer.setting.kind.value,
        "user": answer.user,
        "value": plain(answer.value),
        "sources": [
            {"level": one.level.value, "name": one.name, "value": plain(one.value), "counts": one.counts}
            for one in answer.sources
        ],
    }


@numbers.command()
def free(
    within: Annotated[
        str | None, typer.Argument(metavar="NUMBER", help="Any number of a range; without it, every range.")
    ] = None,
    config: Config = DEFAULT,
    organization: Within = None,
    as_json: AsJson = False,
) -> None:
    """List the numbers that are free, range by range.

    Example: pbxd numbers free 200
    """
    from pbxd.org.numbering import free_spans

    found = organization_of(loaded(config), organization)
    ranges = [one for one in found.number_ranges if within is None or within in one]
    if not ranges:
        listed = ", ".join(map(str, found.number_ranges)) or "there are none"
        fail(f"{within} is in no range of {found.name}: {listed}" if within else f"{found.name} has no ranges", WRONG)
    spans = {one: tuple(free_spans(found, one)) for one in ranges}
    if as_json:
        data = [{"range": str(one), "free": [[span.first, span.last] for span in spans[one]]} for one in ranges]
        typer.echo(json.dumps(data, indent=2))
        return
    for one in ranges:
        for line in _range_lines(one, spans[one]):
            typer.echo(line)


def _range_lines(numbers: NumberRange, spans: tuple[NumberRange, ...]) -> list[str]:
    from pbxd.org.numbering import amount

    menus = ", can be dialled from menus" if numbers.dialable_from_ivr else ""
    lines = [f"{numbers}: {sum(map(amount, spans))} of {amount(numbers)} free{menus}"]
    lines += [f"  {span.first if span.first == span.last else span}" for span in spans]
    return lines
