"""State and actions over HTTP. Empty so far; its floor in the layering is fixed."""
