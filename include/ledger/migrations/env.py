"""How Alembic reaches the ledger: over the connection that `database.migrate` holds, inside its transaction."""

from __future__ import annotations

from alembic import context

from include.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
