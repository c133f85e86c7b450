"""``python -m pbxd``."""

from __future__ import annotations


def main() -> None:
    """The ``pbxd`` command."""
    from pbxd.cli import app

    app()


if __name__ == "__main__":
    main()
