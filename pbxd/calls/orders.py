"""What an operator sets for a user, in words: ``activity lunch``, ``divert 203``, ``plan meeting`` with two times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args
from zoneinfo import ZoneInfo

from pbxd.config.hints import nearest
from pbxd.dialplan.coded import voicemail
from pbxd.dialplan.numbering import Kind, canonical
from pbxd.errors import PbxdError
from pbxd.org import changes
from pbxd.org.changes import Change
from pbxd.org.moments import moment
from pbxd.org.state import Absence, DiversionKind, Planned, Repeat, UserState

if TYPE_CHECKING:
    from pbxd.calls.people import People
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.org.users import User

DIVERSIONS: Final[Mapping[str, DiversionKind]] = {
    "divert": "always",
    "divert-busy": "busy",
    "divert-no-answer": "no-answer",
    "divert-unreachable": "unreachable",
}
PLANS: Final[Mapping[str, str]] = {"plan": "activity", "plan-role": "role", "plan-profile": "profile"}
"""What can be planned, and what is planned by it."""
WHAT: Final = ("activity", "role", "profile", "shortcut", *DIVERSIONS, "absence", "night-override", "number", *PLANS)
WHY: Final = "an operator"

T = TypeVar("T")


class OrderError(PbxdError):
    """What was asked for can't be set, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to set: the values as they were typed."""

    what: str
    value: str = ""
    start: str = ""
    until: str = ""
    note: str = ""
    repeat: str = ""


class Orders:
    """Sets and shows what users have set, for whoever operates the server."""

    def __init__(self, configuration: Callable[[], Configuration], people: People, wall: Callable[[], float]) -> None:
        self._configuration = configuration
        self._people = people
        self._wall = wall

    async def set(self, user: str, organization: str | None = None, **order: str) -> dict[str, Any]:
        """Set something for a user, and say how he stands then. Raises :class:`OrderError`, ``StoreError``."""
        found = self._find(user, organization)
        return await self._apply(*found, setting(Order(**order), *found, self._wall()))

    async def clear(self, user: str, what: str, value: str = "", organization: str | None = None) -> dict[str, Any]:
        """Take back what is set; ``value`` is the id of a plan. Raises :class:`OrderError`, ``StoreError``."""
        return await self._apply(*self._find(user, organization), clearing(what, value, self._wall()))

    def show(self, user: str, organization: str | None = None) -> dict[str, Any]:
        """How a user stands. Raises :class:`OrderError`."""
        within, found = self._find(user, organization)
        state = self._people.state(within.name, user)
        standing = self._people.standing(within, found)
        return {
            "organization": within.name,
            "user": user,
            "words": list(standing.words),
            "activity": standing.activity.name if standing.activity is not None else None,
            "until": standing.until,
            "role": standing.role,
            "profile": standing.profile.name if standing.profile is not None else None,
            "available": standing.available,
            "number": state.shown_number,
            "plans": [_plan(entry) for entry in state.planned],
        }

    async def _apply(self, within: Organization, user: User, change: Change) -> dict[str, Any]:
        try:
            await self._people.change(within.name, user.username, change, WHY)
        except changes.TooMuchPlanned as error:
            raise OrderError(str(error)) from error
        return self.show(user.username, within.name)

    def _find(self, user: str, organization: str | None) -> tuple[Organization, User]:
        return user_of(self._configuration().organizations, user, organization)


def setting(order: Order, organization: Organization, user: User, now: float) -> Change:
    """The change that an order asks for. Raises :class:`OrderError`."""
    zone = organization.hours_for(user).zone
    until = _moment(order.until, now, zone) if order.until else None
    match order.what:
        case "activity":
            _named("activity", order.value, organization.activities)
            return changes.do(order.value, now, until=until, note=order.note)
        case "role":
            _named("role", order.value, organization.roles)
            return changes.take_role(order.value, now)
        case "profile":
            profile = _named("profile", order.value, {**organization.profiles, **user.profiles})
            return changes.switch_to(profile, now, until=until)
        case "shortcut":
            shortcut = _named("shortcut", order.value, {**organization.shortcuts, **user.shortcuts})
            return changes.use_shortcut(shortcut, now)
        case "absence":
            _named("activity", order.value, organization.activities)
            start = _moment(order.start, now, zone) if order.start else now
            return changes.be_absent(Absence(reason=order.value, start=start, end=until))
        case "night-override":
            return changes.override_night(True)
        case "number":
            return changes.show_number(_number(order.value, organization))
        case "plan" | "plan-role" | "plan-profile":
            return changes.plan(_planned(order, organization, user, now), now, zone)
    kind = DIVERSIONS.get(order.what)
    if kind is None:
        raise OrderError(_unknown("thing to set", order.what, WHAT))
    unreachable = canonical(order.value, organization, user).kind in (Kind.INVALID, Kind.EMERGENCY)
    if unreachable and voicemail(order.value, organization, user) is None:
        raise OrderError(f"calls can't be diverted to {order.value or 'nothing'}")
    return changes.divert(kind, order.value)


def clearing(what: str, value: str, now: float) -> Change:
    """The change that takes something back. Raises :class:`OrderError`."""
    simple: Mapping[str, Change] = {
        "activity": changes.do_nothing,
        "shortcut": changes.do_nothing,
        "role": changes.take_role(None, now),
        "profile": changes.leave_profile,
        "absence": changes.be_absent(None),
        "night-override": changes.override_night(False),
        "number": changes.show_number(None),
        "everything": lambda _: UserState(),
        **{name: changes.divert(kind, None) for name, kind in DIVERSIONS.items()},
        **dict.fromkeys(PLANS, changes.forget(value)),
    }
    if what not in simple:
        raise OrderError(_unknown("thing to take back", what, simple))
    return simple[what]


def _planned(order: Order, organization: Organization, user: User, now: float) -> Planned:
    zone, kind = organization.hours_for(user).zone, PLANS[order.what]
    known: Mapping[str, Mapping[str, object]] = {
        "activity": organization.activities,
        "role": organization.roles,
        "profile": {**organization.profiles, **user.profiles},
    }
    _named(kind, order.value, known[kind])
    if not order.start or not order.until:
        raise OrderError("a plan needs --from and --until")
    repeats: Mapping[str, Repeat] = {name: name for name in get_args(Repeat)}
    if order.repeat and order.repeat not in repeats:
        raise OrderError(_unknown("repetition", order.repeat, repeats))
    start = _moment(order.start, now, zone)
    end = _moment(order.until, start, zone)
    if end <= start:
        raise OrderError("a plan's end must be later than its start")
    return Planned(
        id=f"{round(start)}-{order.value}",
        start=start,
        end=end,
        activity=order.value if kind == "activity" else None,
        role=order.value if kind == "role" else None,
        profile=order.value if kind == "profile" else None,
        repeat=repeats.get(order.repeat),
        note=order.note,
    )


def _plan(entry: Planned) -> dict[str, Any]:
    return {
        "id": entry.id,
        "what": entry.activity or entry.role or entry.profile,
        "start": entry.start,
        "end": entry.end,
        "repeat": entry.repeat,
        "calendar": entry.source or None,
    }


def _number(value: str, organization: Organization) -> str:
    if value in ("hidden", "switchboard", "landline", "own-mobile"):
        return value
    found = canonical(value, organization)
    if found.kind is not Kind.INTERNAL:
        raise OrderError(f"{value or 'nothing'} is no number of {organization.title}")
    owner = organization.line(found.canonical)
    return owner.line.number if owner is not None else found.canonical


def _named(kind: str, name: str, known: Mapping[str, T]) -> T:
    if name not in known:
        raise OrderError(_unknown(kind, name, known))
    return known[name]


def _moment(text: str, now: float, zone: ZoneInfo) -> float:
    try:
        return moment(text, now, zone)
    except ValueError as error:
        raise OrderError(str(error)) from error


def user_of(
    organizations: Mapping[str, Organization], user: str, organization: str | None
) -> tuple[Organization, User]:
    """The user of that name, in an organization where it may be in several. Raises :class:`OrderError`."""
    if organization is not None and organization not in organizations:
        raise OrderError(_unknown("organization", organization, organizations))
    among = [organizations[organization]] if organization is not None else list(organizations.values())
    having = [one for one in among if user in one.users]
    if len(having) > 1:
        names = ", ".join(one.name for one in having)
        raise OrderError(f"{user} is in several organizations: --organization must be one of {names}")
    if not having:
        raise OrderError(_unknown("user", user, [name for one in among for name in one.users]))
    return having[0], having[0].users[user]


def _unknown(kind: str, name: str, known: Any) -> str:
    hint = nearest(name, known) or (f"there are {', '.join(known)}" if known else "")
    return f"no {kind} is called `{name}`" + (f"; {hint}" if hint else "")
