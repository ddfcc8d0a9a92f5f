"""Alembic's entry: runs the scripts on the connection that `models.store.migrate` hands over."""

from alembic import context

from models.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_server_default=False)
context.run_migrations()
