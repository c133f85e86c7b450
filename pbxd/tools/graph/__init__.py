"""A picture of all that can happen to a call (TOOL-4)."""

from __future__ import annotations

from pbxd.tools.graph.drawing import svg
from pbxd.tools.graph.layout import Drawing, layout
from pbxd.tools.graph.model import Node
from pbxd.tools.graph.walk import at_moment, over_the_week

__all__ = ["Drawing", "Node", "at_moment", "layout", "over_the_week", "svg"]
