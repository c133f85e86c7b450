"""The families of phones, one module and one template each.

Names and values of settings are those that the vendors publish for administrators.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pbxd.provisioning.families.grandstream import GRANDSTREAM
from pbxd.provisioning.families.mitel import MITEL
from pbxd.provisioning.families.snom import SNOM
from pbxd.provisioning.families.yealink import YEALINK
from pbxd.provisioning.family import Family

FAMILIES: Final[Mapping[str, Family]] = {one.name: one for one in (SNOM, MITEL, YEALINK, GRANDSTREAM)}
"""By name, as in :data:`pbxd.org.phones.FAMILIES`."""
