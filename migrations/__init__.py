"""The schema's history: one alembic chain for SQLite and PostgreSQL."""
