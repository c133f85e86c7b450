"""Checked models to the snapshot that the server runs on."""

from pbxd.config.building.organization import organization
from pbxd.config.building.server import matches, server, trunks

__all__ = ["matches", "organization", "server", "trunks"]
