"""Answers as other systems give them."""
