"""The media engine that runs in the server's own process, or in a child of it."""

from pbxd.media.embedded.engine import EmbeddedEngine, Interface

__all__ = ["EmbeddedEngine", "Interface"]
