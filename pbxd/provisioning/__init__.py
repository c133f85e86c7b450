"""The files that phones read: one module and one template for each family, in :mod:`pbxd.provisioning.families`.

What is in them comes from the server as plain data (:mod:`pbxd.phones.settings`); here it gets the vendor's names.
"""
