"""Who is meant by the address of a request that is no call."""

from __future__ import annotations

from pbxd.dialplan.numbering import canonical
from pbxd.org.organization import Organization
from pbxd.org.users import User


def user_at(organization: Organization, name: str) -> User | None:
    """Whom ``name``, the user part of a URI, means: any spelling of a number, a device, or a username."""
    owner = organization.line(canonical(name, organization).canonical)
    if owner is not None:
        return owner.user
    return organization.owner(name) or organization.users.get(name)
