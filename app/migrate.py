"""Bring a database to the newest schema, or say how far it is."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine, revision: str | None = None) -> tuple[str | None, str]:
    """Run every migration not yet run, or those up to a revision; returns the revision before and after."""
    with engine.connect() as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        connection.rollback()
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision or "head")
        connection.commit()
    if before is not None and before != head():
        _forget_old_pages(engine)
    return before, revision or head()


def _forget_old_pages(engine: Engine) -> None:
    """Write an SQLite file anew after an upgrade, so that no old page keeps what is sealed now."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")


def head() -> str:
    """The newest revision there is."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None
    return newest


def revisions() -> tuple[str, ...]:
    """Every revision there is, oldest first."""
    return tuple(
        reversed([script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()])
    )


def current(engine: Engine) -> str | None:
    """The revision a database stands at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
