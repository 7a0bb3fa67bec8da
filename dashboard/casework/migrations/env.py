"""Alembic's entrance: the connection, its transaction and lock are the store's."""

from __future__ import annotations

from alembic import context

from dashboard.casework.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=False,  # the store has begun the transaction already, for both databases
)
context.run_migrations()
