"""Keys that are known, but not where they were written (LVL-4)."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel

from pbxd.config.models.organization import Organization
from pbxd.config.models.settings import Permissions, PermissionsOnMe, Settings
from pbxd.config.models.users import Group, User


@cache
def elsewhere(model: type[BaseModel], key: str) -> tuple[str, str] | None:
    """What is wrong with a key that ``model`` does not have, and where it belongs; ``None`` where nobody knows it."""
    if model not in (Organization, Group, User, Settings):
        return None
    if model is not Settings and key in Settings.known_keys():
        return f"`{key}` is one of the settings", "write it under `settings`"
    if key in Permissions.known_keys():
        return f"`{key}` is one of the permissions", "write it under `permissions`"
    if key in PermissionsOnMe.known_keys():
        return f"`{key}` is one of the permissions", "write it under `permissions_on_me` in `settings`"
    if model is Settings and key in {*Group.known_keys(), *User.known_keys()} - {"name"}:
        return f"`{key}` is none of the settings", "write it beside `settings`"
    if key in Organization.known_keys():
        return f"`{key}` is for the organization as a whole", "write it at the top level of the file"
    return None
