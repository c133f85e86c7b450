"""Who is meant by the address of a request that is no call."""

from __future__ import annotations

from collections.abc import Mapping

from pbxd.dialplan.numbering import canonical
from pbxd.org.organization import Organization
from pbxd.org.users import User


def user_at(organization: Organization, name: str) -> User | None:
    """Whom ``name``, the user part of a URI, means: any spelling of a number, a device, or a username."""
    owner = organization.line(canonical(name, organization).canonical)
    if owner is not None:
        return owner.user
    return organization.owner(name) or organization.users.get(name)


def visible_at(
    organization: Organization, organizations: Mapping[str, Organization], name: str
) -> tuple[Organization, User] | None:
    """Whom ``name`` means in the organization, or in a linked one: there by number, in a federated group (NUM-9)."""
    own = user_at(organization, name)
    if own is not None:
        return organization, own
    number = canonical(name, organization).canonical
    for link in organization.linked_organizations:
        linked = organizations.get(link)
        owner = linked.line(number) if linked is not None and number.startswith("+") else None
        if linked is not None and owner is not None and linked.is_federated(owner.user):
            return linked, owner.user
    return None
