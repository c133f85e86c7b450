"""The shape of the files, section by section; what they mean together is judged in :mod:`pbxd.config.checks`."""
