"""Which number and name a leg shows, inside and outside (CLI)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pbxd.config.snapshot import NumberFormat
from pbxd.dialplan.diverted import Diverted
from pbxd.dialplan.numbering import for_trunk, from_trunk
from pbxd.dialplan.situation import FromDevice, FromTrunk, Shown, Situation
from pbxd.dialplan.treatment import Presentation
from pbxd.dialplan.view import View
from pbxd.org.display import HIDDEN, Wish, own_mobile, resolved, shown
from pbxd.org.levels import (
    ANONYMOUS_CALLS,
    INTERNAL_PRESENTATION,
    RINGTONE_EXTERNAL,
    RINGTONE_HUNT,
    RINGTONE_INTERNAL,
    TIMED_INSIDE,
    TIMED_OUTSIDE,
    TIMED_ROLE,
)
from pbxd.org.organization import Organization
from pbxd.org.presence import standing
from pbxd.org.users import User

Note = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, as the world outside is to see it."""

    number: str
    """Canonical; empty where there is none to show."""
    name: str
    hidden: bool = False
    external: bool = False


def inside(
    situation: Situation, organization: Organization, diverted: tuple[Diverted, ...], trail: list[str]
) -> Presentation:
    """Who a colleague sees calling: the extension of a user, or the number from outside."""
    diverted = tuple(replace(one, number=_extension(one.number, organization)) for one in diverted)
    match situation.source:
        case FromDevice(user=username, device=device):
            user = organization.users[username]
            hidden = is_hidden(situation, organization, trail)
            number = _inside_number(user, organization, trail) or device
            return Presentation(number=number, name=user.name, hidden=hidden, diverted=diverted)
        case FromTrunk() as source:
            number = caller_number(source, organization)
            return Presentation(number=number, name=source.name, external=True, diverted=diverted)


def _inside_number(user: User, organization: Organization, trail: list[str]) -> str | None:
    """What colleagues see: the extension, or the mobile number where that is wanted (CLI-4)."""
    setting = organization.effective(INTERNAL_PRESENTATION, user)
    mobile = own_mobile(user) if setting.value == "mobile" else None
    if mobile is not None:
        trail.append(str(setting))
    return mobile or user.extension


def caller(situation: Situation, view: View, set_: Shown, note: Note) -> Caller:
    """Who calls, where a call leaves; ``set_`` is what rules have set so far (CLI-1 to CLI-5)."""
    match situation.source:
        case FromDevice() as source:
            home = view.facts.organization(source.organization)
            user = home.users[source.user]
            trail: list[str] = []
            hide = True if is_hidden(situation, home, trail) else False if source.unhidden else None
            found = shown(user, home, _wishes(situation.role, source, user, home, view, set_), hide=hide)
            for words in (*trail, *found.words):
                note("presentation", words)
            return Caller(number=found.number, name=user.name, hidden=found.hidden)
        case FromTrunk() as source:
            number = caller_number(source, view.organization)
            instead = resolved(set_.number, view.user, view.organization) if set_.number is not None else None
            if instead is not None and (set_.binding or view.organization.in_ranges(instead)):
                note("presentation", f"a rule: {instead} is shown")
                return Caller(number=instead, name=source.name, external=True)
            return Caller(number=number, name=source.name, hidden=set_.number == HIDDEN, external=True)


def emergency_caller(situation: Situation, view: View, note: Note) -> Caller:
    """Who calls for help: nothing is hidden, and the number is one that reaches him (NUM-4)."""
    source = situation.source
    assert isinstance(source, FromDevice), "what comes from outside reaches our own numbers only"
    home = view.facts.organization(source.organization)
    user = home.users[source.user]
    emergency = home.emergency_of(user)
    if emergency is None:
        return Caller(number=shown(user, home).number, name=user.name)
    where = f", for help at {emergency.location}" if emergency.location else ""
    note("presentation", f"the callback number {emergency.callback_number} is shown{where}")
    return Caller(number=emergency.callback_number, name=user.name)


def _wishes(
    role_once: str | None, source: FromDevice, user: User, home: Organization, view: View, set_: Shown
) -> Iterator[Wish]:
    """What may say which number is shown, the strongest first: a rule, the user, his profile, the time of day.

    ``role_once`` is the role in which this one call is made, where the caller chose one for it.
    """
    if set_.number is not None:
        yield Wish(number=set_.number, by="a rule", binding=set_.binding)
    state = view.facts.state(home.name, user.username)
    if state.shown_number is not None:
        yield Wish(number=state.shown_number, by=f"{user.username} has chosen it")
    now = standing(state, home, user, view.now)
    if now.profile is not None:
        device = home.device(source.device)
        mobile = device is not None and device.kind == "mobile"
        number = now.profile.shows_from_mobile if mobile else now.profile.shows_from_landline
        if number is not None:
            yield Wish(number=number, by=f"profile {now.profile.name}")
    role = home.effective(TIMED_ROLE, user).value
    if role is not None and (role_once or now.role) == role:
        opening = home.hours_for(user).at(view.now, view.facts.extended_hours(home.name))
        side = home.effective(TIMED_INSIDE if opening.open else TIMED_OUTSIDE, user).value
        yield Wish(number=side, by=f"role {role}, {'within' if opening.open else 'outside'} working hours")


def outside(
    caller: Caller, organization: Organization, number_format: NumberFormat, diverted: tuple[Diverted, ...]
) -> Presentation:
    """Who the world sees calling, written as a trunk wants it."""

    def written(number: str) -> str:
        return for_trunk(number, number_format, organization.country)

    diverted = tuple(replace(one, number=written(_public(one.number, organization))) for one in diverted)
    return Presentation(
        number=written(caller.number),
        name=caller.name,
        hidden=caller.hidden,
        external=caller.external,
        diverted=diverted,
    )


def alerting(
    presents: Presentation, callee: User | None, organization: Organization, trail: list[str], *, hunts: bool = False
) -> Presentation:
    """The same, with how the callee's phones are to ring for such a call (CLI-8); ``None``: those of several people.

    ``hunts``: a hunt group has them ring, which may have a ringtone of its own.
    """
    ringtone = organization.effective(RINGTONE_EXTERNAL if presents.external else RINGTONE_INTERNAL, callee)
    if hunts and (own := organization.effective(RINGTONE_HUNT, callee)).value:
        ringtone = own
    if not ringtone.value:
        return presents
    trail.append(str(ringtone))
    return replace(presents, ringtone=ringtone.value)


def is_hidden(situation: Situation, organization: Organization, trail: list[str]) -> bool:
    """Whether the phone asks that nobody learns who calls, and its user may ask so (CLI-5)."""
    source = situation.source
    if not isinstance(source, FromDevice) or not source.hidden:
        return False
    allowed = organization.effective(ANONYMOUS_CALLS, organization.users[source.user])
    trail.append(f"{source.device} wants to stay unknown: {allowed}")
    return allowed.value


def _extension(number: str, organization: Organization) -> str:
    """What colleagues know a number by."""
    owner = organization.line(number)
    return (owner.user.extension or number) if owner is not None else number


def _public(number: str, organization: Organization) -> str:
    """What the world knows a number by: a short one is nobody's outside."""
    owner = organization.line(number)
    if number.startswith("+") or owner is None:
        return number
    return owner.user.landline or organization.switchboard or ""


def caller_number(source: FromTrunk, organization: Organization) -> str:
    """The caller's canonical number, empty when anonymous."""
    return source.number and from_trunk(source.number, source.number_format, organization.country)


def to_linked(presents: Presentation, situation: Situation, home: Organization) -> Presentation:
    """The same for somebody of a linked organization, who knows numbers and none of our extensions (NUM-9)."""
    if not isinstance(situation.source, FromDevice):
        return presents
    user = home.users[situation.source.user]
    return replace(presents, number=user.landline or home.switchboard or user.mobile or "")
