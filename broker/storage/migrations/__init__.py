"""Alembic migrations, one transaction each, the same for SQLite and PostgreSQL."""
