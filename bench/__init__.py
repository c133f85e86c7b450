"""Measurements: what pbxd costs, part by part and beside its peers."""
