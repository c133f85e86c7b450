"""What alembic runs: the connection is the store's own, inside its transaction."""

from __future__ import annotations

from alembic import context

from pbxd.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
