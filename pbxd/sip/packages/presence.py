"""Presence: whether somebody can be reached, and what he is doing (RFC 3856, PIDF RFC 3863, RPID RFC 4480)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pbxd.errors import MalformedMessage
from pbxd.sip.packages.markup import Path, Xml, document, element, read
from pbxd.sip.subscription import Content

PACKAGE: Final = "presence"
CONTENT_TYPE: Final = "application/pidf+xml"
MAX_NOTE: Final = 200
"""Characters kept of a note."""

_PIDF: Final = "urn:ietf:params:xml:ns:pidf"
_DATA_MODEL: Final = "urn:ietf:params:xml:ns:pidf:data-model"
_RPID: Final = "urn:ietf:params:xml:ns:pidf:rpid"

ON_THE_PHONE: Final = "on-the-phone"
# fmt: off
ACTIVITIES: Final = frozenset({
    "appointment", "away", "breakfast", "busy", "dinner", "holiday", "in-transit", "looking-for-work", "lunch", "meal",
    "meeting", "on-the-phone", "performance", "permanent-absence", "playing", "presentation", "shopping", "sleeping",
    "spectator", "steering", "travel", "tv", "unknown", "vacation", "working", "worship",
})
# fmt: on
"""RFC 4480 3.2, but for ``other``, which means something only with its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What one device publishes, or what a watcher is told."""

    open: bool | None
    """Whether he can be reached; ``None`` where a publication does not say."""
    activities: tuple[str, ...] = ()
    """Names of :data:`ACTIVITIES`, in order."""
    note: str = ""
    """In his own words."""
    other: str = ""
    """An activity that RFC 4480 has no name for."""


NOTHING: Final = Presence(open=None)


def composed(
    published: tuple[Presence, ...], *, registered: bool, in_a_call: bool, own: Presence = NOTHING
) -> Presence:
    """One presence out of what all devices publish, oldest first, and what the server itself knows.

    He can be reached if any device says so, or none says anything and one is registered. ``own`` is what he has set on
    the server. Its note counts, and otherwise the newest.
    """
    said = [one.open for one in published if one.open is not None]
    activities = [*own.activities, *(activity for one in published for activity in one.activities)]
    if in_a_call:
        activities.append(ON_THE_PHONE)
    notes = [one.note for one in (*published, own) if one.note]
    return Presence(
        open=any(said) if said else registered,
        activities=tuple(dict.fromkeys(activities)),
        note=notes[-1] if notes else "",
        other=own.other,
    )


def render(entity: str, presence: Presence) -> Content:
    """The document that a watcher gets; ``entity`` is the URI that he watches."""
    note = (element("note", text=presence.note),) if presence.note else ()
    basic = element("basic", text="open" if presence.open else "closed")
    children = [element("tuple", element("status", basic), element("contact", text=entity), *note, id="t1")]
    if presence.activities or presence.other:
        activities = [Xml(f"<rpid:{name}/>") for name in presence.activities if name in ACTIVITIES]
        if presence.other:
            activities.append(element("rpid:other", text=presence.other))
        children.append(element("dm:person", element("rpid:activities", *activities), id="p1"))
    root = element("presence", *children, xmlns=_PIDF, xmlns_dm=_DATA_MODEL, xmlns_rpid=_RPID, entity=entity)
    return Content(CONTENT_TYPE, document(root))


def parse(body: bytes) -> Presence:
    """What a published document says; elements that we don't know are skipped.

    Several tuples are one open one if any is. Raises :class:`MalformedMessage`.
    """
    basics: list[str] = []
    activities: list[str] = []
    notes: list[str] = []

    def start(path: Path) -> None:
        if len(path) == 1 and path[0] != f"{_PIDF} presence":
            raise MalformedMessage("not a presence document")
        namespace, _, name = path[-1].rpartition(" ")
        if namespace == _RPID and name in ACTIVITIES and path[-2:-1] == (f"{_RPID} activities",):
            activities.append(name)

    def text(path: Path, found: str) -> None:
        name = path[-1].rpartition(" ")[2]
        if name == "basic":
            basics.append(found)
        elif name == "note":
            notes.append(found)

    read(body, start=start, text=text)
    return Presence(
        open="open" in basics if basics else None,
        activities=tuple(dict.fromkeys(activities)),
        note=notes[-1][:MAX_NOTE] if notes else "",
    )
