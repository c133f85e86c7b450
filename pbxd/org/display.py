"""Which number somebody shows on outgoing calls (CLI-1 to CLI-4).

Wishes come from many sides: from the call itself, a rule, a feature code, the profile, the time of day. The first one
that can be met counts: its number exists, and the user may show it. Without any, the setting ``display_number`` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pbxd.org.levels import ANONYMOUS_CALLS, DISPLAY_NUMBER, SWITCHBOARD
from pbxd.org.supervision import serves

if TYPE_CHECKING:
    from pbxd.org.organization import Organization
    from pbxd.org.users import User

HIDDEN = "hidden"
WORDS = frozenset({"landline", "mobile", "own-mobile", "switchboard", HIDDEN})
"""What may be said instead of a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayNumber:
    """A number that several may show (CLI-2)."""

    number: str
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    queue: str | None = None
    """The queue that it is tied to."""
    agents: bool = False
    """Whether all agents of the queue may show it."""
    supervisors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody or something wants this number to be shown."""

    number: str
    """Canonical, or one of :data:`WORDS`."""
    by: str
    """In words, for the trail: ``profile office``."""
    binding: bool = False
    """Whether it is an administrator's, who may have any number of the organization shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown."""

    number: str
    """Canonical; empty where there is nothing to show. Of a hidden one, what those learn who may."""
    hidden: bool = False
    words: tuple[str, ...] = ()
    """For the trail: each wish that was not met and why, and the one that was."""


def shown(user: User, organization: Organization, wishes: Iterable[Wish] = (), *, hide: bool | None = None) -> Shown:
    """The number for an outgoing call of ``user``. The first wish that can be met counts.

    ``hide`` is what the caller says for this one call: true hides the number, false passes wishes to hide it.
    """
    words: list[str] = []
    hidden = hide is True and organization.effective(ANONYMOUS_CALLS, user).value
    for wish in wishes:
        if wish.number == HIDDEN:
            hidden = hidden or (hide is None and _may_hide(user, organization, wish.by, words))
            if hidden:
                break
            continue
        number = resolved(wish.number, user, organization)
        if number is None:
            words.append(f"{wish.by}: there is no {wish.number} number to show")
        elif not _may(number, wish, user, organization):
            words.append(f"{wish.by}: {user.username} may not show {number}")
        else:
            return Shown(number=number, hidden=hidden, words=(*words, f"{wish.by}: {number} is shown"))
    number, why = _default(user, organization)
    return Shown(number=number, hidden=hidden, words=(*words, why))


def allowed(user: User, organization: Organization) -> dict[str, str]:
    """The numbers that a user may show, and what each one is, in words."""
    found: dict[str, str] = {}
    for number, what in _allowed(user, organization):
        found.setdefault(number, what)
    return found


def _allowed(user: User, organization: Organization) -> Iterator[tuple[str, str]]:
    for line in user.lines:
        if line.number.startswith("+"):
            yield line.number, f"own {line.type}"
    mobile = own_mobile(user)
    if mobile is not None:
        yield mobile, "own mobile"
    switchboard = organization.effective(SWITCHBOARD, user).value
    if switchboard is not None:
        yield switchboard, "switchboard"
    for queue in (*organization.queues.values(), *organization.attendant_groups.values()):
        if queue.outgoing and queue.outside is not None and serves(user, queue):
            yield queue.outside, f"queue {queue.name}"
    for display in organization.display_numbers:
        if _granted(display, user, organization):
            yield display.number, "shared number"


def _granted(display: DisplayNumber, user: User, organization: Organization) -> bool:
    if user.username in display.users or not display.groups.isdisjoint(user.groups):
        return True
    queue = organization.queues.get(display.queue or "") or organization.attendant_groups.get(display.queue or "")
    if queue is None:
        return False
    named = user.username in queue.supervisors
    supervisor = named or not set(queue.staff.supervisors).isdisjoint(user.groups)
    return (display.agents and serves(user, queue)) or (display.supervisors and supervisor)


def _may(number: str, wish: Wish, user: User, organization: Organization) -> bool:
    if wish.binding and organization.in_ranges(number):
        return True
    return any(number == one for one, _ in _allowed(user, organization))


def _may_hide(user: User, organization: Organization, by: str, words: list[str]) -> bool:
    setting = organization.effective(ANONYMOUS_CALLS, user)
    words.append(f"{by} wants the number hidden: {setting}")
    return setting.value


def resolved(wanted: str, user: User | None, organization: Organization) -> str | None:
    """The number that a word stands for, or the number itself; ``None`` where there is none."""
    match wanted:
        case "landline":
            return user.landline if user is not None else None
        case "mobile" | "own-mobile":
            return own_mobile(user) if user is not None else None
        case "switchboard":
            return organization.effective(SWITCHBOARD, user).value
    return None if wanted == HIDDEN else wanted


def own_mobile(user: User) -> str | None:
    """The number of the user's mobile line, or of a mobile that is among the devices only."""
    numbers = (device.number for device in user.devices if device.kind == "mobile")
    return user.mobile or next((number for number in numbers if number is not None), None)


def _default(user: User, organization: Organization) -> tuple[str, str]:
    """A mobile number falls back to the landline, that to the switchboard (CLI-3)."""
    setting = organization.effective(DISPLAY_NUMBER, user)
    switchboard = organization.effective(SWITCHBOARD, user).value
    landline, mobile = user.landline, own_mobile(user)
    order = (mobile, landline, switchboard) if setting.value == "mobile" else (landline, switchboard, mobile)
    number = next((one for one in order if one is not None and one.startswith("+")), "")
    return number, f"{setting}: {number or 'nothing'} is shown"
