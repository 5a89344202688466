"""`dandang migrate`: bring the database to the newest schema."""

from __future__ import annotations

import click

from app import jobs, migrate
from app.database import engine_on
from app.settings import get_settings


@click.command("migrate")
@click.option("--check", is_flag=True, help="只检查，不改动 / only say; exit 2 if behind")
def command(check: bool) -> None:
    """升级数据库到最新结构（SQLite 或 PostgreSQL）/ bring the database to the newest schema."""
    settings = get_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    with engine_on(settings.database) as engine:
        if check:
            stands, newest = migrate.current(engine), migrate.head()
            click.echo(
                f"数据库 {stands or '（空）'}，最新 {newest} / database {stands or 'empty'}, newest {newest}"
            )
            raise SystemExit(0 if stands == newest else 2)
        before, after = migrate.upgrade(engine)
    jobs.prepare_store()
    if before == after:
        click.echo(f"数据库已是最新结构 {after} / already at {after}")
    else:
        click.echo(f"数据库已升级：{before or '（空）'} → {after} / upgraded")
