"""``*72*N*``: the server calls whoever dialled it, and has him record what a menu says (IVR-3, SND-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.calls.exchange import Exchange
from pbxd.org.menus import AutoAttendant, Menu, prompts
from pbxd.org.supervision import administers
from pbxd.speech.catalogue import catalogue
from pbxd.speech.library import Library
from pbxd.treatments.dictation import Dictation, start
from pbxd.treatments.features.asker import Asker, Reply

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.dialplan.treatment import Feature
    from pbxd.org.organization import Organization


async def record_prompts(asker: Asker, code: str) -> Reply:
    """Record the prompts of the menu or auto attendant with this code, one after the other."""
    within = asker.organization
    menus: tuple[Menu | AutoAttendant, ...] = (*within.menus.values(), *within.auto_attendants.values())
    menu = next((one for one in menus if one.code == code), None)
    if menu is None:
        raise asker.refused(404, "no-menu", what=code)
    if not administers(asker.user, menu):
        raise asker.refused(403, "not-allowed")
    names = recordable(menu, within)
    if not names:
        raise asker.refused(404, "no-prompts")
    if not asker.dictates(menu.name, names):
        raise asker.refused(503, "not-now")
    return asker.say("prompts", what=menu.name)


def recordable(menu: Menu | AutoAttendant, organization: Organization) -> tuple[str, ...]:
    """The sounds of the library that a menu says: not what is words, nor what the organization's file has."""
    named = dict.fromkeys(prompt for prompt in prompts(menu) if isinstance(prompt, str))
    return tuple(name for name in named if name not in organization.sounds and name not in catalogue().messages)


def dictate(call: Call, feature: Feature, title: str, names: tuple[str, ...]) -> bool:
    """Have who dialled a code called back, to record sounds in his language; whether that could be begun."""
    organization = call.facts.organization(feature.organization)
    user = organization.users[feature.user]
    language = user.language if user.language in organization.languages else organization.languages[0]
    dictation = Dictation(
        organization=organization.name,
        user=user.username,
        names=names,
        title=title,
        language=language,
        library=Library(call.facts.configuration.server.data),
    )
    return start(call.kernel.part(Exchange), dictation, user) is not None
