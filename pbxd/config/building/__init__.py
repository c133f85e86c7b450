"""Checked models to the snapshot that the server runs on."""

from pbxd.config.building.organization import organization
from pbxd.config.building.routing_tests import routing_tests
from pbxd.config.building.server import matches, server, trunks

__all__ = ["matches", "organization", "routing_tests", "server", "trunks"]
