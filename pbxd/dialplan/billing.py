"""Who pays: the billing ids of all who have a part in a call (NUM-10)."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.dialplan.situation import Facts, FromDevice, Place, Source


def billing_ids(place: Place, caller: Source, facts: Facts) -> tuple[str, ...]:
    """The caller's, and those of the users and service numbers that the call came to, in order and each once."""
    return tuple(dict.fromkeys(one for one in _found(place, caller, facts) if one is not None))


def _found(place: Place, caller: Source, facts: Facts) -> Iterator[str | None]:
    if isinstance(caller, FromDevice):
        user = facts.organization(caller.organization).users.get(caller.user)
        yield user.billing_id if user is not None else None
    for hop in place.hops:
        organization = facts.organization(hop.organization)
        if hop.user is not None:
            member = organization.users.get(hop.user)
            yield member.billing_id if member is not None else None
        elif hop.service is not None:
            service = organization.service(hop.service)
            yield service.billing_id if service is not None else None
