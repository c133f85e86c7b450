"""Phones brought on board: their settings, keys and tickets. Empty so far; its floor in the layering is fixed."""
