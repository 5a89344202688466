"""One chain for both stores, and it makes exactly the tables the models describe."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app import main, migrate
from app.database import Base, engine_on


def test_migrations_make_the_models(address: str) -> None:
    with engine_on(address) as engine:
        assert migrate.current(engine) is None
        assert migrate.upgrade(engine) == (None, migrate.head())
        assert main  # importing the application has told Base every table
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
        assert migrate.upgrade(engine) == (migrate.head(), migrate.head())
