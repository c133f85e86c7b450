"""What can be asked of a configuration without a call: dry runs, routing tests, differences, pictures, lint (TOOL)."""
