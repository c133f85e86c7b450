"""Encoding names (RFC 3551, RFC 7587, RFC 3389), in lower case, by what can be done with them."""

from typing import Final

SPOKEN: Final = frozenset({"pcmu", "pcma", "g722", "opus"})
"""What can be decoded and made, by whoever has the extra ``pbxd[media]``."""
COMFORT_NOISE: Final = "cn"
