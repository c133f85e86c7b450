"""Phones that get their settings from us: who they are, what they get, who may have it (DEV-2 to DEV-6, TOOL-10).

This is the part in the server itself: it decides, and keeps what is to be kept. The HTTP process asks it over the
control socket, and makes of its answers the files that each family of phones reads (:mod:`pbxd.provisioning`).
"""
