"""What we say of who calls, of who sent the call on (CLI-5, CLI-6), and of whom a party talks to now. Pure.

Phones are told by From and Diversion. A trunk is told by its policy: the caller's number or our account in From, the
number in P-Asserted-Identity or P-Preferred-Identity (RFC 3325), diversions in Diversion (RFC 5806), History-Info
(RFC 7044) or both. Who wants to stay unknown is known to trusted trunks only, with ``Privacy: id``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from pbxd.config.snapshot import Trunk
from pbxd.dialplan.diverted import Diverted
from pbxd.dialplan.treatment import Presentation
from pbxd.sip.diversion import Diversion, history_of
from pbxd.sip.headers import NameAddr
from pbxd.sip.uri import Uri, sip_uri

Pairs: TypeAlias = tuple[tuple[str, str], ...]

ANONYMOUS: Final = NameAddr("Anonymous", sip_uri("anonymous", "anonymous.invalid"))
"""RFC 3323 4.1.1.3."""
IDENTITY_HEADERS: Final = {"p-asserted-identity": "P-Asserted-Identity", "p-preferred-identity": "P-Preferred-Identity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """Who calls, as the one who is called is told."""

    from_: NameAddr
    headers: Pairs


def to_device(presents: Presentation, domain: str) -> Introduction:
    """For a phone of ours, which has never more to know than its user."""
    unknown = presents.hidden or not presents.number
    from_ = ANONYMOUS if unknown else NameAddr(presents.name, sip_uri(presents.number, domain))
    told = _diversions(presents.diverted, domain, trusted=False)
    return Introduction(from_=from_, headers=tuple(_diversion_lines(told)))


def to_trunk(presents: Presentation, trunk: Trunk, domain: str, target: Uri) -> Introduction:
    """For a trunk, by its policy; ``target`` is where the call goes, and ends the history of it."""
    policy, shown = trunk.identity, _shown(presents, trunk)
    unknown = shown.hidden or not shown.number
    caller = NameAddr(shown.name, sip_uri(shown.number, domain))
    from_ = ANONYMOUS if unknown else caller
    if policy.from_ == "account" and trunk.account is not None and not unknown:
        from_ = NameAddr(shown.name, sip_uri(trunk.account.username, domain))
    headers: list[tuple[str, str]] = []
    name = IDENTITY_HEADERS.get(policy.asserted)
    if name is not None and shown.number and (trunk.trusted or not unknown):
        headers.append((name, str(caller)))
    if unknown and trunk.trusted:
        headers.append(("Privacy", "id"))
    told = _diversions(presents.diverted, domain, trusted=trunk.trusted)
    if policy.diversion in ("diversion", "both"):
        headers += _diversion_lines(told)
    if policy.diversion in ("history-info", "both"):
        headers += [("History-Info", str(entry)) for entry in history_of(told, target)]
    if presents.location:
        headers += [("Geolocation", f"<{presents.location}>"), ("Geolocation-Routing", "no")]
    return Introduction(from_=from_, headers=tuple(headers))


def connected_to_device(presents: Presentation, domain: str) -> Pairs:
    """Whom a phone of ours talks to now, which it is asked to show in the place of whom it talked to (RFC 3325 9.1)."""
    unknown = presents.hidden or not presents.number
    other = ANONYMOUS if unknown else NameAddr(presents.name, sip_uri(presents.number, domain))
    return (("P-Asserted-Identity", str(other)),)


def connected_to_trunk(presents: Presentation, trunk: Trunk, domain: str) -> Pairs:
    """The same for a trunk: nothing, unless it is trusted and takes such a number."""
    foreign = presents.external and trunk.identity.caller_number != "keep"
    if not trunk.trusted or foreign or not presents.number:
        return ()
    told = ("P-Asserted-Identity", str(NameAddr(presents.name, sip_uri(presents.number, domain))))
    return (told, ("Privacy", "id")) if presents.hidden else (told,)


def _shown(presents: Presentation, trunk: Trunk) -> Presentation:
    """The caller, or in his place the last of us who sent the call on, where the trunk takes no foreign numbers."""
    if trunk.identity.caller_number == "keep" or not presents.external or not presents.diverted:
        return presents
    number = presents.diverted[-1].number
    return replace(presents, number=number, name="", hidden=False) if number else presents


def _diversions(diverted: Sequence[Diverted], domain: str, *, trusted: bool) -> tuple[Diversion, ...]:
    """The oldest first; who may not be known is named to the trusted only."""
    return tuple(
        Diversion(
            address=NameAddr("", sip_uri(one.number, domain))
            if one.number and (trusted or not one.private)
            else ANONYMOUS,
            reason=one.reason,
            counter=one.counter,
            limit=one.limit,
            private=one.private,
        )
        for one in diverted
    )


def _diversion_lines(diversions: Sequence[Diversion]) -> Iterator[tuple[str, str]]:
    """The latest comes first (RFC 5806 6)."""
    for diversion in reversed(diversions):
        yield "Diversion", str(diversion)
