"""ACD queues, attendant groups, hunt groups and personal queues. Empty so far; its floor in the layering is fixed."""
