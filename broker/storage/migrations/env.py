"""Run by Alembic: migrates on the connection that broker.storage.schema hands over."""

from alembic import context

from broker.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
