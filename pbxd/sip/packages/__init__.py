"""What event packages say: the state of a resource as a value, and that value as the body of a NOTIFY. Pure."""

PACKAGES = ("dialog", "message-summary", "presence", "reg")
"""The packages that can be subscribed to, as Allow-Events names them."""
