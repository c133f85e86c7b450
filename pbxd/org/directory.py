"""Who is found by whom, and what is shown of them (USR-4).

A user's directory fields are those of the file, with what the user has changed since and, where a field is moderated,
an administrator has accepted. A change holds for as long as the file still says what it said then: the file is the
truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from pbxd.org import levels
from pbxd.org.levels import Setting
from pbxd.org.permissions import administers
from pbxd.org.state import NOTHING_SET, FieldChange, UserState

if TYPE_CHECKING:
    from pbxd.org.organization import Organization
    from pbxd.org.users import User

T = TypeVar("T")
Labels: TypeAlias = Mapping[str, str]
NAME, NUMBER = "name", "number"
"""What can be searched besides an organization's own fields."""
MOST_FOUND: Final = 100
STEP: Final = 500
"""Users that are indexed at once."""
LONGEST: Final = 1000
"""Characters of a field that a user changes."""

_KEY: Final = ("directory",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryField:
    """A field that the organization has given a name."""

    id: str
    labels: Labels = field(default_factory=dict)
    """Its name, by language."""
    searchable: bool = True
    editable: bool = False
    """Whether users change their own."""
    moderated: bool = False
    """Whether an administrator has to accept what they change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Somebody or something that is found."""

    kind: str
    """``user``, ``contact``, ``queue`` or ``hunt-group``."""
    name: str
    numbers: tuple[str, ...]
    """The one to be called first comes first."""
    username: str = ""
    email: str = ""
    company: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def fields_of(user: User, state: UserState) -> dict[str, str]:
    """A user's directory fields as they are now."""
    found = dict(user.fields)
    for change in state.fields:
        if change.accepted and user.fields.get(change.field, "") == change.was:
            found[change.field] = change.value
    return {name: value for name, value in found.items() if value}


def waiting(user: User, state: UserState) -> Iterator[FieldChange]:
    """What a user has changed and nobody has decided on yet."""
    return (one for one in state.fields if not one.accepted and user.fields.get(one.field, "") == one.was)


def changed(change: FieldChange) -> Callable[[UserState], UserState]:
    """The state with a change of a field, which takes the place of another one that waits."""

    def apply(state: UserState) -> UserState:
        kept = [one for one in state.fields if one.field != change.field or (one.accepted and not change.accepted)]
        return replace(state, fields=(*kept, change))

    return apply


def decided(name: str, *, accept: bool) -> Callable[[UserState], UserState]:
    """The state after an administrator has decided on the change of a field that waits."""

    def apply(state: UserState) -> UserState:
        found = next((one for one in state.fields if one.field == name and not one.accepted), None)
        if found is None:
            return state
        others = tuple(one for one in state.fields if one is not found)
        if not accept:
            return replace(state, fields=others)
        others = tuple(one for one in others if one.field != name)
        return replace(state, fields=(*others, replace(found, accepted=True)))

    return apply


def numbers_of(organization: Organization, user: User) -> tuple[str, ...]:
    """A user's numbers as colleagues see them: mobile ones where these are shown, the first one as set."""
    landlines = [line.alias or line.number for line in user.lines if line.type == "landline"]
    mobiles = [line.number for line in user.lines if line.type == "mobile"]
    if not landlines or not mobiles:
        return tuple(landlines or mobiles)
    if not _value(organization, levels.SHOW_MOBILE, user):
        return tuple(landlines)
    if _value(organization, levels.FIRST_NUMBER, user) == "mobile":
        return (*mobiles, *landlines)
    return (*landlines, *mobiles)


def hides(organization: Organization, user: User) -> bool:
    """Whether only administrators find a user."""
    return _value(organization, levels.DIRECTORY_HIDDEN, user)


def _value(organization: Organization, setting: Setting[T], user: User) -> T:
    """A setting of a user; quickly where nobody says anything about it, since this is asked for thousands."""
    if not organization.says_anything_about(setting):
        return setting.default
    return organization.effective(setting, user).value


def is_hidden(organization: Organization, user: User, viewer: User | None) -> bool:
    """Whether ``viewer`` (``None``: an administrator's program) does not find a user."""
    if viewer is None or viewer is user or administers(viewer, user):
        return False
    return hides(organization, user)


def services(organization: Organization) -> Iterator[Entry]:
    """Queues and hunt groups that are not hidden."""
    for queue in (*organization.queues.values(), *organization.attendant_groups.values()):
        if not queue.hidden_in_directory:
            yield Entry(kind="queue", name=queue.name, numbers=(queue.number, *queue.numbers))
    for group in organization.hunt_groups.values():
        if not group.hidden_in_directory:
            yield Entry(kind="hunt-group", name=group.name, numbers=(group.number, *group.numbers))


def contacts(organization: Organization, viewer: User | None) -> Iterator[Entry]:
    """The contacts that hold for somebody, but for those whom nobody wants to talk to."""
    for _, listed in organization.contact_lists(viewer):
        for one in listed.entries:
            if one.kind != "blocked":
                numbers = tuple(number.number for number in one.numbers)
                yield Entry(kind="contact", name=one.name, numbers=numbers, email=one.email, company=one.company)


def indexed(organization: Organization) -> Iterator[None]:
    """Make what :func:`search` looks through, in steps of about a millisecond, with a pause after each.

    It is made once for a configuration. Searching makes it as well, in one go.
    """
    if _KEY in organization.prepared:
        return
    index: list[tuple[User, str]] = []
    searchable = [one.id for one in organization.directory_fields.values() if one.searchable]
    for user in organization.people():
        numbers = (number for line in user.lines for number in (line.alias, line.number) if number)
        fields = (user.fields[one] for one in searchable if one in user.fields)
        index.append((user, _folded("\n".join((user.name, *numbers, *fields)))))
        if len(index) % STEP == 0:
            yield
    organization.prepared[_KEY] = index


def search(
    organization: Organization,
    viewer: User | None,
    text: str,
    changes: Mapping[str, UserState],
    *,
    within: str | None = None,
    limit: int = MOST_FOUND,
) -> list[Entry]:
    """Whom ``viewer`` finds by a text: in names, numbers and fields that can be searched, or ``within`` one of these.

    ``changes`` are the states of those who have changed a field. Users come first, then services, then contacts; at
    most ``limit``.
    """
    wanted = _folded(text)
    found: list[Entry] = []
    for user in _possible(organization, wanted, changes):
        if len(found) >= limit:
            return found
        shown = fields_of(user, changes.get(user.username, NOTHING_SET))
        if not (
            _is_named((user.name,), wanted, within)
            or _has_field(organization, shown, wanted, within)
            or _has_number(_searched(organization, user), wanted, within)
        ):
            continue
        if not is_hidden(organization, user, viewer):
            numbers = numbers_of(organization, user)
            found.append(
                Entry(
                    kind="user",
                    name=user.name,
                    username=user.username,
                    email=user.email or "",
                    numbers=numbers,
                    fields=shown,
                )
            )
    others = chain(services(organization), contacts(organization, viewer))
    found += (
        one
        for one in others
        if _is_named((one.name, one.company), wanted, within) or _has_number(one.numbers, wanted, within)
    )
    return found[:limit]


def _possible(organization: Organization, wanted: str, changes: Mapping[str, UserState]) -> Iterator[User]:
    """Who may have the text somewhere: a rough and quick look at all users."""
    for _ in indexed(organization):
        pass
    index: list[tuple[User, str]] = organization.prepared[_KEY]
    digits = wanted.replace(" ", "")
    return (user for user, said in index if wanted in said or digits in said or user.username in changes)


def _searched(organization: Organization, user: User) -> tuple[str, ...]:
    """The numbers by which a user is found: whole ones too, but no mobile one that is not shown."""
    shown = numbers_of(organization, user)
    return (*shown, *(line.number for line in user.lines if line.alias in shown))


def _is_named(names: Iterable[str], wanted: str, within: str | None) -> bool:
    return within in (None, NAME) and any(wanted in _folded(one) for one in names)


def _has_number(numbers: Iterable[str], wanted: str, within: str | None) -> bool:
    digits = wanted.replace(" ", "")
    return within in (None, NUMBER) and any(digits in number for number in numbers)


def _has_field(organization: Organization, fields: Mapping[str, str], wanted: str, within: str | None) -> bool:
    known = organization.directory_fields
    named = (one for one in ([within] if within is not None else known) if one in known and known[one].searchable)
    return any(wanted in _folded(fields[one]) for one in named if one in fields)


def _folded(text: str) -> str:
    return text.casefold().strip()
