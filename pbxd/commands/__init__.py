"""Commands that answer from the configuration, without a running server. :mod:`pbxd.cli` registers them."""
